"""Which language a training line is written in. Rasa merges the files of all languages before training; the
folder a line stands in (`data/nlu/<language>/`) says what the merged data no longer does.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.components.fingerprints import ROOT

FOLDER = ROOT / "data" / "nlu"
OTHER = "other"
# The safe loader in C where it was built: reading the files is most of the time here.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\{[^}]*\}|\([^)]*\))")


def plain(line: str) -> str:
    """A training line without its annotations."""
    return _ANNOTATION.sub(r"\1", line)


def files(folder: Path = FOLDER) -> list[Path]:
    """Every training file, in a stable order."""
    return sorted(folder.glob("*/*.yml"))


def language_of_lines(folder: Path = FOLDER) -> dict[str, str]:
    """Text of a line → its language. A line that stands in two languages ("ok") has none."""
    languages: dict[str, str] = {}
    shared: set[str] = set()
    for path in files(folder):
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506  (a safe one)
        for block in (content or {}).get("nlu", []):
            for line in str(block.get("examples", "")).splitlines():
                text = plain(line.strip()[2:].strip()) if line.strip().startswith("- ") else ""
                if text and languages.setdefault(text, path.parent.name) != path.parent.name:
                    shared.add(text)
    return {text: language for text, language in languages.items() if text not in shared}
