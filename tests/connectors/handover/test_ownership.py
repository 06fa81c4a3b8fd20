"""Every way of passing a conversation on, in every state; presence, and customers whom nobody answers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.core import retention
from connectors.core.handover import abandoned, agents, ownership, waiting
from connectors.core.handover.facts import (
    AgentAway,
    AlreadyTaken,
    HandoverRefused,
    HandoverUnknown,
    LimitReached,
    NotOwner,
    NotWaiting,
    OwnerPresent,
    SkillsMissing,
)
from connectors.core.handover.models import AgentPresence, Handover, HandoverEvent, PendingMessage
from connectors.core.handover.ownership import Team
from connectors.core.handover.story import list_events
from connectors.core.messages import Draft, lock
from connectors.core.models import Delivery, Turn
from tests.connectors.gateway_world import words
from tests.connectors.handover_world import PAGE_GONE, Desk, make_agent, writing_for

GIULIA, PAOLO, BOSS = make_agent("giulia"), make_agent("paolo"), make_agent("boss", role="supervisor")
GONE, SILENT = timedelta(minutes=3), timedelta(minutes=10)

DEEDS: dict[str, Callable[[Desk, int, Any], Any]] = {
    "take": lambda d, h, who: d.take(h, who),
    "say": lambda d, h, who: d.run(
        lambda s: ownership.say(s, h, who, Draft("agent", "parole"), writing_for, d.now)
    ),
    "to the queue": lambda d, h, who: d.run(
        lambda s: ownership.transfer(s, h, who, None, "nota", writing_for, d.now)
    ),
    "to a colleague": lambda d, h, who: d.run(
        lambda s: ownership.transfer(s, h, who, "paolo", "nota", writing_for, d.now)
    ),
    "take over": lambda d, h, who: d.run(lambda s: ownership.take_over(s, h, who, GONE, writing_for, d.now)),
    "hand back": lambda d, h, who: d.run(lambda s: ownership.hand_back(s, h, who, [], True, d.now)),
    "close": lambda d, h, who: d.run(
        lambda s: ownership.close(s, h, who, "solved", None, writing_for, d.now)
    ),
    "note": lambda d, h, who: d.run(lambda s: ownership.note(s, h, who, "fra noi", d.now)),
}
# What comes of each deed of Giulia's, of a colleague and of a supervisor, in each state: the state and owner after
# it, or why not. "own" is taken by Giulia.
REFUSED = {
    "waiting": dict.fromkeys(DEEDS, NotOwner) | {"take over": NotWaiting},
    "own": {},
    "other": dict.fromkeys(DEEDS, NotOwner) | {"take": AlreadyTaken, "take over": OwnerPresent},
    "ended": dict.fromkeys(DEEDS, NotOwner) | {"take": NotWaiting, "take over": NotWaiting},
    "unknown": dict.fromkeys(DEEDS, HandoverUnknown),
}
AFTER = {
    ("waiting", "take"): ("taken", "giulia", "agent"),
    ("waiting", "note"): ("waiting", None, "queue"),
    ("own", "take"): ("taken", "giulia", "agent"),
    ("own", "say"): ("taken", "giulia", "agent"),
    ("own", "to the queue"): ("waiting", None, "queue"),
    ("own", "to a colleague"): ("taken", "paolo", "agent"),
    ("own", "take over"): ("taken", "giulia", "agent"),
    ("own", "hand back"): ("ended", "giulia", "bot"),
    ("own", "close"): ("ended", "giulia", "bot"),
    ("own", "note"): ("taken", "giulia", "agent"),
    ("other", "note"): ("taken", "paolo", "agent"),
    ("ended", "note"): ("ended", "paolo", "bot"),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("state", REFUSED)
def test_every_deed_in_every_state_is_done_or_refused_and_nothing_between(
    desk: Desk, state: str, deed: str
) -> None:
    desk.online(GIULIA, PAOLO)
    handover = desk.queue()
    if state in {"own", "other", "ended"}:
        desk.take(handover.id, GIULIA if state == "own" else PAOLO)
    if state == "ended":
        DEEDS["close"](desk, handover.id, PAOLO)
    wanted = handover.id if state != "unknown" else 999_999
    before = (desk.get(handover.id), desk.said(handover))
    if (state, deed) in AFTER:
        DEEDS[deed](desk, wanted, GIULIA)
        stored = desk.get(handover.id)
        assert (stored.state, stored.agent_id, desk.conversation(handover).speaker) == AFTER[state, deed]
        return
    with pytest.raises(REFUSED[state][deed]):
        DEEDS[deed](desk, wanted, GIULIA)
    after = desk.get(handover.id)
    assert (after.state, after.agent_id) == (before[0].state, before[0].agent_id)
    assert desk.said(handover) == before[1]


def test_the_whole_matrix_is_written_down() -> None:
    missing = {
        (state, deed)
        for state, refusals in REFUSED.items()
        for deed in DEEDS
        if deed not in refusals and (state, deed) not in AFTER
    }
    assert missing == set()


def test_a_supervisor_takes_over_from_whoever_is_there_and_the_customer_is_told(desk: Desk) -> None:
    handover = desk.queue()
    desk.take(handover.id, GIULIA)
    DEEDS["take over"](desk, handover.id, BOSS)
    stored = desk.get(handover.id)
    assert (stored.agent_id, stored.previous_agent_id) == ("boss", "giulia")
    assert desk.said(handover)[-1] == ("system", words("care_transferred", name="Boss"))
    with pytest.raises(NotOwner):
        DEEDS["say"](desk, handover.id, GIULIA)


def test_a_colleague_takes_over_from_whoever_is_gone(desk: Desk) -> None:
    desk.online(GIULIA)
    handover = desk.queue()
    desk.take(handover.id, GIULIA)
    desk.later(minutes=2)
    with pytest.raises(OwnerPresent):
        DEEDS["take over"](desk, handover.id, PAOLO)
    desk.later(minutes=2)
    DEEDS["take over"](desk, handover.id, PAOLO)
    assert desk.get(handover.id).agent_id == "paolo"


def test_nothing_is_passed_to_who_is_away_full_or_not_of_the_trade(desk: Desk) -> None:
    full, foreign = make_agent("full", limit=1), make_agent("foreign", languages=["sr"], markets=["rs"])
    desk.online(GIULIA, full, foreign)
    desk.take(desk.queue().id, full)
    desk.run(lambda s: agents.set_presence(s, PAOLO, "away", desk.now))
    handover = desk.queue()
    desk.take(handover.id, GIULIA)

    def to(colleague: str) -> None:
        desk.run(lambda s: ownership.transfer(s, handover.id, GIULIA, colleague, "", writing_for, desk.now))

    for colleague, fact in [
        ("paolo", AgentAway),
        ("nobody", AgentAway),
        ("full", LimitReached),
        ("foreign", SkillsMissing),
    ]:
        with pytest.raises(fact):
            to(colleague)
    assert desk.get(handover.id).agent_id == "giulia"


def test_a_team_gets_it_where_it_waited_before_and_the_note_stays_among_colleagues(desk: Desk) -> None:
    serb = make_agent("mila", languages=["sr"], markets=["rs"])
    desk.online(GIULIA)
    earlier = desk.queue()
    desk.later(minutes=1)
    desk.queue(market="rs", language="sr")
    desk.take(earlier.id, GIULIA)
    desk.run(
        lambda s: ownership.transfer(
            s, earlier.id, GIULIA, Team("rs", "sr"), "parla serbo", writing_for, desk.now
        )
    )
    found = desk.run(lambda s: waiting.next_for(s, serb, desk.now, PAGE_GONE))
    assert found is not None and found.id == earlier.id
    events = desk.run(lambda s: list_events(s, earlier.id))
    assert [(event.kind, event.text) for event in events][-1] == ("transferred", "parla serbo")
    assert "parla serbo" not in str(desk.said(earlier))


def test_presence_dies_with_the_browser_and_who_is_away_gets_no_estimate(desk: Desk) -> None:
    desk.online(GIULIA)
    assert [presence.agent_id for presence in desk.run(lambda s: agents.find_online(s, desk.now))] == [
        "giulia"
    ]
    # Heard of again without choosing anything.
    desk.later(seconds=50)
    desk.run(lambda s: agents.set_presence(s, GIULIA, None, desk.now))
    desk.later(seconds=50)
    assert desk.run(lambda s: agents.find_online(s, desk.now)) != []
    desk.later(seconds=20)
    assert desk.run(lambda s: agents.find_online(s, desk.now)) == []
    # Away stays away, whatever the browser says.
    desk.run(lambda s: agents.set_presence(s, GIULIA, "away", desk.now))
    desk.run(lambda s: agents.set_presence(s, GIULIA, None, desk.now))
    assert desk.run(lambda s: agents.find_online(s, desk.now)) == []


def test_the_estimate_follows_what_people_needed_lately(desk: Desk) -> None:
    two_at_once = make_agent(limit=2)
    for _ in range(waiting.ENOUGH_TO_ESTIMATE):
        one = desk.queue()
        desk.take(one.id, two_at_once)
        desk.later(minutes=8)
        DEEDS["close"](desk, one.id, two_at_once)
    desk.online(two_at_once)
    queued = [desk.queue(at=desk.later(seconds=1)) for _ in range(5)]
    for one in queued[:2]:
        desk.take(one.id, two_at_once)

    def place(one: Handover) -> Any:
        return desk.run(lambda s: waiting.place_in_queue(s, one, desk.now, PAGE_GONE))

    # Two places, eight minutes each: one is free every four minutes.
    assert [(place(one).position, place(one).minutes) for one in queued[2:]] == [(1, 4), (2, 8), (3, 12)]
    desk.later(minutes=5)
    assert place(queued[2]) == waiting.Place(1, None, staffed=False)


def abandon(desk: Desk) -> list[int]:
    found = desk.run(lambda s: abandoned.find_abandoned(s, SILENT, GONE, desk.now))
    return [
        one
        for one in found
        if desk.run(
            lambda s: abandoned.put_back_if_abandoned(s, one, SILENT, GONE, writing_for, desk.now)  # noqa: B023
        )
    ]


def test_a_customer_whom_nobody_answers_waits_again_as_urgent_and_is_told(desk: Desk) -> None:
    desk.online(GIULIA)
    handover = desk.queue()
    desk.take(handover.id, GIULIA)
    desk.later(minutes=9)
    desk.online(GIULIA)
    assert abandon(desk) == []
    desk.later(minutes=2)
    desk.online(GIULIA)
    assert abandon(desk) == [handover.id]
    stored = desk.get(handover.id)
    assert (stored.state, stored.urgent, stored.agent_id, stored.previous_agent_id) == (
        "waiting",
        True,
        None,
        "giulia",
    )
    assert desk.said(handover)[-1] == ("system", words("care_abandoned"))
    assert abandon(desk) == []


def test_who_was_answered_waits_for_nobody_until_the_agent_is_gone_for_long(desk: Desk) -> None:
    desk.online(GIULIA)
    handover = desk.queue()
    desk.take(handover.id, GIULIA)
    DEEDS["say"](desk, handover.id, GIULIA)
    desk.later(minutes=9)
    assert abandon(desk) == []
    desk.later(minutes=2)
    assert abandon(desk) == [handover.id]
    assert not desk.get(handover.id).urgent
    assert desk.said(handover)[-1] == ("system", words("care_back_in_queue"))


def test_an_agent_who_is_gone_leaves_a_waiting_customer_sooner(desk: Desk) -> None:
    desk.online(GIULIA)
    handover = desk.queue()
    desk.take(handover.id, GIULIA)
    desk.later(minutes=4)
    assert abandon(desk) == [handover.id]


@pytest.mark.parametrize("channel", ["telegram", "whatsapp"])
def test_what_people_say_on_a_messenger_goes_through_the_outbox_in_order(desk: Desk, channel: str) -> None:
    handover = desk.queue(channel=channel)
    desk.take(handover.id, GIULIA)
    DEEDS["say"](desk, handover.id, GIULIA)
    DEEDS["note"](desk, handover.id, GIULIA)
    DEEDS["close"](desk, handover.id, GIULIA)
    deliveries = desk.run(lambda s: s.query(Delivery).order_by(Delivery.id).all())
    # The three lines the customer reads; the note is no message at all.
    assert [(row.channel, row.message_number) for row in deliveries] == [(channel, n) for n in (1, 2, 3)]
    assert "fra noi" not in str(desk.said(handover))


def test_handing_back_gives_the_dialogue_one_turn(desk: Desk) -> None:
    handover = desk.queue()
    desk.take(handover.id, GIULIA)
    DEEDS["hand back"](desk, handover.id, GIULIA)
    with pytest.raises(NotOwner):
        DEEDS["hand back"](desk, handover.id, GIULIA)
    [turn] = desk.run(lambda s: s.query(Turn).all())
    assert (turn.notice, turn.internal, turn.state) == ("handed_back", True, "waiting")


def test_hand_overs_are_forgotten_with_what_was_said_and_open_ones_stay(desk: Desk) -> None:
    ended, waiting_one = desk.queue(), desk.queue()
    desk.take(ended.id, GIULIA)
    DEEDS["note"](desk, ended.id, GIULIA)
    DEEDS["close"](desk, ended.id, GIULIA)

    def leave_half(session) -> None:  # type: ignore[no-untyped-def]
        lock(session, waiting_one.conversation_id)
        session.add(
            PendingMessage(
                conversation_id=waiting_one.conversation_id, step="way", reason="message", begun_at=desk.now
            )
        )

    desk.run(leave_half)

    def forget(days: int) -> None:
        now = desk.now + timedelta(days=days)
        desk.run(lambda s: retention.forget_old(s, now, now - timedelta(days=30)))

    forget(29)
    assert len(desk.run(lambda s: s.query(Handover).all())) == 2
    forget(31)
    assert [row.id for row in desk.run(lambda s: s.query(Handover).all())] == [waiting_one.id]
    events = desk.run(lambda s: s.query(HandoverEvent).all())
    assert {event.handover_id for event in events} == {waiting_one.id}
    assert desk.run(lambda s: s.query(PendingMessage).all()) == []
    assert desk.run(lambda s: s.query(AgentPresence).all()) == []
    # Its conversation is not empty, and an id is given away once.
    desk.conversation(waiting_one)
    assert desk.queue().id > waiting_one.id


def test_every_refusal_has_a_name_of_its_own() -> None:
    names = [fact.error for fact in HandoverRefused.__subclasses__()]
    assert len(set(names)) == len(names) == 9
