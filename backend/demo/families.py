"""Invented people in families, with kinship in both directions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sqlalchemy.orm import Session

from backend.demo.identity import Born, login_name, make_bank_account, make_id, make_national_id
from backend.demo.recipe import Recipe
from backend.people.family import age_on
from backend.people.models import FamilyRelation, Person

# From this age somebody has an e-mail address, a phone and a bank account.
OWN_CONTACT_AGE = 14

# Years of birth of each part in a family.
YEARS = {
    "head": (1972, 1992),
    "spouse": (1972, 1992),
    "child": (2011, 2022),
    "grown": (1998, 2006),
    "parent": (1942, 1950),
    "sibling": (1974, 1994),
    "in_law": (1945, 1955),
}
# Of a couple with a grown child.
ELDER_COUPLE = (1967, 1976)
# One family each; the head comes first.
SHAPES = (
    *[("head", "spouse", "child", "child")] * 4,
    *[("head", "spouse", "child", "grown", "parent")] * 4,
    *[("head", "child")] * 2,
    *[("head", "sibling", "parent")] * 2,
    *[("head", "spouse", "in_law", "child")] * 2,
    *[("head",)] * 3,
)


@dataclass(eq=False)
class Kin:
    """A person with their parents and spouse, from which all other kinship follows."""

    person: Person
    parents: list["Kin"] = field(default_factory=list)
    spouse: "Kin | None" = None


class FamilyMaker:
    """Makes the people of one market; the same chooser gives the same people."""

    def __init__(self, session: Session, market: str, recipe: Recipe, chooser: Random) -> None:
        self.session = session
        self.market = market
        self.recipe = recipe
        self.chooser = chooser
        self._used: set[str] = set()

    def named(self) -> dict[str, Kin]:
        """The people the recipe names, by their key."""
        kin: dict[str, Kin] = {}
        for key, named in self.recipe.people.items():
            born = Born(named.first, named.last, named.sex, named.born, named.birth_place)
            self._used.add(f"{named.first} {named.last}")
            kin[key] = Kin(self._person(born, named.city))
        for key, named in self.recipe.people.items():
            kin[key].parents = [kin[parent] for parent in named.parents]
            if named.spouse is not None:
                kin[key].spouse, kin[named.spouse].spouse = kin[named.spouse], kin[key]
        self._store(list(kin.values()), accounts=2)
        return kin

    def families(self) -> list[list[Kin]]:
        """The others: one list a family, its head first."""
        found = []
        for shape in SHAPES:
            family = self._family(shape)
            self._store(family, accounts=1)
            found.append(family)
        return found

    def _family(self, shape: tuple[str, ...]) -> list[Kin]:
        surname = self.chooser.choice(self.recipe.surnames)
        city = self.chooser.choice(self.recipe.towns)
        other = self.chooser.choice([name for name in self.recipe.surnames if name != surname])
        of: dict[str, list[Kin]] = {}
        for part in shape:
            last = surname
            if part == "in_law" or (part == "spouse" and not self.recipe.spouses_share_surname):
                last = other
            sex = "m" if part == "head" else self.chooser.choice("fm")
            if part == "spouse":
                sex = "f"
            years = ELDER_COUPLE if part in ("head", "spouse") and "grown" in shape else YEARS[part]
            of.setdefault(part, []).append(Kin(self._invented(last, sex, years, city)))
        head = of["head"][0]
        couple = [head, *of.get("spouse", [])]
        if len(couple) == 2:
            head.spouse, couple[1].spouse = couple[1], head
        for child in of.get("child", []) + of.get("grown", []):
            child.parents = couple
        for one in [head, *of.get("sibling", [])]:
            one.parents = of.get("parent", [])
        if "in_law" in of:
            couple[1].parents = of["in_law"]
        return [kin for part in dict.fromkeys(shape) for kin in of[part]]

    def _invented(self, last: str, sex: str, years: tuple[int, int], city: str) -> Person:
        born = date(self.chooser.randint(*years), 1, 1) + timedelta(days=self.chooser.randrange(365))
        names = self.recipe.female if sex == "f" else self.recipe.male
        # Nobody has another's name: a demonstration must not confuse two people.
        first = self._unused(lambda: f"{self.chooser.choice(names)} {last}").removesuffix(f" {last}")
        return self._person(Born(first, last, sex, born, self.chooser.choice(self.recipe.birth_places)), city)

    def _person(self, born: Born, city: str) -> Person:
        national_id = self._unused(
            lambda: make_national_id(self.market, self.recipe.national_id, born, self.chooser)
        )
        person = Person(
            id=make_id(self.chooser),
            market=self.market,
            first_name=born.first_name,
            last_name=born.last_name,
            birth_date=born.birth_date,
            sex=born.sex,
            national_id=national_id,
            language=self.recipe.language,
            script=self.recipe.script,
            city=city,
        )
        if _has_contact(person):
            name = login_name(born.first_name, born.last_name)
            person.email = self._unused(lambda: f"{name}{self._serial(name)}@example.org")
            person.phone = self._unused(lambda: f"{self.recipe.mobile}{self.chooser.randrange(10**6, 10**7)}")
        return person

    def _serial(self, name: str) -> str:
        """Nothing for the first of this name, then 2, 3 …"""
        taken = sum(known.startswith(name) and known.endswith("@example.org") for known in self._used)
        return str(taken + 1) if taken else ""

    def _unused(self, make: Callable[[], str]) -> str:
        """A value nobody else in the market has."""
        for _ in range(100):
            value = make()
            if value not in self._used:
                self._used.add(value)
                return value
        raise ValueError("the recipe is too small for so many people")

    def _store(self, family: list[Kin], accounts: int) -> None:
        self.session.add_all(kin.person for kin in family)
        self.session.flush()
        for kin in family:
            self.session.add_all(
                FamilyRelation(person_id=kin.person.id, relative_id=other.person.id, relation=relation)
                for other in family
                if (relation := relation_to(kin, other)) is not None
            )
            if _has_contact(kin.person):
                self.session.add_all(
                    make_bank_account(
                        self.recipe.accounts,
                        self.recipe.banks,
                        kin.person.id,
                        kin.person.full_name,
                        index == 0,
                        self.chooser,
                    )
                    for index in range(accounts)
                )
        self.session.flush()


def relation_to(one: Kin, other: Kin) -> str | None:
    """What `other` is to `one`, if they are near kin."""
    if one is other:
        return None
    if one.spouse is other:
        return "spouse"
    if one in other.parents:
        return "child"
    if other in one.parents:
        return "parent"
    if _siblings(one, other):
        return "sibling"
    by_own_marriage = one.spouse is not None and (other in one.spouse.parents or _siblings(one.spouse, other))
    by_their_marriage = other.spouse is not None and (
        one in other.spouse.parents or _siblings(other.spouse, one)
    )
    return "in-law" if by_own_marriage or by_their_marriage else None


def _siblings(one: Kin, other: Kin) -> bool:
    return one is not other and any(parent in other.parents for parent in one.parents)


def _has_contact(person: Person) -> bool:
    # A fixed day: the same seed must give the same people whatever the day is.
    return age_on(person.birth_date, date(2026, 1, 1)) >= OWN_CONTACT_AGE
