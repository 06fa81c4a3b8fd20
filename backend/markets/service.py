"""Loads the market packs: `<market>.yml` here, with the claim questions of `claim/<market>.yml`.

A market is a pair of files; no code names one.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path

import yaml

from backend.database import utc_now
from backend.errors import NotFound
from backend.markets.schema import MarketPack

FOLDER = Path(__file__).parent


@lru_cache
def load_markets(folder: Path = FOLDER) -> dict[str, MarketPack]:
    """Every pack by its market; a pack that does not hold is a ValueError naming the file."""
    return {path.stem: _load(path) for path in sorted(folder.glob("*.yml"))}


def _load(path: Path) -> MarketPack:
    claim = path.parent / "claim" / path.name
    content = {
        **yaml.safe_load(path.read_text(encoding="utf-8")),
        "claim": yaml.safe_load(claim.read_text(encoding="utf-8")) if claim.exists() else {"questions": []},
    }
    try:
        pack = MarketPack.model_validate(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if pack.market != path.stem:
        raise ValueError(f"{path}: market is {pack.market}")
    return pack


def list_markets() -> list[str]:
    """The codes of the markets, sorted."""
    return sorted(load_markets())


def get_market(code: str) -> MarketPack:
    """The pack of a market; raises NotFound."""
    try:
        return load_markets()[code]
    except KeyError:
        raise NotFound() from None


def today_in(code: str) -> date:
    """The present day in the market's time zone."""
    return utc_now().astimezone(get_market(code).zone).date()
