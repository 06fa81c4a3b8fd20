"""The one door for staff: who is asking, by the header `X-Staff-Token` of a call that the gateway makes. Fails closed.

Features take `AnyStaff`, `DeskStaff` or `at_least(...)` and ask no further; whether a conversation is in the member's
markets is theirs to decide. Looking somebody up does not renew the idle time: GET /staff/session does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Header, Request
from sqlalchemy.orm import Session

from backend.callers import ConnectorsOnly
from backend.database import DatabaseSession
from backend.errors import Fault
from backend.settings import Settings
from backend.staff.sessions import actor_of, find_session

Role = Literal["agent", "supervisor", "administrator"]
ROLES: tuple[Role, ...] = ("agent", "supervisor", "administrator")


class StaffLoginRequired(Fault):
    """No log-in of staff, or one that has ended: idle, too old, shut out, another role."""

    status = 401
    code = "staff_login_required"


class RoleNotAllowed(Fault):
    """The member of staff may not make this call."""

    status = 403
    code = "role_not_allowed"


@dataclass(frozen=True)
class StaffIdentity:
    """Who is asking. `actor` is how the audit names them."""

    staff_id: str
    role: Role
    markets: tuple[str, ...]
    languages: tuple[str, ...]

    @property
    def actor(self) -> str:
        return actor_of(self.staff_id)


StaffToken = Annotated[
    str | None,
    Header(alias="X-Staff-Token", max_length=100, description="The token of a log-in of staff"),
]


def current_staff(
    request: Request, session: DatabaseSession, _: ConnectorsOnly, token: StaffToken = None
) -> StaffIdentity:
    """The member of staff behind the header; raises StaffLoginRequired."""
    return read_staff(session, token, request.app.state.settings)


def read_staff(session: Session, token: str | None, settings: Settings) -> StaffIdentity:
    """The member of staff behind a token, for routes with sessions of their own; raises StaffLoginRequired."""
    found = find_session(session, token, settings) if token else None
    if found is None:
        raise StaffLoginRequired()
    staff = found.staff
    role = next(role for role in ROLES if role == staff.role)
    return StaffIdentity(staff.id, role, tuple(staff.markets), tuple(staff.languages))


AnyStaff = Annotated[StaffIdentity, Depends(current_staff)]


def only(*roles: Role) -> Callable[..., StaffIdentity]:
    """A dependency: staff of these roles; raises RoleNotAllowed for the others."""

    def check(staff: AnyStaff) -> StaffIdentity:
        if staff.role not in roles:
            raise RoleNotAllowed()
        return staff

    return check


def at_least(role: Role) -> Callable[..., StaffIdentity]:
    """A dependency: staff of this role or a higher one, to be used as `Depends(at_least("supervisor"))`."""
    return only(*ROLES[ROLES.index(role) :])


# Administrators see reports and staff, never customers' conversations.
DeskStaff = Annotated[StaffIdentity, Depends(only("agent", "supervisor"))]
Administrator = Annotated[StaffIdentity, Depends(only("administrator"))]
