"""Who is at the desk: the log-in behind the cookie, looked up at the backend and remembered for two seconds at most.

A route says `agent: Annotated[StaffMember, require("answer")]`: without a log-in the page leads to the door, without
the permission it is refused. What is done to one conversation is checked again with `check(agent, action, whose)`.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request

from connectors.care.backend_desk import DeskBackend, Member, StaffSession
from connectors.care.cookies import SESSION_COOKIE
from connectors.care.permissions import Action, Role, Whose, may, relation
from connectors.core.backend_client import BackendRefused
from connectors.core.gateway import Gateway

# Whoever is shut out is out within so long.
REMEMBERED_SECONDS = 2.0
FORGET_ABOVE = 1000


class LoginNeeded(Exception):
    """Nobody is logged in, or not any more."""


class NotAllowed(Exception):
    """The role has no such permission at all."""


class NotFound(Exception):
    """No such conversation, or none for this member: one answer for both."""


@dataclass(frozen=True)
class StaffMember:
    """Whoever is at the desk now. `token` goes to the backend and nowhere else."""

    staff_id: str
    name: str
    role: Role
    languages: list[str]
    markets: list[str]
    limit: int
    token: str = field(repr=False)

    def may(self, action: Action, whose: Whose | None = None) -> bool:
        return may(self.role, action, whose)

    def relation_to(
        self, *, market: str, language: str, state: str, agent_id: str | None, abandoned: bool = False
    ) -> Whose:
        """How a hand-over stands to this member."""
        return relation(
            staff_id=self.staff_id,
            role=self.role,
            markets=self.markets,
            languages=self.languages,
            market=market,
            language=language,
            state=state,
            agent_id=agent_id,
            abandoned=abandoned,
        )


def check(agent: StaffMember, action: Action, whose: Whose) -> None:
    """Raises NotFound for a conversation the member may not even read, NotAllowed for one they may read only."""
    if agent.may(action, whose):
        return
    raise NotAllowed if agent.may("read", whose) else NotFound


@dataclass
class _Known:
    session: StaffSession
    until: float
    # Read loudly so lately: quiet readings of the event stream must not keep an idle log-in alive, nor hide work.
    renewed_until: float


class Sessions:
    """Log-ins as the backend told lately, by the hash of their token. Kept per process, for seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def read(self, backend: DeskBackend, token: str, *, quiet: bool) -> StaffSession:
        """Raises LoginNeeded, BackendUnavailable."""
        key, now = hashlib.sha256(token.encode()).hexdigest(), self._clock()
        known = self._known.get(key)
        if known is not None and (known.until if quiet else known.renewed_until) > now:
            return known.session
        try:
            session = await backend.read_session(quiet=quiet)
        except BackendRefused:
            self._known.pop(key, None)
            raise LoginNeeded from None
        if session.member.disabled:
            self._known.pop(key, None)
            raise LoginNeeded
        if len(self._known) > FORGET_ABOVE:
            self._known = {k: v for k, v in self._known.items() if v.until > now}
        # Counted from before the call: what changes while it is under way is seen in time too.
        until = now + REMEMBERED_SECONDS
        renewed = until if not quiet else (known.renewed_until if known else 0.0)
        self._known[key] = _Known(session, until, renewed)
        return session

    def forget(self, token: str) -> None:
        self._known.pop(hashlib.sha256(token.encode()).hexdigest(), None)


async def find_member(request: Request, *, quiet: bool = False) -> StaffMember:
    """Whoever the cookie is of; raises LoginNeeded, BackendUnavailable. Long-lived streams ask again, quietly."""
    token = request.cookies.get(SESSION_COOKIE)
    # A cookie is whatever a client sends: only what can be a header is asked about.
    if not token or len(token) > 200 or not token.isascii() or not token.isprintable():
        raise LoginNeeded
    gateway: Gateway = request.app.state.gateway
    sessions: Sessions = request.app.state.care_sessions
    session = await sessions.read(DeskBackend(gateway.backend, token), token, quiet=quiet)
    return _member(session.member, token)


def _member(member: Member, token: str) -> StaffMember:
    return StaffMember(
        staff_id=member.staff_id,
        name=member.name,
        role=member.role,
        languages=member.languages,
        markets=member.markets,
        limit=member.limit,
        token=token,
    )


class Require:
    """The check of one route: somebody is logged in whose role has the permission."""

    def __init__(self, action: Action, *, quiet: bool = False) -> None:
        self.action = action
        self.quiet = quiet

    async def __call__(self, request: Request) -> StaffMember:
        member = await find_member(request, quiet=self.quiet)
        # The layout shows whoever is logged in, also on the page that refuses.
        request.state.member = member
        if not member.may(self.action):
            raise NotAllowed
        return member


def require(action: Action, *, quiet: bool = False) -> Any:
    """For `Annotated[StaffMember, require("read")]`; `quiet` for what the page does by itself (the event stream)."""
    return Depends(Require(action, quiet=quiet))


Agent = Annotated[StaffMember, require("enter")]


async def the_desk_backend(request: Request) -> DeskBackend:
    """The backend as seen by whoever is logged in; to be used beside a `require`."""
    gateway: Gateway = request.app.state.gateway
    return DeskBackend(gateway.backend, request.cookies.get(SESSION_COOKIE, ""))


DeskHere = Annotated[DeskBackend, Depends(the_desk_backend)]
