"""Changes of what is known about a person: contact data and bank accounts. Who may is asked elsewhere."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.notifications.service import queue_sms
from backend.people.letters import write_to
from backend.people.models import BankAccount, Person
from backend.people.service import bank_accounts_of


def lock_person(session: Session, person_id: str) -> Person:
    """The person as stored now, locked until the transaction ends: changes come one after the other."""
    return session.scalars(
        select(Person)
        .where(Person.id == person_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def change_contacts(session: Session, person: Person, *, email: str | None, phone: str | None) -> None:
    """What was proven takes the place of what was known, which hears of it; a new number is told by mail too."""
    mailbox, number = person.email, person.phone
    if email in (None, mailbox) and phone in (None, number):
        return
    person.email, person.phone = email or mailbox, phone or number
    tell_contact_changed(session, person, email=mailbox)
    if number is not None and number != person.phone:
        queue_sms(
            session,
            to=number,
            key="contact_changed",
            language=person.language,
            script=person.script,
            variables={},
        )


def tell_contact_changed(session: Session, person: Person, *, email: str | None) -> None:
    """The warning to an address that was known before; it names no new one."""
    if email is not None:
        write_to(session, person, "contact_changed", address=email)


@dataclass(frozen=True)
class NewAccount:
    """An account whose form holds: an IBAN, or a domestic number with its bank where that is known."""

    iban: str | None
    bank: str | None
    number: str | None
    holder: str


def set_bank_account(session: Session, person: Person, new: NewAccount, label: str) -> None:
    """Make it the usual account; one that is known already is not stored twice. Told by mail."""
    known = bank_accounts_of(session, person.id)
    for account in known:
        account.is_default = False
    same = [a for a in known if (a.iban, a.bank, a.number) == (new.iban, new.bank, new.number)]
    account = same[0] if same else BankAccount(person_id=person.id)
    account.kind = "iban" if new.iban else "domestic"
    account.iban, account.bank, account.number = new.iban, new.bank, new.number
    account.holder, account.is_default = new.holder, True
    session.add(account)
    write_to(session, person, "bank_account_changed", {"account": label})
