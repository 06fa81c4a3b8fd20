"""Engine, declarative base, and the way async code reaches the database: short functions in threads.

SQLite (WAL, synchronous=FULL, foreign keys on) by default, PostgreSQL when the URL says so.
A function given to `write` is one unit: all of it is stored or nothing.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from sqlalchemy import DateTime, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from connectors.group_commit import GroupCommit

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
# More threads than this only wait for each other: SQLite has one writer, PostgreSQL a pool of this size.
THREADS = 10


class Base(DeclarativeBase):
    """Base of every table of the gateway."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment; SQLite forgets zones, so they are put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def create_database_engine(url: str) -> Engine:
    """An engine for `url`; creates the folder of a SQLite file."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=THREADS,
            hide_parameters=True,
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 10}, pool_size=THREADS, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        # The driver's implicit BEGIN is deferred: a read that later writes can fail with "locked"
        # without waiting. Transactions are begun by us, below.
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        immediate = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {immediate}")

    return engine


class Database:
    """One engine and the threads that may use it at the same time."""

    def __init__(self, url: str) -> None:
        self.engine = create_database_engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._limiter: anyio.CapacityLimiter | None = None
        # SQLite has one writer, and waiting inside SQLite means sleeping in steps: writes queue here.
        self._group = GroupCommit(self.engine) if self.engine.dialect.name == "sqlite" else None

    async def write[T](self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction that is committed when this returns."""
        if self._group is not None:
            result: T = await self._group.write(work)
            return result
        return await self._in_thread(self._write_now, work)

    async def read[T](self, work: Callable[[Session], T]) -> T:
        """Run `work` in a transaction that never waits for a writer and stores nothing."""
        return await self._in_thread(self._read_now, work)

    def _write_now[T](self, work: Callable[[Session], T]) -> T:
        with self._sessions.begin() as session:
            return work(session)

    def _read_now[T](self, work: Callable[[Session], T]) -> T:
        with self._sessions() as session:
            if self.engine.dialect.name == "sqlite":
                session.connection(execution_options={"sqlite_begin": "DEFERRED"})
            return work(session)

    async def ping(self) -> None:
        """Raise unless the database answers."""
        await self.read(lambda session: session.execute(text("select 1")).scalar_one())

    async def _in_thread[T](
        self, run: Callable[[Callable[[Session], T]], T], work: Callable[[Session], T]
    ) -> T:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(THREADS)
        return await anyio.to_thread.run_sync(run, work, limiter=self._limiter)
