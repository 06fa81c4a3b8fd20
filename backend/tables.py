"""Imports every table, so that `metadata` is whole wherever all of them are needed (migrations, tests)."""

import importlib
from pathlib import Path

from backend import idempotency as idempotency
from backend.database import Base

for _models in sorted(Path(__file__).parent.glob("*/models.py")):
    importlib.import_module(f"backend.{_models.parent.name}.models")

metadata = Base.metadata
