"""Which model belongs to the present data: its fingerprint, its file and their record in models/manifest.json."""

import hashlib
import json
import os
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
# What a model is made of, with the `utter_*` texts, which stand in Rasa's domain. The other texts are rendered by
# the actions: editing them retrains nothing.
SOURCES = (
    "config.yml",
    "domain.yml",
    "data/nlu/**/*.yml",
    "data/stories/*.yml",
    "data/catalogue/*.yml",
    "data/lexicon/*.yml",
    "data/places/*.csv",
    "bot/importer.py",
    "bot/catalogue.py",
    "bot/components/**/*",
    "locales/**/*",
    "requirements/rasa.txt",
)


def models_folder() -> Path:
    """`models/`, or what BOT_MODELS says."""
    return ROOT / os.environ.get("BOT_MODELS", "models")


def fingerprint() -> str:
    """A hash of everything a model is made of."""
    found = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    for path in sorted(ROOT.glob("data/responses/*/*.yml")):
        texts = yaml.safe_load(path.read_text(encoding="utf-8"))["texts"]
        spoken_by_rasa = {key: text for key, text in texts.items() if key.startswith("utter_")}
        if spoken_by_rasa:
            found.update(json.dumps([path.parent.name, spoken_by_rasa], sort_keys=True).encode())
    return found.hexdigest()


def is_fresh() -> bool:
    """Whether the recorded model was made of exactly what is here now."""
    manifest_path = models_folder() / "manifest.json"
    if not manifest_path.exists():
        return False
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    return bool(manifest["fingerprint"] == fingerprint() and (models_folder() / manifest["file"]).exists())


def record(path: Path, made_of: str) -> None:
    """Name `path` as the model to load; older archives are removed."""
    manifest = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "fingerprint": made_of,
    }
    target = models_folder() / "manifest.json"
    partial = target.with_suffix(".partial")
    partial.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    partial.replace(target)
    for old in models_folder().glob("*.tar.gz"):
        if old.name != path.name:
            old.unlink()
