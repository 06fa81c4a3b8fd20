"""What a market's people write down and the insurer prints there: one YAML file a market.

A new market is a new file. Checksums of national numbers are python-stdnum's; a file names the module.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Shape:
    """A kind of number: `pattern` of its compact form, `written` as it is found in folded text."""

    pattern: re.Pattern[str]
    written: str


@dataclass(frozen=True)
class NationalId(Shape):
    """The number of a person; `module` of python-stdnum verifies it."""

    name: str
    module: ModuleType


@dataclass(frozen=True)
class Plate(Shape):
    """A number plate, printed as its groups with `joined` between them.

    `regions`: what the first group may be, all if empty. `closed`: small letters without a gap are one, too.
    """

    joined: str
    regions: frozenset[str]
    closed: bool


@dataclass(frozen=True)
class LocalMarket:
    """`language` is assumed before anything was written; `country` (ISO 3166) is that of telephone numbers."""

    code: str
    language: str
    currency: str
    country: str
    mobile_prefix: str
    policy_prefix: str
    request_letter: str
    postal_code: re.Pattern[str]
    postal_code_range: tuple[str, str]
    national_id: NationalId
    plate: Plate
    domestic_account: str


@lru_cache(maxsize=None)
def load_markets() -> dict[str, LocalMarket]:
    """Every market by its code."""
    return {path.stem: _read(path) for path in sorted(FOLDER.glob("*.yml"))}


def market_of_language(language: str | None) -> str | None:
    """The first market that speaks the language, for messages from outside any conversation."""
    return next((market.code for market in load_markets().values() if market.language == language), None)


def language_of_market(code: str | None) -> str | None:
    """The language a market is assumed to speak."""
    market = load_markets().get(code or "")
    return market.language if market else None


def _read(path: Path) -> LocalMarket:
    said: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    number, plate, postal = said["national_id"], said["plate"], said["postal_code"]
    return LocalMarket(
        code=path.stem,
        language=said["language"],
        currency=said["currency"],
        country=said["country"],
        mobile_prefix=said.get("mobile_prefix", ""),
        policy_prefix=said["policy_prefix"],
        request_letter=said["request_letter"],
        postal_code=re.compile(postal["pattern"]),
        postal_code_range=(postal.get("first", ""), postal.get("last", "~")),
        national_id=NationalId(
            re.compile(number["pattern"]),
            number["written"],
            number["name"],
            importlib.import_module(f"stdnum.{number['stdnum']}"),
        ),
        plate=Plate(
            re.compile(plate["pattern"]),
            plate["written"],
            plate["joined"],
            frozenset(plate.get("regions", [])),
            plate["closed"],
        ),
        domestic_account=said.get("domestic_account", ""),
    )
