"""Whose account is meant: finds the one person that given data fit. The answer is never told to whoever asks."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.accounts.passwords import username_key
from backend.database import utc_now
from backend.errors import Fault
from backend.markets.schema import MarketPack
from backend.people.models import Person
from backend.policies.models import Membership, Policy
from locales.dates import find_dates
from locales.identifiers import (
    read_email,
    read_member_number,
    read_national_id,
    read_phone,
    read_policy_number,
)

OLDEST_YEARS = 120


class FieldsWrong(Fault):
    """Fields that are missing or not of their form: `fields` names each with `missing` or `invalid`."""

    status = 422
    code = "fields_wrong"
    example = {"fields": {"policy_number": "invalid", "email": "missing"}}


@dataclass(frozen=True)
class Fits:
    """Whom the data fit, and where the code goes; `has_account` when there is nothing left to open."""

    person: Person
    email: str
    has_account: bool


def read_fields(
    given: dict[str, str], fields: list[str], optional: list[str], pack: MarketPack
) -> dict[str, Any]:
    """The values in their normal form; raises FieldsWrong naming every field that is not right."""
    wrong: dict[str, str] = {}
    values: dict[str, Any] = {}
    for field in fields:
        text = given.get(field, "").strip()
        if not text:
            if field not in optional:
                wrong[field] = "missing"
            continue
        value = _read(field, text, pack)
        if value is None:
            wrong[field] = "invalid"
        else:
            values[field] = value
    if wrong:
        raise FieldsWrong(fields=wrong)
    return values


def find_insured(session: Session, values: dict[str, Any], pack: MarketPack) -> Fits | None:
    """The insured person that all values fit (registration), if there is just one."""
    query = select(Person).where(Person.market == pack.market)
    if "national_id" in values:
        query = query.where(Person.national_id == values["national_id"])
    if "birth_date" in values:
        query = query.where(Person.birth_date == values["birth_date"])
    if "policy_number" in values:
        insured = select(Membership.person_id).join(Policy).where(*_in_force(pack))
        insured = insured.where(Policy.number == values["policy_number"])
        if "member_number" in values:
            insured = insured.where(Membership.member_number == values["member_number"])
        if "policy_kind" in values:
            insured = insured.where(Policy.is_group.is_(values["policy_kind"] == "group"))
        query = query.where(Person.id.in_(insured))
    else:
        # Without a policy the e-mail that the insurer has proves it.
        query = query.where(func.lower(Person.email) == values["email"])
    people = session.scalars(query.limit(2)).all()
    if len(people) != 1:
        return None
    person, email = people[0], values["email"]
    known = (person.email or "").lower() == email
    account = session.get(Account, person.id)
    if account is not None:
        return Fits(person, account.email, has_account=True)
    if not known and person.email is not None and not pack.registration.new_email:
        return None
    return Fits(person, email, has_account=False)


def find_account(session: Session, values: dict[str, Any], pack: MarketPack) -> Account | None:
    """The account that the values fit (something was forgotten), if there is just one."""
    query = select(Account).join(Person, Person.id == Account.person_id).where(Person.market == pack.market)
    if "username" in values:
        query = query.where(Account.username_key == username_key(values["username"]))
    if "birth_date" in values:
        query = query.where(Person.birth_date == values["birth_date"])
    if "policy_or_email" in values:
        value: str = values["policy_or_email"]
        if "@" in value:
            query = query.where(
                (func.lower(Account.email) == value.lower()) | (func.lower(Person.email) == value.lower())
            )
        else:
            insured = select(Membership.person_id).join(Policy)
            query = query.where(Person.id.in_(insured.where(Policy.number == value, *_in_force(pack))))
    accounts = session.scalars(query.limit(2)).all()
    return accounts[0] if len(accounts) == 1 else None


def _in_force(pack: MarketPack) -> tuple[Any, ...]:
    today = utc_now().astimezone(pack.zone).date()
    return (Policy.status.in_(("active", "lapsed", "suspended")), Policy.valid_to >= today)


def _read(field: str, text: str, pack: MarketPack) -> Any:
    match field:
        case "policy_number":
            return read_policy_number(text)
        case "member_number":
            return read_member_number(text)
        case "national_id":
            return read_national_id(text, pack.market)
        case "email":
            # Mailboxes do not tell capitals apart, people write them now and then.
            return (read_email(text) or "").lower() or None
        case "phone":
            return read_phone(text, pack.market)
        case "birth_date":
            return _read_birth_date(text, pack)
        case "policy_kind":
            return text if text in ("group", "individual") else None
        case "policy_or_email":
            return read_email(text) if "@" in text else read_policy_number(text)
        case _:
            return text[:200]


def _read_birth_date(text: str, pack: MarketPack) -> date | None:
    today = utc_now().astimezone(pack.zone).date()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        found = next(iter(find_dates(text, pack.languages[0], today)), None)
        day = found.value if found else today
    return day if day < today and day.year > today.year - OLDEST_YEARS else None
