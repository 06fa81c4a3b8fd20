"""Customers who closed the page are passed by those who really wait, and have their place again when they are back."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from connectors.core.handover import customers_page, ownership, waiting
from connectors.core.handover.models import Handover
from connectors.core.messages import lock
from tests.connectors.handover_world import PAGE_GONE, Desk, make_agent


def order(desk: Desk) -> list[int]:
    agent = make_agent()
    listed = desk.run(lambda s: waiting.list_waiting(s, agent, desk.now, PAGE_GONE))
    first = desk.run(lambda s: waiting.next_for(s, agent, desk.now, PAGE_GONE))
    assert first is not None
    assert first.id == listed[0].id
    return [one.id for one in listed]


def position(desk: Desk, handover: Handover) -> int:
    return desk.run(lambda s: waiting.place_in_queue(s, handover, desk.now, PAGE_GONE)).position


def opened(desk: Desk, *handovers: Handover) -> list[bool]:
    """The pages of these customers are open now: whether each had been gone."""
    return [
        desk.run(lambda s: customers_page.note_seen(s, one.conversation_id, desk.now, PAGE_GONE))  # noqa: B023
        for one in handovers
    ]


def leave_message(desk: Desk, *, urgent: bool) -> Handover:
    handover = desk.queue(urgent=urgent)
    desk.run(lambda s: setattr(s.get_one(Handover, handover.id), "kind", "message"))
    return handover


def test_who_closed_the_page_is_passed_by_all_who_wait_also_when_urgent(desk: Desk) -> None:
    ghost = desk.queue(urgent=True, reason="complaint")
    here, messenger = desk.queue(), desk.queue(channel="telegram")
    assert order(desk) == [ghost.id, here.id, messenger.id]
    desk.later(minutes=1, seconds=59)
    opened(desk, here)
    assert order(desk) == [ghost.id, here.id, messenger.id]
    desk.later(seconds=2)
    # Messengers have no page that could be closed.
    assert order(desk) == [here.id, messenger.id, ghost.id]
    assert [position(desk, one) for one in (here, messenger, ghost)] == [1, 2, 3]
    late = desk.queue()
    assert order(desk) == [here.id, messenger.id, late.id, ghost.id]
    # Back on the page: the old place, and nobody was dropped.
    assert opened(desk, ghost, here) == [True, False]
    assert order(desk) == [ghost.id, here.id, messenger.id, late.id]


def test_messages_left_come_behind_and_have_no_page_to_close(desk: Desk) -> None:
    ghost, calm, urgent = desk.queue(), leave_message(desk, urgent=False), leave_message(desk, urgent=True)
    desk.later(hours=3)
    here = desk.queue()
    assert order(desk) == [urgent.id, here.id, ghost.id, calm.id]


@pytest.mark.parametrize(("minutes", "first"), [(9, True), (11, False)])
def test_an_emergency_stays_first_for_ten_minutes_after_the_page_was_closed(
    desk: Desk, minutes: int, first: bool
) -> None:
    danger = desk.queue(urgent=True, reason="emergency")
    desk.later(minutes=minutes)
    here = desk.queue(urgent=True)
    assert order(desk) == ([danger.id, here.id] if first else [here.id, danger.id])


def test_who_asks_again_is_there(desk: Desk) -> None:
    ghost = desk.queue()
    desk.later(minutes=5)
    here = desk.queue()
    assert order(desk) == [here.id, ghost.id]
    desk.run(lambda s: waiting.request(s, lock(s, ghost.conversation_id), waiting.Wish(), desk.now))
    assert order(desk) == [ghost.id, here.id]


def test_an_open_page_is_noted_once_a_minute_and_only_while_people_are_waited_for(desk: Desk) -> None:
    waits, writes = desk.queue(), desk.queue(channel="telegram")

    def look(one: Handover) -> customers_page.PageView:
        return desk.run(lambda s: customers_page.look(s, one.conversation_id, desk.now))

    desk.later(seconds=59)
    assert look(waits) == customers_page.PageView(watched=True)
    desk.later(seconds=1)
    assert look(waits).due
    opened(desk, waits)
    assert not look(waits).due
    desk.later(minutes=30)
    assert look(writes) == customers_page.PageView()
    agent = make_agent()
    desk.take(waits.id, agent)
    desk.run(lambda s: ownership.note_typing(s, waits.id, agent, desk.now))
    assert look(waits) == customers_page.PageView(agent_typing=True, watched=True, due=True)
    desk.run(lambda s: ownership.hand_back(s, waits.id, agent, [], False, desk.now))
    assert look(waits) == customers_page.PageView()
    assert opened(desk, waits, writes) == [False, False]
    assert desk.get(writes.id).page_seen_at is None


def test_a_late_note_of_another_process_does_not_turn_the_clock_back(desk: Desk) -> None:
    waits = desk.queue(at=desk.later(minutes=3))
    desk.now -= timedelta(minutes=3)
    assert opened(desk, waits) == [False]
    assert desk.get(waits.id).page_seen_at == desk.now + timedelta(minutes=3)


def test_whoever_looks_at_an_open_page_asks_once(desk: Desk) -> None:
    waits = desk.queue()
    asked: list[str] = []
    event.listen(desk.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    desk.run(lambda s: customers_page.look(s, waits.conversation_id, desk.now))
    assert len([one for one in asked if one.startswith("SELECT")]) == 1
