"""Staff over HTTP: log-in, the directory, invitations. For the gateway alone."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Path, Query, Request, status
from sqlalchemy.exc import OperationalError

from backend.accounts.attempts import TooManyAttempts
from backend.accounts.codes import CodeWrong
from backend.accounts.login import CredentialsWrong
from backend.accounts.routes import CurrentSettings
from backend.accounts.service import LanguageUnknown, PasswordTooShort, UsernameInvalid, UsernameTaken
from backend.accounts.tasks import PasswordCommon
from backend.callers import only_connectors
from backend.database import DatabaseSession, utc_now
from backend.errors import Forbidden, InputInvalid, NotFound, faults
from backend.settings import Settings
from backend.staff import invitations, login, members, sessions, totp
from backend.staff.access import (
    ROLES,
    Administrator,
    AnyStaff,
    RoleNotAllowed,
    StaffLoginRequired,
    StaffToken,
)
from backend.staff.models import Staff
from backend.staff.schemas import (
    CodeStep,
    Colleague,
    InvitationView,
    LoginStarted,
    Member,
    MemberChange,
    MemberInvited,
    NewMember,
    NewPassword,
    OidcLogin,
    PasswordLogin,
    SessionView,
    TicketView,
)

log = structlog.get_logger()
router = APIRouter(
    prefix="/staff", tags=["staff"], dependencies=[Depends(only_connectors)], responses=faults(Forbidden)
)
StaffId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
LinkToken = Annotated[str, Path(min_length=1, max_length=100)]
MEMBER_CALL = faults(Forbidden, RoleNotAllowed, StaffLoginRequired)


@router.post("/logins", responses=faults(CredentialsWrong, TooManyAttempts, InputInvalid))
def log_in(body: PasswordLogin, session: DatabaseSession, settings: CurrentSettings) -> TicketView:
    """The password step. Unknown, wrong, disabled and not yet invited are one answer."""
    proven = login.prove_password(
        session, body.username, body.password.get_secret_value(), body.address, settings
    )
    if proven.secret is None:
        return TicketView(ticket=proven.ticket, step="totp")
    uri = totp.otpauth_uri(proven.secret, proven.username)
    return TicketView(ticket=proven.ticket, step="enrol", otpauth_uri=uri, secret=proven.secret)


@router.post("/logins/totp", responses=faults(CodeWrong, TooManyAttempts, NotFound, InputInvalid))
def log_in_with_code(body: CodeStep, session: DatabaseSession, settings: CurrentSettings) -> LoginStarted:
    """The code step, or the end of the set-up; 404 when the ticket is gone (used, old, too many wrong codes)."""
    started = login.prove_code(session, body.ticket, body.code.get_secret_value(), settings)
    return _started(started, settings)


@router.post("/oidc-logins", responses=faults(CredentialsWrong, NotFound, InputInvalid))
def log_in_by_oidc(body: OidcLogin, session: DatabaseSession, settings: CurrentSettings) -> LoginStarted:
    """Whom the house's own log-in has vouched for, checked by the gateway; 404 where it is off."""
    started = login.log_in_by_oidc(session, body.issuer, body.subject, body.username, settings)
    return _started(started, settings)


@router.get("/session", responses=faults(StaffLoginRequired))
def read_session(
    request: Request,
    session: DatabaseSession,
    settings: CurrentSettings,
    quiet: Annotated[bool, Query(description="Look without renewing the idle time")] = False,
    token: StaffToken = None,
) -> SessionView:
    """Who is logged in, and until when; renews the idle time unless quiet."""
    found = sessions.find_session(session, token, settings) if token else None
    if found is None:
        raise StaffLoginRequired()
    now = utc_now()
    if not quiet and sessions.needs_renewal(found.login, now):
        session.expunge(found.login)
        found.login.used_at = now
        _renew_beside(request, found.login.id)
    absolute, idle = sessions.ends_at(found.login, settings)
    return SessionView(member=_member(found.staff), expires_at=absolute, idle_expires_at=idle)


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT, responses=faults(StaffLoginRequired))
def log_out(session: DatabaseSession, settings: CurrentSettings, token: StaffToken = None) -> None:
    """Log out, for every copy of the token; also when it has ended already."""
    if token is None:
        raise StaffLoginRequired()
    sessions.end_session(session, token, settings)


@router.get("/invitations/{token}", responses=faults(NotFound, InputInvalid))
def read_invitation(token: LinkToken, session: DatabaseSession, settings: CurrentSettings) -> InvitationView:
    """Whose link it is; reading consumes nothing."""
    invitation, staff = invitations.find_invitation(session, token, settings)
    kind: invitations.Kind = "reset" if invitation.kind == "reset" else "invite"
    return InvitationView(username=staff.username, name=staff.name, kind=kind)


@router.post(
    "/invitations/{token}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=faults(NotFound, PasswordTooShort, PasswordCommon, InputInvalid),
)
def choose_password(
    token: LinkToken, body: NewPassword, session: DatabaseSession, settings: CurrentSettings
) -> None:
    """Choose a password of at least 12 characters; uses the link up."""
    invitations.choose_password(session, token, body.password.get_secret_value(), settings)


@router.get("/members", responses=MEMBER_CALL)
def list_members(session: DatabaseSession, staff: AnyStaff) -> list[Member | Colleague]:
    """Everybody for administrators; for supervisors the agents of their markets; else names and skills."""
    whole, colleagues = members.list_for(session, staff)
    rows = [_member(row) for row in whole] + [_colleague(row) for row in colleagues]
    return sorted(rows, key=lambda row: row.name.casefold())


@router.post(
    "/members",
    status_code=status.HTTP_201_CREATED,
    responses=MEMBER_CALL
    | faults(UsernameTaken, UsernameInvalid, LanguageUnknown, members.MarketUnknown, InputInvalid),
)
def add_member(
    body: NewMember, session: DatabaseSession, settings: CurrentSettings, by: Administrator
) -> MemberInvited:
    """Add somebody and invite them; twice is once, because names are unique."""
    staff = members.create_member(session, **body.model_dump(), actor=by.actor)
    return _invited(session, staff, settings, by.actor)


@router.patch(
    "/members/{staff_id}",
    responses=MEMBER_CALL
    | faults(
        NotFound,
        members.OwnAccount,
        members.LastAdministrator,
        LanguageUnknown,
        members.MarketUnknown,
        InputInvalid,
    ),
)
def change_member(
    staff_id: StaffId, body: MemberChange, session: DatabaseSession, by: Administrator
) -> Member:
    """Change what is given. Another role, or being disabled, ends every log-in at once."""
    return _member(members.change_member(session, staff_id, body.model_dump(exclude_unset=True), by))


@router.post(
    "/members/{staff_id}/invitation",
    status_code=status.HTTP_201_CREATED,
    responses=MEMBER_CALL | faults(NotFound, members.OwnAccount, InputInvalid),
)
def invite_member(
    staff_id: StaffId, session: DatabaseSession, settings: CurrentSettings, by: Administrator
) -> MemberInvited:
    """A new link. Password and one-time password of before are gone, and every log-in is over."""
    if staff_id == by.staff_id:
        raise members.OwnAccount()
    return _invited(session, members.lock_member(session, staff_id), settings, by.actor)


def _renew_beside(request: Request, session_id: str) -> None:
    """In a transaction of its own: a read's transaction cannot turn into a write on SQLite."""
    try:
        with request.app.state.session_factory.begin() as session:
            sessions.renew(session, session_id, utc_now())
    except OperationalError:
        # A busy database costs a renewal, not the answer.
        log.warning("staff_session_not_renewed")


def _invited(session: DatabaseSession, staff: Staff, settings: Settings, actor: str) -> MemberInvited:
    token = invitations.invite(session, staff.id, settings, actor)
    return MemberInvited(member=_member(staff), invitation_url_token=token)


def _started(started: login.Started, settings: Settings) -> LoginStarted:
    absolute, _ = sessions.ends_at(started.login, settings)
    return LoginStarted(token=started.token, expires_at=absolute, member=_member(started.staff))


def _colleague(staff: Staff) -> Colleague:
    return Colleague(
        staff_id=staff.id,
        name=staff.name,
        role=next(role for role in ROLES if role == staff.role),
        languages=staff.languages,
        markets=staff.markets,
    )


def _member(staff: Staff) -> Member:
    return Member(
        **_colleague(staff).model_dump(),
        username=staff.username,
        limit=staff.limit,
        disabled=staff.disabled_at is not None,
        has_totp=staff.totp_secret is not None,
        has_password=staff.password_hash is not None,
    )
