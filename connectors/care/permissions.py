"""Who may do what at the desk: one table of role, action and whose conversation it is. Nothing else decides it.

The backend decides again, for everything that is a customer's (docs/interfaces.md); this table decides what the
gateway owns: the queue, the transcript, who speaks.
"""

from enum import StrEnum
from typing import Literal

Role = Literal["agent", "supervisor", "administrator"]
ROLES: tuple[Role, ...] = ("agent", "supervisor", "administrator")

Action = Literal[
    "enter",
    "see_queue",
    "take",
    "read",
    "answer",
    "note",
    "transfer",
    "take_over",
    "unmask",
    "view_file",
    "fill_field",
    "hand_back",
    "close",
    "see_reports",
    "see_team",
    "manage_staff",
]


class Whose(StrEnum):
    """How a hand-over stands to somebody at the desk."""

    OWN = "own"  # taken by them and open
    PAST = "past"  # theirs when it ended
    WAITING = "waiting"  # in the queue, and they know its language
    LEFT = "left"  # a colleague's who is gone, and they know its language
    OTHER = "other"  # a colleague's, or waiting for other people, in their market
    OVER = "over"  # ended, and a colleague's or nobody's when it did
    FOREIGN = "foreign"  # of a market that is not theirs: does not exist for them


OWN, PAST, WAITING, LEFT, OTHER, OVER = (
    Whose.OWN,
    Whose.PAST,
    Whose.WAITING,
    Whose.LEFT,
    Whose.OTHER,
    Whose.OVER,
)
_ALL = frozenset({OWN, PAST, WAITING, LEFT, OTHER, OVER})
# Of no conversation: a page, or the house.
_GENERAL: dict[Action, frozenset[Role]] = {
    "enter": frozenset({"agent", "supervisor", "administrator"}),
    "see_queue": frozenset({"agent", "supervisor"}),
    "see_reports": frozenset({"supervisor", "administrator"}),
    "see_team": frozenset({"supervisor"}),
    "manage_staff": frozenset({"administrator"}),
}
# Of a conversation; administrators see none.
_CONVERSATION: dict[Action, dict[Role, frozenset[Whose]]] = {
    "take": {"agent": frozenset({WAITING}), "supervisor": frozenset({WAITING})},
    # What a colleague left is read before it is taken over.
    "read": {"agent": frozenset({OWN, PAST, WAITING, LEFT}), "supervisor": _ALL},
    # Only whoever speaks: two voices in one chat confuse the customer.
    "answer": {"agent": frozenset({OWN}), "supervisor": frozenset({OWN})},
    "note": {"agent": frozenset({OWN, PAST}), "supervisor": _ALL},
    "transfer": {"agent": frozenset({OWN}), "supervisor": frozenset({OWN, WAITING, LEFT, OTHER})},
    "take_over": {"agent": frozenset({LEFT}), "supervisor": frozenset({LEFT, OTHER})},
    "unmask": {"agent": frozenset({OWN}), "supervisor": frozenset({OWN, LEFT, OTHER})},
    "view_file": {"agent": frozenset({OWN}), "supervisor": frozenset({OWN, LEFT, OTHER})},
    "fill_field": {"agent": frozenset({OWN}), "supervisor": frozenset({OWN})},
    "hand_back": {"agent": frozenset({OWN}), "supervisor": frozenset({OWN})},
    "close": {"agent": frozenset({OWN}), "supervisor": frozenset({OWN})},
}


def may(role: Role, action: Action, whose: Whose | None = None) -> bool:
    """Whether the role may do that; without `whose`: whether it may do it with any conversation at all."""
    if action in _GENERAL:
        return role in _GENERAL[action]
    allowed = _CONVERSATION[action].get(role, frozenset[Whose]())
    return bool(allowed) if whose is None else whose in allowed


def relation(
    *,
    staff_id: str,
    role: Role,
    markets: list[str],
    languages: list[str],
    market: str,
    language: str,
    state: str,
    agent_id: str | None,
    abandoned: bool = False,
) -> Whose:
    """How a hand-over (`state`: waiting, taken, ended; `agent_id`: who has or had it) stands to a member of staff.

    `abandoned`: its agent is gone for longer than the setting says. Agents need the language of what waits;
    supervisors see all of their markets. A waiting one that was passed on to one agent by name waits for them only.
    """
    if market not in markets:
        return Whose.FOREIGN
    knows = role == "supervisor" or language in languages
    mine = agent_id == staff_id
    if state == "waiting":
        return WAITING if knows and (agent_id is None or mine or role == "supervisor") else OTHER
    if state == "taken":
        if mine:
            return OWN
        return LEFT if abandoned and knows else OTHER
    return PAST if mine else OVER
