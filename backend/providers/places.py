"""Towns of a market, and finding the one somebody means: exact, by another name, prefix, misspelt.

The data are files (data/places/<market>.csv, other_names.yml); no table. Market rules do not live here.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA

from locales.script import normalise

PLACES_FOLDER = Path(__file__).parents[2] / "data" / "places"
EARTH_RADIUS_KM = 6371.0


def search_key(text: str) -> str:
    """What names are compared by: lower-case Latin words, no diacritics or signs; đ, dj and d are one."""
    folded = normalise(text).replace("dj", "d").replace("'", " ")
    return " ".join("".join(sign if sign.isalnum() else " " for sign in folded).split())


def slips_allowed(length: int) -> int:
    """How many wrong letters a word of this length may have and still be meant."""
    if length < 4:
        return 0
    if length < 6:
        return 1
    return 2 if length < 10 else 3


def slips(typed: str, meant: str) -> int | None:
    """Wrong, missing, added or swapped letters; None when there are too many to be the same word."""
    allowed = slips_allowed(min(len(typed), len(meant)))
    distance = OSA.distance(typed, meant, score_cutoff=allowed)
    return distance if distance <= allowed else None


def distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance (haversine)."""
    half_lat = radians(other_lat - lat) / 2
    half_lon = radians(other_lon - lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(lat)) * cos(radians(other_lat)) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def without_ending(key: str, endings: Sequence[tuple[str, str]]) -> str:
    """Each word with the first ending it has replaced, so that the cases of a name come out alike."""
    return " ".join(_word_without_ending(word, endings) for word in key.split())


def _word_without_ending(word: str, endings: Sequence[tuple[str, str]]) -> str:
    for ending, instead in endings:
        # What is left must still be a name: two letters, three where a vowel inside it goes.
        if word.endswith(ending) and len(word) - len(ending) >= (3 if instead else 2):
            return word.removesuffix(ending) + instead
    return word


@dataclass(frozen=True)
class Place:
    """One row: a town, or a postal district of a big one; small towns have no postal code and province here."""

    name: str
    postal_code: str
    province: str
    lat: float
    lon: float
    key: str


@dataclass(frozen=True)
class Town:
    """What a typed name was understood as: one town or several (a city's districts), and its middle."""

    name: str
    names: frozenset[str]
    lat: float
    lon: float
    fuzzy: bool = False


class Places:
    """The places of one market."""

    def __init__(
        self,
        rows: Iterable[Place],
        names: dict[str, str],
        districts: dict[str, list[str]],
        endings: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.rows = list(rows)
        self._by_name: dict[str, list[Place]] = {}
        for row in self.rows:
            self._by_name.setdefault(row.name, []).append(row)
        self._districts = districts
        self._names = {row.key: row.name for row in self.rows}
        self._names |= {search_key(name): name for name in districts}
        self._names |= {search_key(other): name for other, name in names.items()}
        self._endings = endings
        self._stems: dict[str, str] = {}
        for key, name in self._names.items():
            self._stems.setdefault(without_ending(key, endings), name)
        for name in self._names.values():
            self._town(name)  # a name without a place is found at load

    def exact(self, text: str) -> Town | None:
        """The town written so, up to script, diacritics and grammatical case, or by another of its names."""
        key = search_key(text)
        name = self._names.get(key) or self._stems.get(without_ending(key, self._endings))
        return None if name is None else self._town(name)

    def find(self, text: str) -> Town | None:
        """The town meant: exact, else its first words, else beginning so or misspelt (then `fuzzy`)."""
        key = search_key(text)
        if not key:
            return None
        if found := self.exact(key):
            return found
        for known, name in self._names.items():
            if known.startswith(f"{key} ") and len(key) > 3:
                return self._town(name)
        for known, name in self._names.items():
            if known.startswith(key) and len(key) > 3:
                return self._town(name, fuzzy=True)
        # Of two that are as near the first in the file is meant: the bigger towns come first.
        near = [
            (count, known[0] != key[0], rank, name)
            for rank, (known, name) in enumerate(self._names.items())
            if (count := slips(key, known)) is not None
        ]
        return self._town(min(near)[3], fuzzy=True) if near else None

    def listing(self, text: str, limit: int) -> list[Place]:
        """Places beginning with the text or with such a postal code; a misspelt name's place if none."""
        key = search_key(text)
        if not key:
            return self.rows[:limit]
        if key.isdigit():
            return [row for row in self.rows if row.postal_code.startswith(key)][:limit]
        begins = [row for row in self.rows if row.key.startswith(key)]
        if not begins and (town := self.find(text)):
            begins = [row for row in self.rows if row.name in town.names]
        return sorted(begins, key=lambda row: row.key != key)[:limit]

    def by_postal_code(self, code: str) -> Place | None:
        """The place with the postal code, else the one sharing the most leading digits, at least two."""
        for length in range(len(code), 1, -1):
            for row in self.rows:
                if row.postal_code[:length] == code[:length]:
                    return row
        return None

    def _town(self, name: str, *, fuzzy: bool = False) -> Town:
        names = self._districts.get(name, [name])
        rows = [row for part in names for row in self._by_name[part]]
        # A town's first row is its centre; a name that is only a group has the middle of its parts.
        centre = self._by_name[name][:1] if name in self._by_name else rows
        return Town(
            name=name,
            names=frozenset(names),
            lat=sum(row.lat for row in centre) / len(centre),
            lon=sum(row.lon for row in centre) / len(centre),
            fuzzy=fuzzy,
        )


@lru_cache
def places_of(market: str) -> Places:
    """The places of a market; an unknown market has none."""
    path = PLACES_FOLDER / f"{market}.csv"
    other = yaml.safe_load((PLACES_FOLDER / "other_names.yml").read_text(encoding="utf-8")).get(market, {})
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            Place(
                name=row["name"],
                postal_code=row["postal_code"],
                province=row["province"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                key=search_key(row["name"]),
            )
            for row in csv.DictReader(file)
        ]
    endings = [(ending, instead) for ending, instead in other.get("endings", [])]
    return Places(rows, other.get("names", {}), other.get("districts", {}), endings)
