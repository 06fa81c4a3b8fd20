"""The directory: who is in it, with which role and skills, and who sees which rows.

Nobody changes or disables themselves, and the last administrator stays: somebody must be able to let others in.
"""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.accounts.passwords import username_key
from backend.accounts.service import LanguageUnknown, UsernameInvalid, UsernameTaken
from backend.audit.service import record
from backend.database import utc_now
from backend.errors import Fault, NotFound
from backend.markets.service import load_markets
from backend.staff.access import Role, StaffIdentity
from backend.staff.models import Staff
from backend.staff.sessions import actor_of, end_everything

# As customers', and addresses too: some houses' log-ins know people by theirs.
USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{2,63}")
# Conversations at once, where nothing else is said.
USUAL_LIMIT = 4
# What ends log-ins when it changes; the rest holds from the next click on.
ENDING = frozenset({"role", "disabled"})


class OwnAccount(Fault):
    """Nobody changes, disables or resets themselves: a second administrator does."""

    status = 409
    code = "own_account"


class LastAdministrator(Fault):
    """Without them nobody could let anybody in."""

    status = 409
    code = "last_administrator"


class MarketUnknown(Fault):
    """No such market."""

    status = 422
    code = "market_unknown"


def create_member(
    session: Session,
    username: str,
    name: str,
    role: Role,
    *,
    languages: Sequence[str] = (),
    markets: Sequence[str] = (),
    limit: int = USUAL_LIMIT,
    actor: str,
) -> Staff:
    """A new member, who comes in once invited. Raises UsernameInvalid, UsernameTaken, LanguageUnknown, MarketUnknown."""
    key = username_key(username)
    if not USERNAME.fullmatch(key):
        raise UsernameInvalid()
    refuse_unknown(languages, markets)
    staff = Staff(
        username=username.strip(),
        username_key=key,
        name=name.strip(),
        role=role,
        languages=_ordered(languages),
        markets=_ordered(markets),
        limit=limit,
    )
    try:
        with session.begin_nested():
            session.add(staff)
    except IntegrityError:
        raise UsernameTaken() from None
    record(session, actor=actor, action="staff_created", subject=actor_of(staff.id), details={"role": role})
    return staff


def change_member(session: Session, staff_id: str, changes: dict[str, Any], by: StaffIdentity) -> Staff:
    """Change some of name, role, languages, markets, limit, disabled. What is the same already is no change.

    Another role, or being disabled, ends every log-in at once. Raises NotFound, OwnAccount, LastAdministrator,
    LanguageUnknown, MarketUnknown.
    """
    if staff_id == by.staff_id:
        raise OwnAccount()
    refuse_unknown(changes.get("languages", ()), changes.get("markets", ()))
    staff = lock_member(session, staff_id)
    before: dict[str, Any] = {
        name: staff.disabled_at is not None if name == "disabled" else getattr(staff, name)
        for name in changes
    }
    wanted = {
        name: _ordered(value) if name in ("languages", "markets") else value
        for name, value in changes.items()
    }
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    if not changed:
        return staff
    if changed.get("disabled") or "role" in changed:
        refuse_last(session, staff)
    _apply(session, staff, changed)
    details = {"changed": ",".join(sorted(changed))}
    if "role" in changed:
        details["role"] = f"{before['role']}>{changed['role']}"
    action = "staff_changed"
    if "disabled" in changed:
        action = "staff_disabled" if changed["disabled"] else "staff_enabled"
    record(session, actor=by.actor, action=action, subject=actor_of(staff.id), details=details)
    return staff


def disable_by_name(session: Session, username: str, actor: str) -> bool:
    """Shut somebody out, at once; False when nobody of that name is let in. Raises LastAdministrator."""
    staff = find_by_name(session, username)
    if staff is None or staff.disabled_at is not None:
        return False
    staff = lock_member(session, staff.id)
    refuse_last(session, staff)
    _apply(session, staff, {"disabled": True})
    record(session, actor=actor, action="staff_disabled", subject=actor_of(staff.id))
    return True


def find_by_name(session: Session, username: str) -> Staff | None:
    return session.scalar(select(Staff).where(Staff.username_key == username_key(username)))


def lock_member(session: Session, staff_id: str) -> Staff:
    """Somebody, locked against other changes; administrators all together, so that the last one is known.

    Raises NotFound.
    """
    staff = session.get(Staff, staff_id)
    if staff is None:
        raise NotFound()
    administrators = select(Staff.id).where(Staff.role == "administrator", Staff.disabled_at.is_(None))
    session.execute(administrators.order_by(Staff.id).with_for_update()).all()
    return session.scalars(
        select(Staff).where(Staff.id == staff_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def refuse_last(session: Session, staff: Staff) -> None:
    """Raises LastAdministrator when nobody else could let people in; the rows are locked (lock_member)."""
    if staff.role != "administrator" or staff.disabled_at is not None:
        return
    another = select(Staff.id).where(
        Staff.role == "administrator", Staff.disabled_at.is_(None), Staff.id != staff.id
    )
    if session.scalar(another.limit(1)) is None:
        raise LastAdministrator()


def list_for(session: Session, by: StaffIdentity) -> tuple[list[Staff], list[Staff]]:
    """Whom somebody sees: (whole rows, those of whom only name and skills are told), each by name.

    Everybody sees who may take a conversation over; supervisors see all of the agents of their markets,
    administrators all of everybody.
    """
    everybody = sorted(session.scalars(select(Staff)), key=lambda staff: (staff.name.casefold(), staff.id))
    if by.role == "administrator":
        return everybody, []
    whole = [staff for staff in everybody if by.role == "supervisor" and _works_under(staff, by)]
    colleagues = [
        staff
        for staff in everybody
        if staff not in whole and staff.role != "administrator" and staff.disabled_at is None
    ]
    return whole, colleagues


def refuse_unknown(languages: Sequence[str], markets: Sequence[str]) -> None:
    """Raises LanguageUnknown, MarketUnknown for what no market pack has."""
    packs = load_markets()
    if set(languages) - {language for pack in packs.values() for language in pack.languages}:
        raise LanguageUnknown()
    if set(markets) - packs.keys():
        raise MarketUnknown()


def _works_under(staff: Staff, by: StaffIdentity) -> bool:
    return staff.role == "agent" and bool(set(staff.markets) & set(by.markets))


def _apply(session: Session, staff: Staff, changed: dict[str, Any]) -> None:
    for name, value in changed.items():
        if name == "disabled":
            staff.disabled_at = utc_now() if value else None
        else:
            setattr(staff, name, value)
    if ENDING & changed.keys():
        end_everything(session, staff.id)


def _ordered(values: Sequence[str]) -> list[str]:
    return sorted(set(values))
