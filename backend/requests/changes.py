"""Journeys that end in a change of the profile instead of a request. One function a kind, by its pack's `change`."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts.service import change_account_email
from backend.audit.service import record
from backend.people.models import Person
from backend.people.profile import (
    NewAccount,
    change_contacts,
    lock_person,
    set_bank_account,
    tell_contact_changed,
)
from backend.people.service import get_person, mask_email, mask_phone
from backend.requests.pack import Change
from backend.requests.questionnaire import State
from backend.requests.sources import mask_account


def apply_change(session: Session, person_id: str, change: Change, state: State, conversation_id: str) -> str:
    """Change the profile as the complete draft says; tells what is known now, masked."""
    person = lock_person(session, person_id)
    label = _CHANGES[change](session, person, state)
    record(
        session,
        actor=f"person:{person.id}",
        action=f"{change}_changed",
        subject=f"person:{person.id}",
        conversation_id=conversation_id,
        details={"now": label},
    )
    return label


def _answer(state: State, question_id: str) -> Any:
    return next(iter(state.values(question_id)), None)


def _contact_data(session: Session, person: Person, state: State) -> str:
    email, phone = _answer(state, "new_email"), _answer(state, "new_phone")
    known = person.email
    change_contacts(session, person, email=email, phone=phone)
    if email is not None:
        before = change_account_email(session, person.id, email)
        if before is not None and before not in (known, email):
            # Codes went to another address than letters did: that one is warned as well.
            tell_contact_changed(session, person, email=before)
    return ", ".join(filter(None, (mask_email(email), mask_phone(phone))))


def _bank_account(session: Session, person: Person, state: State) -> str:
    value = _answer(state, "account")
    account = NewAccount(
        iban=value.get("iban"),
        bank=value.get("bank"),
        number=value.get("number"),
        holder=get_person(session, _answer(state, "holder")).full_name,
    )
    label = mask_account(account.iban, account.bank, account.number)
    set_bank_account(session, person, account, label)
    return label


_CHANGES: dict[Change, Callable[[Session, Person, State], str]] = {
    "contact_data": _contact_data,
    "bank_account": _bank_account,
}
