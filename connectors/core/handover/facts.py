"""What may stand against a wish of an agent. Facts; the desk turns them into words.

HandoverRefused
    HandoverUnknown   no such hand-over
    AlreadyTaken      somebody else owns it
    NotOwner          only its owner may do this
    NotWaiting        it is over, or not in the queue
    LimitReached      the agent has as many conversations as they may have
    SkillsMissing     not a market or language of this agent
    AgentAway         the colleague is not at the desk
    OwnerPresent      its owner is at the desk: only a supervisor may take it over
    NotApproved       no such text that the vendor approved, or a field of it is not known
"""


class HandoverRefused(Exception):
    """`error` is the fact's name in small letters, for texts and logs."""

    error = "handover_refused"

    def __init__(self) -> None:
        super().__init__(self.error)


class HandoverUnknown(HandoverRefused):
    error = "handover_unknown"


class AlreadyTaken(HandoverRefused):
    error = "already_taken"

    def __init__(self, agent_name: str | None = None) -> None:
        super().__init__()
        self.agent_name = agent_name


class NotOwner(HandoverRefused):
    error = "not_owner"


class NotWaiting(HandoverRefused):
    error = "not_waiting"


class LimitReached(HandoverRefused):
    error = "limit_reached"


class SkillsMissing(HandoverRefused):
    error = "skills_missing"


class AgentAway(HandoverRefused):
    error = "agent_away"


class NotApproved(HandoverRefused):
    error = "not_approved"


class OwnerPresent(HandoverRefused):
    error = "owner_present"
