"""People: finding one, and the members of the family somebody may see.

Nothing here decides who is logged in (backend/accounts/access.py).
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.errors import NotFound
from backend.markets.service import today_in
from backend.people.family import RELATIONS, Relation, is_adult, relations_of
from backend.people.models import BankAccount, Person
from backend.policies.models import Membership
from backend.policies.visibility import visible_memberships

__all__ = [
    "Member",
    "bank_accounts_of",
    "get_person",
    "is_adult",
    "mask_email",
    "mask_name",
    "mask_phone",
    "visible_members",
]


@dataclass(frozen=True)
class Member:
    """Somebody whose insurance may be seen: what they are to the viewer, which memberships may be seen."""

    person: Person
    relation: Relation
    memberships: list[Membership]


def get_person(session: Session, person_id: str) -> Person:
    """The person with this id; raises NotFound. Does not ask who wants to know."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound()
    return person


def visible_members(session: Session, person: Person, today: date | None = None) -> list[Member]:
    """The person, always first, and those relatives whose insurance the person may see."""
    relations = relations_of(session, person)
    found: dict[str, Member] = {person.id: Member(person, "self", [])}
    for membership in visible_memberships(session, person, today or today_in(person.market)):
        member = membership.person
        found.setdefault(member.id, Member(member, relations[member.id], [])).memberships.append(membership)
    return sorted(
        found.values(), key=lambda member: (RELATIONS.index(member.relation), member.person.birth_date)
    )


def bank_accounts_of(session: Session, person_id: str) -> list[BankAccount]:
    """The known bank accounts of a person, the usual one first."""
    return list(
        session.scalars(
            select(BankAccount)
            .where(BankAccount.person_id == person_id)
            .order_by(BankAccount.is_default.desc(), BankAccount.created_at, BankAccount.id)
        )
    )


def mask_name(full_name: str) -> str:
    """`M. R.`: the initials."""
    return " ".join(f"{part[0]}." for part in full_name.split())


def mask_email(email: str | None) -> str | None:
    """The first letter and the domain: enough for the owner to recognise the mailbox."""
    if not email:
        return None
    name, _, domain = email.partition("@")
    return f"{name[:1]}•••@{domain}"


def mask_phone(phone: str | None) -> str | None:
    """The last three digits."""
    return f"•••• {phone[-3:]}" if phone else None
