"""The tracker store beside Rasa's own: the same rows, the same trackers, and never one that was not saved."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

pytest.importorskip("rasa")

from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import KeepingTrackerStore

DOMAIN = Domain.from_dict(
    {
        "intents": ["greet"],
        "slots": {"market": {"type": "text", "mappings": [{"type": "custom"}]}},
        "actions": ["action_greet"],
    }
)


def turn(number: int) -> list[Event]:
    """What a turn adds to a tracker."""
    said = UserUttered(f"hello {number}", {"name": "greet", "confidence": 0.9}, message_id=f"m{number}")
    return [said, SlotSet("market", f"it{number}"), ActionExecuted("action_greet"), BotUttered("Hi")]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/rasa.db"


@pytest.fixture
def store(url: str) -> KeepingTrackerStore:
    return KeepingTrackerStore(DOMAIN, host=url)


def take(store: SQLTrackerStore, events: list[Event], *, save: bool = True) -> DialogueStateTracker:
    """A turn: the tracker is retrieved, goes on, and is saved."""

    async def run() -> DialogueStateTracker:
        tracker = await store.get_or_create_tracker("c1")
        tracker.update_with_events(events, DOMAIN)
        if save:
            await store.save(tracker)
        return tracker

    return asyncio.run(run())


def reading(store: SQLTrackerStore) -> list[dict]:
    """The events as the store gives them, without what JSON does not keep apart."""
    tracker = asyncio.run(store.retrieve("c1"))
    assert tracker is not None
    return json.loads(json.dumps([event.as_dict() for event in tracker.events]))


def test_rasas_own_store_reads_what_was_saved(store: KeepingTrackerStore, url: str) -> None:
    for number in range(5):
        take(store, turn(number))
    own = SQLTrackerStore(DOMAIN, host=url)
    assert reading(own) == reading(store)
    assert len(reading(own)) == 20 + 1  # a new tracker begins with an action_listen


def test_a_turn_that_was_not_saved_is_forgotten(store: KeepingTrackerStore) -> None:
    take(store, turn(1))
    before = reading(store)
    take(store, turn(2), save=False)
    assert reading(store) == before
    take(store, turn(3))
    texts = [event["text"] for event in reading(store) if event["event"] == "user"]
    assert texts == ["hello 1", "hello 3"]


def test_a_tracker_touched_after_its_save_is_read_anew(store: KeepingTrackerStore) -> None:
    tracker = take(store, turn(1))
    tracker.update(SlotSet("market", "never saved"))
    found = asyncio.run(store.retrieve("c1"))
    assert found is not None and found.get_slot("market") == "it1"


def test_what_another_process_saved_is_seen(store: KeepingTrackerStore, url: str) -> None:
    other = KeepingTrackerStore(DOMAIN, host=url)
    take(store, turn(1))
    take(other, turn(2))
    take(store, turn(3))
    take(other, turn(4))
    texts = [event["text"] for event in reading(store) if event["event"] == "user"]
    assert texts == ["hello 1", "hello 2", "hello 3", "hello 4"]


def test_after_a_new_session_only_that_is_read(store: KeepingTrackerStore) -> None:
    take(store, turn(1))
    take(store, [ActionExecuted("action_session_start"), SessionStarted(), *turn(2)])
    assert [event["event"] for event in reading(store)][:2] == ["session_started", "user"]
    take(store, turn(3))
    assert len(reading(store)) == 9


def test_a_conversation_that_was_deleted_is_new_again(store: KeepingTrackerStore) -> None:
    take(store, turn(1))
    with store.engine.begin() as connection:
        connection.execute(store.SQLEvent.__table__.delete())
    assert asyncio.run(store.retrieve("c1")) is None


def test_a_kept_tracker_stands_where_a_replayed_one_does(store: KeepingTrackerStore, url: str) -> None:
    for number in range(3):
        take(store, turn(number))
    kept = asyncio.run(store.retrieve("c1"))
    replayed = asyncio.run(SQLTrackerStore(DOMAIN, host=url).retrieve("c1"))
    assert kept is not None and replayed is not None
    assert kept.current_slot_values() == replayed.current_slot_values()
    assert kept.past_states(DOMAIN) == replayed.past_states(DOMAIN)
    assert kept.latest_message.message_id == replayed.latest_message.message_id == "m2"
