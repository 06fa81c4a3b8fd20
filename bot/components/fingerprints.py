"""A fingerprint over files. Rasa's own covers a component's class and its configuration only, so every
component adds the modules and data it stands on; otherwise a changed lexicon would not retrain anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]


def fingerprint(modules: Iterable[ModuleType] = (), files: Iterable[Path] = ()) -> str:
    """A hash over the source of the modules, the content of the files and all rules of languages and markets."""
    digest = hashlib.sha256()
    paths = [Path(module.__file__) for module in modules if module.__file__]
    rules = [path for ending in ("py", "yml") for path in (ROOT / "locales").rglob(f"*.{ending}")]
    for path in sorted({*paths, *files, *rules}):
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
