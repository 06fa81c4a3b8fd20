"""Engine, session and declarative base. One request is one transaction: features never commit.

SQLite (WAL, synchronous=FULL, foreign keys on) by default, PostgreSQL when the URL says so.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import DateTime, Engine, MetaData, create_engine, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from backend.errors import Fault

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every table of the backend."""

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
    """An engine for `url`; creates the folder of a SQLite file. Errors never show the values of a statement."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=30,
            hide_parameters=True,
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # A read that renews a log-in takes a second connection: there are two for each thread of the server.
    pool = {} if parsed.database in (None, "", ":memory:") else {"pool_size": 20, "max_overflow": 60}
    engine = create_engine(parsed, connect_args={"timeout": 10}, hide_parameters=True, **pool)

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


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Makes sessions that keep loaded objects usable after the commit."""
    return sessionmaker(engine, expire_on_commit=False)


def begin_reading(session: Session) -> None:
    """Take SQLite's deferred transaction: whoever only reads waits for no writer, and keeps none waiting."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection(execution_options={"sqlite_begin": "DEFERRED"})


def open_session(request: Request) -> Iterator[Session]:
    """The session of one request: committed when the route returns, rolled back when it raises."""
    factory: sessionmaker[Session] = request.app.state.session_factory
    with factory() as session:
        if request.method in {"GET", "HEAD"}:
            begin_reading(session)
        try:
            yield session
        except Fault as fault:
            if fault.keep:
                session.commit()
            raise
        session.commit()


def insert_if_absent(session: Session, model: type[Base], **values: Any) -> bool:
    """Insert a row unless one with its unique key exists; tells whether it was inserted.

    A parallel transaction that inserts the same key is waited for. Values are columns; defaults of
    the model that need Python code are applied.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(model).values(**values).on_conflict_do_nothing()
    inserted = session.execute(statement.returning(*inspect(model).primary_key)).first()
    return inserted is not None


# scope="function": the commit happens before the answer is sent, so an answer means it is stored.
DatabaseSession = Annotated[Session, Depends(open_session, scope="function")]
