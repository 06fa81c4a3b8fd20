"""Many short writes as one transaction: SQLite has one writer, and each commit waits for the disk.

Whoever writes while another transaction is under way joins the next one. Each work runs in a savepoint of its own: one that
raises is undone alone. Nobody is told that something is stored before all of it is.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from sqlalchemy import Engine
from sqlalchemy.orm import Session

# A transaction that takes longer makes everybody wait for it.
MOST_AT_ONCE = 50
Work = Callable[[Session], Any]


@dataclass
class _Entry:
    """One work, and where its result is waited for."""

    work: Work
    result: "asyncio.Future[Any]"


class GroupCommit:
    """The one writer of an engine. Used from one event loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: list[_Entry] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, work: Work) -> Any:
        """The work's result once it is committed. Cancelled, it still waits: what was begun is stored or undone."""
        entry = _Entry(work, asyncio.get_running_loop().create_future())
        self._queue.append(entry)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        try:
            return await asyncio.shield(entry.result)
        except asyncio.CancelledError:
            await asyncio.wait([entry.result])
            if not entry.result.cancelled():
                # Looked at, so that nobody complains about a fault that has no one left to hear of it.
                entry.result.exception()
            raise

    async def _write_all(self) -> None:
        while self._queue:
            entries, self._queue = self._queue[:MOST_AT_ONCE], self._queue[MOST_AT_ONCE:]
            works = [entry.work for entry in entries]
            try:
                outcomes = await anyio.to_thread.run_sync(self._commit, works)
            except BaseException as error:
                for entry in entries:
                    entry.result.set_exception(error)
                if not isinstance(error, Exception):
                    raise
                continue
            for entry, (value, fault) in zip(entries, outcomes, strict=True):
                if fault is not None:
                    entry.result.set_exception(fault)
                else:
                    entry.result.set_result(value)

    def _commit(self, works: list[Work]) -> list[tuple[Any, Exception | None]]:
        outcomes: list[tuple[Any, Exception | None]] = []
        with self._engine.begin() as connection:
            for work in works:
                session = Session(
                    connection, join_transaction_mode="create_savepoint", expire_on_commit=False
                )
                try:
                    with session.begin():
                        value = work(session)
                    outcomes.append((value, None))
                except Exception as error:
                    outcomes.append((None, error))
                finally:
                    session.close()
        return outcomes
