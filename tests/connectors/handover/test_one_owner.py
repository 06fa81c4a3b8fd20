"""However many want a conversation at the same moment, one has it; and nobody has more than they may."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from connectors.core.handover import ownership, waiting
from connectors.core.handover.facts import AlreadyTaken, HandoverRefused, LimitReached, SkillsMissing
from connectors.core.handover.models import Handover, HandoverEvent
from connectors.core.messages import Draft, lock
from connectors.core.models import AGENT
from tests.connectors.gateway_world import words
from tests.connectors.handover_world import PAGE_GONE, Desk, make_agent, writing_for


def at_once[T](works: list[Callable[[], T]]) -> list[T | HandoverRefused]:
    """Begin all of them at the same moment; what they raise is an outcome, too."""
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T | HandoverRefused:
        barrier.wait()
        try:
            return work()
        except HandoverRefused as refused:
            return refused

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


@pytest.mark.parametrize(("rivals", "times"), [(2, 200), (10, 40)])
def test_rivals_take_the_same_conversation_and_one_owns_it(
    database_url: str, rivals: int, times: int
) -> None:
    # Engines of their own: connections and locks as of separate processes.
    desks = [Desk(database_url) for _ in range(rivals)]
    agents = [make_agent(f"agent{number}") for number in range(rivals)]
    for _ in range(times):
        handover = desks[0].queue()
        outcomes = at_once(
            [
                lambda desk=desk, agent=agent, wanted=handover.id: desk.take(wanted, agent)  # type: ignore[misc]
                for desk, agent in zip(desks, agents, strict=True)
            ]
        )
        won = [
            agent
            for agent, outcome in zip(agents, outcomes, strict=True)
            if not isinstance(outcome, Exception)
        ]
        assert len(won) == 1
        assert all(
            isinstance(outcome, AlreadyTaken) for outcome in outcomes if isinstance(outcome, Exception)
        )
        stored = desks[0].get(handover.id)
        assert (stored.state, stored.agent_id) == ("taken", won[0].staff_id)
        assert desks[0].conversation(handover).speaker == AGENT
        # Told once, and the story has one owner.
        assert desks[0].said(handover) == [("system", words("care_taken", name=won[0].name))]
    taken = [event for event in desks[0].run(lambda s: s.query(HandoverEvent).all()) if event.kind == "taken"]
    assert len(taken) == times == len({event.handover_id for event in taken})
    for desk in desks:
        desk.engine.dispose()


def test_two_windows_of_one_agent_do_not_get_past_the_limit(database_url: str) -> None:
    windows = [Desk(database_url) for _ in range(4)]
    agent = make_agent(limit=2)
    waiting_ones = [windows[0].queue() for _ in range(4)]
    outcomes = at_once(
        [
            lambda window=window, one=one: window.take(one.id, agent)  # type: ignore[misc]
            for window, one in zip(windows, waiting_ones, strict=True)
        ]
    )
    assert sum(isinstance(outcome, LimitReached) for outcome in outcomes) == 2
    assert sum(windows[0].get(one.id).state == "taken" for one in waiting_ones) == 2
    for window in windows:
        window.engine.dispose()


def test_taking_twice_is_taking_once(desk: Desk) -> None:
    agent, handover = make_agent(limit=1), desk.queue()
    desk.take(handover.id, agent)
    desk.take(handover.id, agent)
    assert len(desk.said(handover)) == 1


def test_one_customer_waits_once_however_often_they_ask(desk: Desk) -> None:
    handover = desk.queue()

    def again(session):  # type: ignore[no-untyped-def]
        conversation = lock(session, handover.conversation_id)
        return waiting.request(session, conversation, waiting.Wish(urgent=True), desk.now).id

    assert desk.run(again) == handover.id
    assert desk.get(handover.id).urgent


def test_nobody_takes_what_they_do_not_serve(desk: Desk) -> None:
    serbian = desk.queue(market="rs", language="sr")
    for agent in (make_agent(), make_agent(markets=["rs"]), make_agent(languages=["sr"])):
        with pytest.raises(SkillsMissing):
            desk.take(serbian.id, agent)
    desk.take(serbian.id, make_agent("boss", role="supervisor", markets=["rs"]))


def test_who_is_next_depends_on_urgency_then_on_waiting_and_on_skills(desk: Desk) -> None:
    first, second = desk.queue(at=desk.now), desk.queue(at=desk.later(seconds=1))
    urgent = desk.queue(urgent=True, at=desk.later(seconds=1))
    desk.queue(market="rs", language="sr", at=desk.now)
    agent = make_agent()
    order = []
    for _ in range(3):
        found = desk.run(lambda s: waiting.next_for(s, agent, desk.now, PAGE_GONE))
        assert found is not None
        order.append(found.id)
        desk.take(found.id, agent)
    assert order == [urgent.id, first.id, second.id]
    assert desk.run(lambda s: waiting.next_for(s, agent, desk.now, PAGE_GONE)) is None


def test_somebody_in_danger_passes_those_who_only_waited_long(desk: Desk) -> None:
    left = desk.queue(urgent=True, at=desk.now)
    danger = desk.queue(urgent=True, reason="emergency", at=desk.later(minutes=20))
    agent = make_agent()
    listed = desk.run(lambda s: [one.id for one in waiting.list_waiting(s, agent, desk.now, PAGE_GONE)])
    assert listed == [danger.id, left.id]
    place = desk.run(lambda s: waiting.place_in_queue(s, s.get_one(Handover, danger.id), desk.now, PAGE_GONE))
    assert place.position == 1


def test_an_answer_is_written_once_and_in_the_order_of_saying(desk: Desk) -> None:
    agent, handover = make_agent(), desk.queue(channel="telegram")
    desk.take(handover.id, agent)

    def say(text: str, key: str) -> int:
        draft = Draft("agent", text, client_message_id=key)
        return desk.run(lambda s: ownership.say(s, handover.id, agent, draft, writing_for, desk.now))

    numbers = [say("Buongiorno", "k1"), say("Mi dica", "k2"), say("Buongiorno", "k1")]
    assert numbers == [2, 3, 2]
    assert [text for _, text in desk.said(handover)][1:] == ["Buongiorno", "Mi dica"]
