"""Who owns a conversation: taking it, speaking in it, passing it on, giving it back.

Each function is one transaction of its caller and raises a fact (`facts`). The customer is told in one sentence who is
speaking; the wake-ups follow in `handovers`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from connectors.core import inbox
from connectors.core.conversations import note_login_state, voice_of
from connectors.core.corrections import vendors_id
from connectors.core.handover.agents import (
    SUPERVISOR,
    Agent,
    as_agent,
    check_room,
    check_skills,
    find_presence,
    is_online,
    note_seen,
)
from connectors.core.handover.facts import AgentAway, AlreadyTaken, NotOwner, NotWaiting, OwnerPresent
from connectors.core.handover.models import ENDED, MESSAGE, TAKEN, WAITING, Handover
from connectors.core.handover.story import check_waiting, end, hold, hold_own, record
from connectors.core.handover.telling import WritingFor, make_draft, make_payload, tell
from connectors.core.messages import SECURE_LINK_LIVES, Draft, DraftButton, WebLink, Writing, append
from connectors.core.models import AGENT, BOT, QUEUE, Conversation, TranscriptMessage, Turn

# What the dialogue is told when it has the floor again, and the intent that lets it speak.
HANDED_BACK = "handed_back"
CLOSED = "closed"
# Said where a message that was left goes on waiting, and its customer does not.
TICKET_WAITS = "care_message_waits"
SPEAK_AGAIN = "/talk_to_agent"
SCORES = range(5, 0, -1)
# An agent's message sent twice is looked for among that many last ones.
KNOWN_AGAIN = 200
TYPING_LIFE = timedelta(seconds=6)


@dataclass(frozen=True)
class Team:
    """Whoever serves a market in a language."""

    market: str
    language: str


def take(
    session: Session, handover_id: int, agent: Agent, writing_for: WritingFor, now: datetime
) -> Handover:
    """Make a waiting conversation the agent's own; the same agent again is fine.

    Raises HandoverUnknown, AlreadyTaken, NotWaiting, SkillsMissing, LimitReached.
    """
    conversation, handover = hold(session, handover_id)
    if handover.state == TAKEN and handover.agent_id == agent.staff_id:
        return handover
    check_waiting(handover)
    check_skills(agent, handover)
    check_room(session, agent, now).seen_at = now
    # The conversation is locked; the guard holds whatever somebody changes about that.
    taken = session.execute(
        update(Handover)
        .where(Handover.id == handover_id, Handover.state == WAITING)
        .values(state=TAKEN)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise AlreadyTaken
    _own(conversation, handover, agent, now)
    record(session, handover, "taken", now, agent)
    tell(session, conversation, writing_for(conversation, now), "care_taken", name=agent.name)
    return handover


def say(
    session: Session, handover_id: int, agent: Agent, draft: Draft, writing_for: WritingFor, now: datetime
) -> int:
    """The owner's words to the customer; returns the message's number. Raises HandoverUnknown, NotOwner.

    With a `client_message_id` the same message again is written once.
    """
    conversation, handover = hold_own(session, handover_id, agent)
    known = _find_said(session, conversation, draft.client_message_id)
    if known is not None:
        return known
    note_seen(session, agent, now)
    writing = writing_for(conversation, now)
    said = replace(draft, author="agent")
    number = append(session, conversation, said, voice_of(conversation).tag, writing)
    if handover.first_answer_at is None:
        handover.first_answer_at = now
        record(session, handover, "first_answer", now, agent)
    handover.unanswered_since = handover.typing_until = None
    if conversation.expires_at is not None:
        # Whoever is being written to may read it as long as somebody who writes.
        conversation.expires_at = max(conversation.expires_at, now + timedelta(hours=writing.button_hours))
    return number


def send_login_link(
    session: Session, handover_id: int, agent: Agent, url: str, writing_for: WritingFor, now: datetime
) -> int:
    """The owner asks the customer to log in; the link leaves the transcript when it is dead. Raises as `say`."""
    conversation, handover = hold_own(session, handover_id, agent)
    voice = voice_of(conversation)
    link = WebLink(title=voice.say("login_open_page"), url=url, kind="login")
    until = now + SECURE_LINK_LIVES["login"]
    note_login_state(conversation, "link_sent", until)
    draft = Draft("system", voice.say("care_login_asked", name=agent.name), link=link, link_until=until)
    record(session, handover, "login_asked", now, agent)
    return append(session, conversation, draft, voice.tag, writing_for(conversation, now))


def note_typing(
    session: Session, handover_id: int, agent: Agent, now: datetime
) -> tuple[Conversation, str | None]:
    """The owner is writing; returns the conversation and the vendor's id of the customer's newest message."""
    conversation, handover = hold_own(session, handover_id, agent)
    handover.typing_until = now + TYPING_LIFE
    newest = session.scalar(
        select(Turn.message_id)
        .where(Turn.conversation_id == conversation.id, Turn.internal.is_(False))
        .order_by(Turn.sent_at.desc(), Turn.id.desc())
        .limit(1)
    )
    return conversation, vendors_id(newest) if newest else None


def note(session: Session, handover_id: int, agent: Agent, text: str, now: datetime) -> Handover:
    """A note among colleagues; it never reaches a channel. Raises HandoverUnknown."""
    _, handover = hold(session, handover_id)
    record(session, handover, "note", now, agent, text)
    return handover


def transfer(
    session: Session,
    handover_id: int,
    agent: Agent,
    to: str | Team | None,
    text: str,
    writing_for: WritingFor,
    now: datetime,
) -> Handover:
    """Pass a conversation to a colleague (staff id), to a team, or (None) back to the queue, with a note.

    Whoever owns it may, and a supervisor with everything of their markets that is not over. Raises HandoverUnknown,
    NotOwner, AgentAway, SkillsMissing (the colleague's, or the supervisor's), LimitReached (the colleague's).
    """
    conversation, handover = _hold_to_pass_on(session, handover_id, agent)
    waited = handover.state == WAITING
    if isinstance(to, str):
        if to == handover.agent_id and not waited:
            return handover
        presence = find_presence(session, to)
        if presence is None or not is_online(presence, now):
            raise AgentAway
        colleague = as_agent(presence)
        check_skills(colleague, handover)
        check_room(session, colleague, now)
        record(session, handover, "transferred", now, agent, text, to=colleague.staff_id, name=colleague.name)
        _own(conversation, handover, colleague, now)
        key = "care_taken" if waited else "care_transferred"
        tell(session, conversation, writing_for(conversation, now), key, name=colleague.name)
        return handover
    if to is not None:
        handover.market, handover.language = to.market, to.language
        record(session, handover, "transferred", now, agent, text, market=to.market, language=to.language)
    else:
        record(session, handover, "returned", now, agent, text)
    if not waited:
        put_back(session, conversation, handover, writing_for(conversation, now), "care_back_in_queue")
    return handover


def _hold_to_pass_on(session: Session, handover_id: int, agent: Agent) -> tuple[Conversation, Handover]:
    conversation, handover = hold(session, handover_id)
    if handover.state != TAKEN or handover.agent_id != agent.staff_id:
        if agent.role != SUPERVISOR or handover.state == ENDED:
            raise NotOwner
        check_skills(agent, handover)
    return conversation, handover


def put_back(
    session: Session, conversation: Conversation, handover: Handover, writing: Writing, key: str
) -> None:
    """Nobody owns it; the customer waits on where they began to wait, and is told so with the text `key`.

    With a message that was left nobody waits in the chat, unless it came to words there: the bot has the floor again.
    """
    of_words = handover.first_answer_at is not None or handover.unanswered_since is not None
    handover.state = WAITING
    handover.previous_agent_id = handover.agent_id
    handover.agent_id = handover.agent_name = handover.owned_since = None
    handover.unanswered_since = handover.typing_until = None
    if handover.kind != MESSAGE or of_words:
        conversation.speaker = QUEUE
        tell(session, conversation, writing, key)
        return
    conversation.speaker = BOT
    number = tell(session, conversation, writing, TICKET_WAITS)
    inbox.store_turn(
        session,
        conversation,
        f"{HANDED_BACK}:{handover.id}:{number}",
        SPEAK_AGAIN,
        writing.now,
        internal=True,
        notice=HANDED_BACK,
        detail=floor_detail("message", [], resume=True),
    )


def take_over(
    session: Session,
    handover_id: int,
    agent: Agent,
    gone_for: timedelta,
    writing_for: WritingFor,
    now: datetime,
) -> Handover:
    """Take a conversation from its owner: supervisors always, others when the owner was not seen for `gone_for`.

    Raises HandoverUnknown, NotWaiting (it is not taken), OwnerPresent, SkillsMissing, LimitReached.
    """
    conversation, handover = hold(session, handover_id)
    if handover.state != TAKEN:
        raise NotWaiting
    if handover.agent_id == agent.staff_id:
        return handover
    check_skills(agent, handover)
    if agent.role != SUPERVISOR and not is_gone(session, handover, gone_for, now):
        raise OwnerPresent
    check_room(session, agent, now).seen_at = now
    record(session, handover, "taken_over", now, agent, previous=handover.agent_id)
    _give(handover, agent, now)
    tell(session, conversation, writing_for(conversation, now), "care_transferred", name=agent.name)
    return handover


def is_gone(session: Session, handover: Handover, gone_for: timedelta, now: datetime) -> bool:
    """Whether the owner's browser was not heard of for so long."""
    presence = find_presence(session, handover.agent_id) if handover.agent_id else None
    return presence is None or presence.seen_at <= now - gone_for


def hand_back(
    session: Session, handover_id: int, agent: Agent, done: list[str], resume: bool, now: datetime
) -> Turn:
    """The bot has the floor again, at the step where it stopped (`resume`) or at the menu; returns its turn.

    `done`: keys of what was done meanwhile, told to the dialogue. Raises HandoverUnknown, NotOwner.
    """
    conversation, handover = hold_own(session, handover_id, agent)
    end(handover, now, "agent", HANDED_BACK)
    conversation.speaker = BOT
    record(session, handover, HANDED_BACK, now, agent, done=done, resume=resume)
    return inbox.store_turn(
        session,
        conversation,
        f"{HANDED_BACK}:{handover.id}",
        SPEAK_AGAIN,
        now,
        internal=True,
        notice=HANDED_BACK,
        detail=floor_detail("agent", done, resume),
    )


def floor_detail(by: str, done: list[str], resume: bool) -> dict[str, Any]:
    """What the dialogue learns with the notice: who gave the floor back (agent, customer, message, closed), and where to go on."""
    return {"by": by, "done": done, "resume": resume}


def close(
    session: Session,
    handover_id: int,
    agent: Agent,
    outcome: str,
    text: str | None,
    writing_for: WritingFor,
    now: datetime,
) -> Handover:
    """It is done: the customer is told and may rate it, the bot has the floor. Raises HandoverUnknown, NotOwner."""
    conversation, handover = hold_own(session, handover_id, agent)
    end(handover, now, "agent", outcome, text)
    conversation.speaker = BOT
    record(session, handover, CLOSED, now, agent, outcome=outcome)
    draft = make_draft(conversation, "care_closed", name=agent.name)
    voice = voice_of(conversation)
    draft.buttons = [
        DraftButton(
            voice.say(f"care_score_{score}"), make_payload("care_rate", score=score, handover=handover.id)
        )
        for score in SCORES
    ]
    append(session, conversation, draft, voice.tag, writing_for(conversation, now))
    # What is said now ("thank you", "5") is no answer to what the dialogue asked before: it leaves its form.
    inbox.store_turn(
        session,
        conversation,
        f"{CLOSED}:{handover.id}",
        SPEAK_AGAIN,
        now,
        internal=True,
        notice=HANDED_BACK,
        detail=floor_detail(CLOSED, [], resume=False),
    )
    return handover


def _own(conversation: Conversation, handover: Handover, agent: Agent, now: datetime) -> None:
    handover.state = TAKEN
    handover.taken_at = handover.taken_at or now
    _give(handover, agent, now)
    if handover.kind == MESSAGE and handover.first_answer_at is None:
        # A ticket: nobody waits in the chat, it may be answered by telephone.
        handover.unanswered_since = None
    conversation.speaker = AGENT


def _give(handover: Handover, agent: Agent, now: datetime) -> None:
    if handover.agent_id is not None:
        handover.previous_agent_id = handover.agent_id
    handover.agent_id, handover.agent_name = agent.staff_id, agent.name
    handover.owned_since = handover.unanswered_since = now
    handover.typing_until = None


def _find_said(session: Session, conversation: Conversation, client_message_id: str | None) -> int | None:
    if client_message_id is None:
        return None
    rows = session.execute(
        select(TranscriptMessage.number, TranscriptMessage.content).where(
            TranscriptMessage.conversation_id == conversation.id,
            TranscriptMessage.author == "agent",
            TranscriptMessage.number > conversation.last_number - KNOWN_AGAIN,
        )
    )
    for number, content in rows:
        if content.get("client_message_id") == client_message_id:
            return int(number)
    return None
