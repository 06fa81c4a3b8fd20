"""Rasa's SQL tracker store without the work it repeats in every turn.

Rasa reads a conversation's events anew before each message, rebuilds the tracker from them, and counts them again
before it saves. Here the tracker that was saved last is kept and used again while the database still ends with
the event that it ended with then; otherwise, and after a turn that was not saved, it is read as Rasa does it.
What is stored is the same, table and rows; `type: SQL` in `endpoints.yml` goes back at any time.
"""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import QueuePool

# About 150 KB each at most; a conversation that was pushed out is read from the database.
KEPT_TRACKERS = 200


class KeepingTrackerStore(SQLTrackerStore):  # type: ignore[misc]
    """`type: bot.tracker_store.KeepingTrackerStore` with `url:` an SQLAlchemy address."""

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain=domain, host=host, event_broker=event_broker, **kwargs)
        if self.engine.dialect.name == "sqlite":
            self._keep_connections_open()
        # Conversation → (id of its last event in the database, the tracker as it was saved).
        self._kept: OrderedDict[str, tuple[int, DialogueStateTracker]] = OrderedDict()

    def _keep_connections_open(self) -> None:
        """SQLAlchemy 1.4 closes an SQLite file after each use, and the last to close writes the log back."""
        url = self.engine.url
        self.engine.dispose()
        self.engine = sa.create_engine(url, poolclass=QueuePool, connect_args={"check_same_thread": False})
        sa.event.listen(self.engine, "connect", _set_up_sqlite)
        self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation since its last session start. The caller holds the conversation's lock."""
        # Taken out: a turn that fails leaves a tracker behind that nobody may see again.
        last, tracker = self._kept.pop(sender_id, (None, None))
        untouched = tracker is not None and len(tracker.events) == tracker.stored_events
        if not untouched or last != self._last_event(sender_id):
            tracker = await super().retrieve(sender_id)
        if tracker is not None:
            tracker.stored_events = len(tracker.events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Add the events that are new since the tracker was retrieved."""
        await self.stream_events(tracker)
        stored = getattr(tracker, "stored_events", None)
        if stored is None:  # begun in this turn
            with self.session_scope() as session:
                events = list(self._additional_events(session, tracker))
        else:
            events = list(tracker.events)[stored:]
        tracker.stored_events = len(tracker.events)
        last = self._insert(tracker.sender_id, events)
        if last is not None and not any(isinstance(event, SessionStarted) for event in events):
            self._kept[tracker.sender_id] = (last, tracker)
            if len(self._kept) > KEPT_TRACKERS:
                self._kept.popitem(last=False)

    def _insert(self, sender_id: str, events: list[Event]) -> int | None:
        """Writes the events in one transaction; the id of the conversation's last event after it."""
        if not events:
            return self._last_event(sender_id)
        table = self.SQLEvent.__table__
        with self.engine.begin() as connection:
            connection.execute(table.insert(), [_row(sender_id, event) for event in events])
            last = connection.execute(_last_event_of(table, sender_id)).scalar()
        return last

    def _last_event(self, sender_id: str) -> int | None:
        with self.engine.connect() as connection:
            last: int | None = connection.execute(_last_event_of(self.SQLEvent.__table__, sender_id)).scalar()
        return last


def _set_up_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    """A turn survives the death of this process either way; only a power cut can lose the last ones, and the
    dialogue is a cache of what the backend and the gateway hold. It saves the waits for the disk in every turn."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _last_event_of(table: sa.Table, sender_id: str) -> sa.sql.Select:
    return sa.select(sa.func.max(table.c.id)).where(table.c.sender_id == sender_id)


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    """A row of Rasa's events table, as `SQLTrackerStore.save` fills it."""
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
