"""Searching providers: every criterion must hold; a misspelt word is found and said; a town without a hit
gives the nearest ones.

Works on the entries of index.py and the places of places.py; knows neither HTTP nor SQL.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from backend.providers.index import Entry, ProviderIndex
from backend.providers.places import Places, Town, distance_km, search_key, slips

# How many are given where the place itself has none.
NEAREST = 10
KIND_ORDER = (
    "hospital",
    "smart_clinic",
    "clinic",
    "laboratory",
    "dental",
    "physiotherapy",
    "optician",
    "pharmacy",
    "garage",
)


@dataclass(frozen=True)
class Criteria:
    """What is searched for; None means any. `near` is latitude and longitude."""

    q: str | None = None
    city: str | None = None
    postal_code: str | None = None
    doctor: str | None = None
    name: str | None = None
    specialty: str | None = None
    service: str | None = None
    kind: str | None = None
    near: tuple[float, float] | None = None


@dataclass
class Found:
    """Entries best first with their distance, and how the words were understood."""

    entries: list[tuple[Entry, float | None]]
    city: str | None = None
    fuzzy: list[str] = field(default_factory=list)
    nearest: bool = False


class Likeness(IntEnum):
    """How a typed word may differ from the one it is found by."""

    SAME = 0
    BEGINS = 1
    MISSPELT = 2


@dataclass(frozen=True)
class _Match:
    """What the entries that have all words cost: 0 is as typed, more is farther from it."""

    costs: dict[str, int]
    fuzzy: bool = False


class Search:
    """One search over the entries of a market. `ignored` are words that name no one: titles, "hospital"."""

    def __init__(self, index: ProviderIndex, places: Places, ignored: frozenset[str]) -> None:
        self.index = index
        self.places = places
        self.ignored = ignored

    def run(self, criteria: Criteria) -> Found:
        """All providers for which every criterion holds."""
        if criteria.q is not None:
            understood = self._understand(criteria.q)
            if understood is None:
                return Found([])
            # An explicit criterion is stronger than what free text was understood as.
            given = {key: value for key, value in vars(criteria).items() if value is not None}
            criteria = replace(understood, **{**given, "q": None})
        found = Found([])
        left: list[Entry] = list(self.index.entries)
        order: dict[str, int] = {}
        for label, text, kept in (("name", criteria.name, _NAMES), ("doctor", criteria.doctor, _DOCTORS)):
            if text is None:
                continue
            # Looked up in the whole market: a doctor found elsewhere is not replaced by a similar one here.
            match = self._match(text, kept)
            left = [entry for entry in left if entry.told.provider_id in match.costs]
            order |= match.costs
            if match.fuzzy and left:
                found.fuzzy.append(label)
        left = [entry for entry in left if _has(entry, criteria)]
        return self._place(criteria, left, order, found)

    def _place(self, criteria: Criteria, left: list[Entry], order: dict[str, int], found: Found) -> Found:
        """Narrow to the place and put in order."""
        town: Town | None = None
        if criteria.city is not None:
            town = self.places.find(criteria.city)
            if town is None:
                return found
            found.city = town.name
            if town.fuzzy:
                found.fuzzy.insert(0, "city")
        here = left
        centre = criteria.near
        if town is not None:
            here = [entry for entry in here if entry.told.city in town.names]
            centre = centre or ((town.lat, town.lon) if not here else None)
        if criteria.postal_code is not None:
            here = [entry for entry in here if entry.told.postal_code.startswith(criteria.postal_code)]
            if not here and centre is None and (place := self.places.by_postal_code(criteria.postal_code)):
                centre = (place.lat, place.lon)
        found.nearest = bool(left) and not here and centre is not None
        chosen = left if found.nearest else here
        measured = [(entry, _distance(entry, centre)) for entry in chosen]
        measured.sort(
            key=lambda pair: (
                order.get(pair[0].told.provider_id, 0),
                # Asked for a city, its own before those of its districts.
                town is not None and centre is None and pair[0].told.city != town.name,
                pair[1] or 0.0,
                KIND_ORDER.index(pair[0].told.kind),
                pair[0].told.name,
            )
        )
        found.entries = measured[:NEAREST] if found.nearest else measured
        return found

    def _understand(self, text: str) -> Criteria | None:
        """Free text as criteria: a postal code, a town, a name, a doctor, or a town and a name."""
        words = search_key(text).split()
        if not words:
            return None
        if len(words) == 1 and words[0].isdigit() and len(words[0]) <= 5:
            return Criteria(postal_code=words[0])
        if self.places.exact(text):
            return Criteria(city=text)
        if len(words) > 1 and self._match(text, _NAMES, Likeness.SAME).costs:
            return Criteria(name=text)
        parts = self._towns_within(words)
        for likeness in (Likeness.BEGINS, Likeness.MISSPELT):
            for town, rest in parts:
                if not rest:
                    return Criteria(city=town)
                if (whose := self._whose(rest, likeness)) is not None:
                    return replace(whose, city=town)
            if likeness is Likeness.BEGINS and (whose := self._whose(text, likeness)) is not None:
                return whose
        if parts:
            # The other words say nothing about providers; the town still does.
            return Criteria(city=parts[0][0])
        return Criteria(city=text) if self.places.find(text) else self._whose(text, Likeness.MISSPELT)

    def _towns_within(self, words: Sequence[str]) -> list[tuple[str, str]]:
        """Towns named by some of the words, longest and last first, each with the other words that matter."""
        found = []
        for length in range(min(3, len(words)), 0, -1):
            for start in range(len(words) - length, -1, -1):
                part = " ".join(words[start : start + length])
                if self.places.exact(part):
                    others = [*words[:start], *words[start + length :]]
                    found.append((part, " ".join(word for word in others if word not in self.ignored)))
        return found

    def _whose(self, text: str, likeness: Likeness) -> Criteria | None:
        if self._match(text, _NAMES, likeness).costs:
            return Criteria(name=text)
        if self._match(text, _DOCTORS, likeness).costs:
            return Criteria(doctor=text)
        return None

    def _match(self, text: str, kept: "_Kept", likeness: Likeness = Likeness.MISSPELT) -> _Match:
        """Entries that have every word of the text as typed; if none has, those that come nearest to it."""
        typed = search_key(text).split()
        typed = [word for word in typed if word not in self.ignored] or typed
        for allowed in sorted({Likeness.SAME, likeness}):
            # Compared with each different word once, not with every doctor's.
            alike = [_alike(word, kept.all_words(self.index), allowed) for word in typed]
            if not all(alike) or not typed:
                continue
            costs: dict[str, tuple[int, int]] = {}
            for entry in self.index.entries:
                found = [cost for words in kept.of(entry) if (cost := _total(alike, words)) is not None]
                if found:
                    costs[entry.told.provider_id] = min(found)
            if costs:
                best, wrong = min(costs.values())
                near = {key: cost for key, (cost, _) in costs.items() if cost <= best + 1}
                return _Match(near, fuzzy=wrong > 0)
        return _Match({})


@dataclass(frozen=True)
class _Kept:
    """Where the words of one criterion are kept in an index."""

    of: Callable[[Entry], Iterable[tuple[str, ...]]]
    all_words: Callable[[ProviderIndex], frozenset[str]]


_NAMES = _Kept(lambda entry: (entry.name_words,), lambda index: index.name_words)
_DOCTORS = _Kept(lambda entry: entry.doctor_words, lambda index: index.doctor_words)


def _alike(word: str, known: Iterable[str], allowed: Likeness) -> dict[str, tuple[int, int]]:
    """The known words that a typed one may stand for, with what that costs and how many letters are wrong."""
    return {other: cost for other in known if (cost := _cost(word, other, allowed)) is not None}


def _total(alike: Sequence[dict[str, tuple[int, int]]], words: Sequence[str]) -> tuple[int, int] | None:
    """What it costs to find every typed word among `words`; None if one is not there."""
    total, wrong = 0, 0
    for meant in alike:
        costs = [meant[word] for word in words if word in meant]
        if not costs:
            return None
        cost, letters = min(costs)
        total, wrong = total + cost, wrong + letters
    return total, wrong


def _cost(word: str, known: str, allowed: Likeness) -> tuple[int, int] | None:
    """A word begun costs 2, or 3 if much of it is missing; a wrong letter costs 3."""
    if word == known:
        return 0, 0
    if allowed >= Likeness.BEGINS and known.startswith(word):
        return (2 if len(known) - len(word) <= 3 else 3), 0
    if allowed >= Likeness.MISSPELT and (count := slips(word, known)) is not None:
        return 3 * count, count
    return None


def _has(entry: Entry, criteria: Criteria) -> bool:
    told = entry.told
    return (
        (criteria.kind is None or told.kind == criteria.kind)
        and (criteria.specialty is None or criteria.specialty in told.specialties)
        and (criteria.service is None or criteria.service in told.services)
    )


def _distance(entry: Entry, centre: tuple[float, float] | None) -> float | None:
    if centre is None:
        return None
    return round(distance_km(*centre, entry.told.lat, entry.told.lon), 1)
