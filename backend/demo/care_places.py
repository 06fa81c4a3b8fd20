"""Invented providers in real towns, denser in the big ones, with doctors and services that fit their kind."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from random import Random

import yaml
from pydantic import BaseModel, ConfigDict

from backend.demo.identity import make_id
from backend.demo.recipe import Range, Recipe
from backend.policies.catalogue import catalogue
from backend.providers.index import GARAGE
from backend.providers.models import Doctor, Provider
from backend.providers.places import Place, places_of


class Kind(BaseModel):
    """What providers of a kind have; see kinds.yml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: int
    specialties: Range
    of: list[str]
    always: list[str]
    benefits: list[str] = []
    services: list[str] = []
    without: list[str] = []
    doctors: Range


@lru_cache
def load_kinds() -> dict[str, Kind]:
    content = yaml.safe_load((Path(__file__).parent / "kinds.yml").read_text(encoding="utf-8"))
    return {name: Kind.model_validate(fields) for name, fields in content.items()}


def make_providers(market: str, recipe: Recipe, chooser: Random, today: date) -> list[Provider]:
    """The providers of a market: the known ones, others by the density of the recipe, and garages."""
    maker = _ProviderMaker(market, recipe, chooser, datetime.combine(today, time(), UTC))
    return [*maker.known(), *maker.invented(), *maker.garages()]


class _ProviderMaker:
    def __init__(self, market: str, recipe: Recipe, chooser: Random, moment: datetime) -> None:
        self.market = market
        self.recipe = recipe
        self.chooser = chooser
        self.moment = moment
        # Addresses need a postal code.
        self.places = [place for place in places_of(market).rows if place.postal_code]
        self._names: set[tuple[str, str]] = set()

    def known(self) -> Iterator[Provider]:
        rows = {(place.name, place.postal_code): place for place in self.places}
        for known in self.recipe.known:
            self._names.add((known.name, known.city))
            yield self._provider(known.name, known.kind, rows[known.city, known.postal_code])

    def invented(self) -> Iterator[Provider]:
        kinds = load_kinds()
        offered = [kind for kind in kinds if kind in self.recipe.provider_names]
        weights = [kinds[kind].weight for kind in offered]
        for place in self.places:
            count = self.chooser.randint(*self.recipe.density.get(place.name, self.recipe.density["default"]))
            for index in range(count):
                # The first of a place treats people; a pharmacy alone helps few.
                kind = (
                    self.chooser.choices(offered, weights)[0] if index else self.chooser.choice(offered[:2])
                )
                if name := self._name(self.recipe.provider_names[kind], place):
                    yield self._provider(name, kind, place)

    def garages(self) -> Iterator[Provider]:
        """Two in the towns that people live in, now and then one elsewhere."""
        towns = {place.name: place for place in reversed(self.places)}
        for place in towns.values() if self.recipe.garages else ():
            for _ in range(2 if place.name in self.recipe.towns else self.chooser.randint(0, 1)):
                if name := self._name(self.recipe.garages, place):
                    yield self._provider(name, GARAGE, place)

    def _name(self, patterns: list[str], place: Place) -> str | None:
        """A name that no other provider of the town has."""
        for _ in range(30):
            name = self.chooser.choice(patterns).format(
                saint=self.chooser.choice(self.recipe.saint),
                flower=self.chooser.choice(self.recipe.flower),
                surname=self.chooser.choice(self.recipe.surnames),
                street=self.chooser.choice(self.recipe.streets).split()[-1],
                town=place.name,
            )
            if (name, place.name) not in self._names:
                self._names.add((name, place.name))
                return name
        return None

    def _provider(self, name: str, kind_id: str, place: Place) -> Provider:
        kind = load_kinds()[kind_id]
        more = [specialty for specialty in kind.of if specialty not in kind.always]
        wanted = max(0, self.chooser.randint(*kind.specialties) - len(kind.always))
        chosen = {*kind.always, *self.chooser.sample(more, min(wanted, len(more)))}
        specialties = [specialty for specialty in catalogue().specialty if specialty in chosen]
        services = kind.services or [
            service_id
            for service_id, service in catalogue().service.items()
            if service.benefit in kind.benefits
            and service.specialty in specialties
            and service_id not in kind.without
        ]
        return Provider(
            id=make_id(self.chooser),
            market=self.market,
            name=name,
            kind=kind_id,
            street=f"{self.chooser.choice(self.recipe.streets)} {self.chooser.randint(1, 120)}",
            city=place.name,
            postal_code=place.postal_code,
            # A few hundred metres around the middle of the place.
            lat=round(place.lat + self.chooser.uniform(-0.004, 0.004), 5),
            lon=round(place.lon + self.chooser.uniform(-0.004, 0.004), 5),
            phone=self._phone(place),
            specialties=specialties,
            services=services,
            updated_at=self.moment,
            doctors=self._doctors(kind, specialties),
        )

    def _doctors(self, kind: Kind, specialties: list[str]) -> list[Doctor]:
        count = self.chooser.randint(*kind.doctors)
        names: set[str] = set()
        while len(names) < count:
            first = self.chooser.choice(self.recipe.male + self.recipe.female)
            names.add(f"{first} {self.chooser.choice(self.recipe.surnames)}")
        return [
            Doctor(id=make_id(self.chooser), name=name, specialty=specialties[index % len(specialties)])
            for index, name in enumerate(sorted(names))
        ]

    def _phone(self, place: Place) -> str:
        """A landline of the area; nine or ten digits after the country code, as in all three countries."""
        area = self.recipe.phone_areas[place.province]
        return f"{self.recipe.phone_country}{area}{self.chooser.randrange(2 * 10**6, 9 * 10**6)}"
