"""Who is at the desk: presence that dies with the browser, skills, and room for one more conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from connectors.core.handover.facts import LimitReached, SkillsMissing
from connectors.core.handover.models import TAKEN, AgentPresence, Handover

SUPERVISOR = "supervisor"
Status = Literal["online", "away", "offline"]
# A browser that is open says so more often than this.
SEEN_WITHIN = timedelta(seconds=60)
NEVER_SEEN = timedelta(days=1)


class Agent(Protocol):
    """A member of staff as the core needs one; the desk's own class fits."""

    @property
    def staff_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def languages(self) -> Sequence[str]: ...
    @property
    def markets(self) -> Sequence[str]: ...
    @property
    def limit(self) -> int: ...


@dataclass(frozen=True)
class DeskAgent:
    """An agent where there is no log-in at hand: somebody's presence, a test."""

    staff_id: str
    name: str
    role: str
    languages: Sequence[str]
    markets: Sequence[str]
    limit: int


def fits(agent: Agent, handover: Handover) -> bool:
    """Whether the agent serves its market in its language; supervisors serve all languages of their markets."""
    speaks = agent.role == SUPERVISOR or handover.language in agent.languages
    return handover.market in agent.markets and speaks


def check_skills(agent: Agent, handover: Handover) -> None:
    """Raises SkillsMissing."""
    if not fits(agent, handover):
        raise SkillsMissing


def set_presence(session: Session, agent: Agent, status: Status | None, now: datetime) -> AgentPresence:
    """The agent is seen now; `status` None keeps what they chose last, at first "online"."""
    presence = lock_presence(session, agent, now)
    if status is not None:
        presence.status = status
    elif not is_here(presence, now) and presence.status == "offline":
        presence.status = "online"
    presence.name, presence.role, presence.limit = agent.name, agent.role, agent.limit
    presence.languages, presence.markets = list(agent.languages), list(agent.markets)
    presence.seen_at = now
    session.flush()
    return presence


def lock_presence(session: Session, agent: Agent, now: datetime) -> AgentPresence:
    """The agent's row, held until the end of the transaction: nobody gets two conversations for one free place."""
    locked = select(AgentPresence).where(AgentPresence.agent_id == agent.staff_id).with_for_update()
    found = session.scalars(locked).one_or_none()
    if found is None:
        # Several processes may see a new agent at the same moment.
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        values = {
            AgentPresence.agent_id: agent.staff_id,
            AgentPresence.name: agent.name,
            AgentPresence.role: agent.role,
            AgentPresence.languages: list(agent.languages),
            AgentPresence.markets: list(agent.markets),
            AgentPresence.status: "offline",
            AgentPresence.limit: agent.limit,
            AgentPresence.seen_at: now - NEVER_SEEN,
        }
        session.execute(insert(AgentPresence).values(values).on_conflict_do_nothing())
        found = session.scalars(locked).one()
    return found


def find_presence(session: Session, agent_id: str) -> AgentPresence | None:
    """As last seen."""
    return session.get(AgentPresence, agent_id)


def is_here(presence: AgentPresence | None, now: datetime) -> bool:
    """Whether the browser was heard of just now, whatever the agent chose."""
    return presence is not None and presence.seen_at > now - SEEN_WITHIN


def is_online(presence: AgentPresence | None, now: datetime) -> bool:
    """Whether the agent takes conversations now."""
    return presence is not None and presence.status == "online" and is_here(presence, now)


def find_online(session: Session, now: datetime) -> list[AgentPresence]:
    """Those who take conversations now, by name."""
    return list(
        session.scalars(
            select(AgentPresence)
            .where(AgentPresence.status == "online", AgentPresence.seen_at > now - SEEN_WITHIN)
            .order_by(AgentPresence.name)
        )
    )


def as_agent(presence: AgentPresence) -> DeskAgent:
    """The agent behind a presence."""
    return DeskAgent(
        presence.agent_id,
        presence.name,
        presence.role,
        presence.languages,
        presence.markets,
        presence.limit,
    )


def count_owned(session: Session, agent_id: str) -> int:
    """Conversations that the agent has now."""
    owned = select(func.count()).where(Handover.agent_id == agent_id, Handover.state == TAKEN)
    return session.execute(owned).scalar_one()


def list_owned(session: Session, agent_id: str) -> list[int]:
    """The hand-overs that the agent has now."""
    owned = select(Handover.id).where(Handover.agent_id == agent_id, Handover.state == TAKEN)
    return list(session.scalars(owned))


def check_room(session: Session, agent: Agent, now: datetime) -> AgentPresence:
    """Raises LimitReached; holds the agent's row, so that two takes at once count each other."""
    presence = lock_presence(session, agent, now)
    if count_owned(session, agent.staff_id) >= agent.limit:
        raise LimitReached
    return presence


def note_seen(session: Session, agent: Agent, now: datetime) -> None:
    """Whoever acts is there."""
    session.execute(
        update(AgentPresence)
        .where(AgentPresence.agent_id == agent.staff_id)
        .values(seen_at=now)
        .execution_options(synchronize_session=False)
    )
