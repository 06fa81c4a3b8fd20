"""What a secure page does beside the log-in: open an account, a new password, a forgotten user name.

Whether the given data fit anybody is answered the same, step by step: only a mail that comes, or not, tells.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.accounts.attempts import Limits, count_wrong, lock_attempts, refuse_paused, take_back
from backend.accounts.codes import check_code, send_code
from backend.accounts.elsewhere import end_logins
from backend.accounts.identity import FieldsWrong, find_account, find_insured, read_fields
from backend.accounts.login import CredentialsWrong
from backend.accounts.models import Account, Consent, Conversation, LoginLink
from backend.accounts.passwords import check_password, hash_password, is_guessed_first
from backend.accounts.schemas import Script, Task, TaskDone, TaskView
from backend.accounts.service import (
    SHORTEST_PASSWORD,
    NewLink,
    PasswordTooShort,
    create_account,
    find_link,
    newest_code,
    open_link,
)
from backend.accounts.tokens import keyed_hash
from backend.audit.service import record
from backend.database import utc_now
from backend.errors import Fault, NotFound
from backend.markets.schema import MarketPack
from backend.markets.service import get_market
from backend.notifications.service import queue_mail
from backend.people.models import Person
from backend.people.profile import lock_person
from backend.people.service import mask_email
from backend.settings import Settings
from locales.script import normalise

TOKENS = "account-link"
# The journey of the pack that each task belongs to.
JOURNEYS: dict[Task, Literal["register", "forgot_password", "forgot_username", "change_password"]] = {
    "register": "register",
    "password": "forgot_password",
    "username": "forgot_username",
    "change_password": "change_password",
}


class StepWrong(Fault):
    """The page is at another step, perhaps in another window: `step` names it."""

    status = 409
    code = "step_wrong"
    example = {"step": "code"}


class PasswordCommon(Fault):
    """Among those that are guessed first, or made of the person's own name."""

    status = 422
    code = "password_common"


class ConsentNeeded(Fault):
    """What has to be agreed to was not."""

    status = 422
    code = "consent_needed"


@dataclass(frozen=True)
class NewPassword:
    """What is filled in at the last step; `username` where it is chosen, `old` where it is changed."""

    password: str
    username: str = ""
    old: str = ""


def create_task_link(
    session: Session,
    conversation: Conversation,
    task: Task,
    person_id: str | None,
    language: str,
    script: str,
    settings: Settings,
) -> NewLink:
    """A page for one task. 404 where the market does not offer it; raises LanguageUnknown."""
    if get_market(conversation.market).journeys[JOURNEYS[task]] != "offered":
        raise NotFound()
    link = LoginLink(
        task=task,
        person_id=person_id,
        language=language,
        script=script,
        expires_at=utc_now() + timedelta(seconds=settings.login_pending_seconds),
    )
    return open_link(session, conversation, link, TOKENS, settings)


def describe_task(session: Session, token: str, settings: Settings) -> TaskView:
    """What the page shows now; changes nothing."""
    return _view(session, find_link(session, token, settings, TOKENS))


def take_details(
    session: Session, token: str, given: dict[str, str], consent: bool, settings: Settings
) -> TaskView:
    """The data that say who it is. Raises FieldsWrong, ConsentNeeded, StepWrong, TooManyAttempts."""
    link = _at_step(session, token, settings, "details")
    pack = _pack(session, link)
    fields, optional = _fields(link, pack)
    values = read_fields(given, fields, optional, pack)
    if link.task == "register":
        if "policy_number" not in values and "policy_number" in optional and "email" not in values:
            raise FieldsWrong(fields={"policy_number": "missing"})
        if not consent:
            raise ConsentNeeded()
    key = keyed_hash(settings.hash_key, "identity", *(f"{name}={values[name]}" for name in sorted(values)))
    _count_details(session, link, key, pack, settings)
    link.code_subject = f"code:{key}"
    if link.task == "register":
        _match_insured(session, link, values, pack)
    else:
        _match_account(session, link, values, pack)
    if link.task == "username":
        link.used_at = utc_now()
    else:
        send_code(session, link, settings, again=False)
    session.flush()
    return _view(session, link)


def send_task_code(session: Session, token: str, settings: Settings) -> TaskView:
    """Another code. Raises StepWrong, CodeSentRecently, TooManyAttempts."""
    link = _at_step(session, token, settings, "code")
    send_code(session, link, settings, again=True)
    return _view(session, link)


def prove_code(session: Session, token: str, typed: str, settings: Settings) -> TaskView:
    """The code from the mail. Raises StepWrong, CodeWrong, CodeExpired, TooManyAttempts."""
    link = _at_step(session, token, settings, "code")
    check_code(session, link, typed, settings)
    link.proven_at = utc_now()
    return _view(session, link)


def take_password(session: Session, token: str, new: NewPassword, settings: Settings) -> TaskDone:
    """The last step: the account is made, or has a new password and all its other log-ins end.

    Raises NotFound also when an account was opened on another page meanwhile.
    """
    link = find_link(session, token, settings, TOKENS)
    if link.person_id is None:
        raise StepWrong(step=_step(session, link))
    # Somebody may be sending the same page, or another of the same person, at this moment.
    person = lock_person(session, link.person_id)
    session.refresh(link)
    step = _step(session, link)
    if step not in ("password", "change"):
        raise StepWrong(step=step)
    if link.task == "register":
        if session.get(Account, person.id) is not None:
            raise NotFound()
        account = _open_account(session, link, person, new)
    else:
        account = session.get_one(Account, link.person_id)
        if link.task == "change_password":
            _check_old(session, link, account, new.old, settings)
        _refuse_weak(new.password, account.username, person)
        account.password_hash = hash_password(new.password)
        end_logins(session, account.person_id, but=link.conversation_id if step == "change" else None)
        _mail(session, account.email, "password_changed", link, {"name": person.full_name})
    link.used_at = utc_now()
    record(
        session,
        actor=f"person:{person.id}",
        action=f"account_{link.task}",
        subject=f"person:{person.id}",
        conversation_id=link.conversation_id,
    )
    return TaskDone(
        task=cast("Task", link.task), conversation_id=link.conversation_id, username=account.username
    )


def _match_insured(session: Session, link: LoginLink, values: dict[str, str], pack: MarketPack) -> None:
    link.email = values["email"]
    fits = find_insured(session, values, pack)
    if fits is None:
        return
    if fits.has_account:
        # Only the owner of the mailbox hears of it.
        account = session.get_one(Account, fits.person.id)
        variables = {"name": fits.person.full_name, "username": account.username}
        _mail(session, account.email, "account_exists", link, variables)
        return
    link.person_id, link.code_subject = fits.person.id, None


def _match_account(session: Session, link: LoginLink, values: dict[str, str], pack: MarketPack) -> None:
    account = find_account(session, values, pack)
    if account is None:
        return
    if link.task == "username":
        person = session.get_one(Person, account.person_id)
        variables = {"name": person.full_name, "username": account.username}
        _mail(session, account.email, "username", link, variables)
        return
    link.person_id, link.code_subject = account.person_id, None


def _open_account(session: Session, link: LoginLink, person: Person, new: NewPassword) -> Account:
    pack = _pack(session, link)
    username = new.username if pack.registration.username == "chosen" else suggest_username(session, person)
    _refuse_weak(new.password, username, person)
    known, proven = person.email, link.email
    if proven is not None:
        # Proven by the code; what the insurer had hears of it.
        person.email = proven
    account = create_account(session, person, username, new.password)
    session.add(
        Consent(
            id=uuid.uuid4().hex,
            person_id=person.id,
            kind=pack.registration.consent,
            version=pack.registration.consent_version,
            language=link.language,
        )
    )
    variables = {"name": person.full_name, "username": account.username}
    _mail(session, account.email, "account_opened", link, variables)
    if known is not None and known.lower() != account.email.lower():
        _mail(session, known, "account_opened_elsewhere", link, {"name": person.full_name})
    return account


def suggest_username(session: Session, person: Person) -> str:
    """`budi.santoso`, or with the first number that is free."""
    # Many Indonesians have one name only.
    names = filter(None, (person.first_name, person.last_name))
    words = [normalise(name).replace(" ", ".") for name in names]
    plain = "".join(letter for letter in ".".join(words) if letter.isalnum() or letter == ".")[:56]
    taken = set(session.scalars(select(Account.username_key).where(Account.username_key.startswith(plain))))
    numbers = ("", *(str(number) for number in range(2, 10_000)))
    return next(plain + number for number in numbers if plain + number not in taken)


def _refuse_weak(password: str, username: str, person: Person) -> None:
    """Long enough, and none that is guessed first."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordTooShort(shortest=SHORTEST_PASSWORD)
    if is_guessed_first(password, username, [person.first_name, person.last_name, person.email or ""]):
        raise PasswordCommon()


def _check_old(session: Session, link: LoginLink, account: Account, old: str, settings: Settings) -> None:
    """Counted like the passwords of a log-in."""
    zone = _pack(session, link).zone
    attempt = lock_attempts(
        session, f"password:{keyed_hash(settings.hash_key, 'username', account.username_key)}", zone
    )
    refuse_paused(attempt)
    limits = Limits(
        settings.passwords_wrong_in_a_row,
        settings.passwords_wrong_a_day,
        timedelta(seconds=settings.pause_seconds),
    )
    count_wrong(attempt, limits, zone)
    if not check_password(account.password_hash, old).right:
        refuse_paused(attempt)
        raise CredentialsWrong()
    take_back(attempt)


def _count_details(session: Session, link: LoginLink, key: str, pack: MarketPack, settings: Settings) -> None:
    """Every try counts, fitting or not, for the data and for the conversation: nobody searches for people here."""
    limits = Limits(
        settings.details_in_a_row, settings.details_a_day, timedelta(seconds=settings.pause_seconds)
    )
    subjects = (f"details:{key}", f"details-in:{link.conversation_id}")
    attempts = [lock_attempts(session, subject, pack.zone) for subject in subjects]
    refuse_paused(*attempts)
    for attempt in attempts:
        count_wrong(attempt, limits, pack.zone)


def _mail(session: Session, to: str, key: str, link: LoginLink, variables: dict[str, str]) -> None:
    queue_mail(session, to=to, key=key, language=link.language, script=link.script, variables=variables)


def _pack(session: Session, link: LoginLink) -> MarketPack:
    if link.person_id is not None:
        return get_market(session.get_one(Person, link.person_id).market)
    return get_market(session.get_one(Conversation, link.conversation_id).market)


def _fields(link: LoginLink, pack: MarketPack) -> tuple[list[str], list[str]]:
    """What the details step asks, and which of it may be left empty."""
    if link.task == "register":
        return list(pack.registration.fields), list(pack.registration.optional)
    if link.task == "change_password":
        return [], []
    return list(pack.recovery.password if link.task == "password" else pack.recovery.username), []


def _step(session: Session, link: LoginLink) -> Literal["details", "code", "password", "change", "done"]:
    if link.used_at is not None:
        return "done"
    if link.task == "change_password":
        return "change"
    if link.proven_at is not None:
        return "password"
    return "code" if newest_code(session, link) is not None else "details"


def _at_step(session: Session, token: str, settings: Settings, wanted: str) -> LoginLink:
    link = find_link(session, token, settings, TOKENS)
    step = _step(session, link)
    if step != wanted:
        raise StepWrong(step=step)
    return link


def _view(session: Session, link: LoginLink) -> TaskView:
    pack = _pack(session, link)
    fields, optional = _fields(link, pack)
    step = _step(session, link)
    view = TaskView(
        conversation_id=link.conversation_id,
        market=pack.market,
        language=link.language,
        script=cast("Script", link.script),
        task=cast("Task", link.task),
        step=step,
        fields=fields,
        optional=optional,
        shortest_password=SHORTEST_PASSWORD,
        expires_at=link.expires_at,
    )
    if link.task == "register":
        view.consent = pack.registration.consent
        view.chooses_username = pack.registration.username == "chosen"
        view.masked_email = mask_email(link.email)
        if step == "password" and not view.chooses_username:
            view.username = suggest_username(session, session.get_one(Person, link.person_id))
    return view
