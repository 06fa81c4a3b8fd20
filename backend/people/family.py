"""Ages and kinship. Who may see whose insurance is decided in backend/policies/visibility.py."""

from datetime import date
from typing import Literal, cast, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.markets.service import get_market
from backend.people.models import FamilyRelation, Person

# The order in which a family is listed; oneself first.
Relation = Literal["self", "spouse", "child", "parent", "sibling", "in-law"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)


def age_on(birth_date: date, on: date) -> int:
    """Completed years on the day; somebody born on 29 February completes them on 1 March."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


def is_adult(person: Person, on: date) -> bool:
    """Whether the person has come of age on the day, by the law of their market."""
    return age_on(person.birth_date, on) >= get_market(person.market).adult_age


def relations_of(session: Session, person: Person) -> dict[str, Relation]:
    """What each relative is to the person, by the relative's id; the person is `self`."""
    rows = session.execute(
        select(FamilyRelation.relative_id, FamilyRelation.relation).where(
            FamilyRelation.person_id == person.id
        )
    )
    # A check constraint keeps the column to these.
    found = {relative_id: cast(Relation, relation) for relative_id, relation in rows}
    found[person.id] = "self"
    return found
