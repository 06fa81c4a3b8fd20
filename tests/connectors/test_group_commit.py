"""Writes of the same moment share a transaction and stay apart: each is stored whole or not at all."""

import asyncio

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from connectors.core.conversations import Voice, open_conversation
from connectors.core.models import Conversation
from connectors.database import Database, utc_now


def add(session: Session, address: str) -> str:
    conversation, _ = open_conversation(
        session,
        channel="pigeons",
        market="it",
        voice=Voice("it"),
        page_language=None,
        now=utc_now(),
        address=address,
    )
    session.flush()
    return conversation.id


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Conversation)) or 0


async def test_one_that_fails_is_undone_alone(database_url: str) -> None:
    database = Database(database_url)

    def add_and_fail(session: Session) -> None:
        add(session, "half")
        raise LookupError("no roof")

    works = [lambda s, n=n: add(s, f"roof {n}") for n in range(30)]
    works[7:7] = [add_and_fail, lambda s: add(s, "roof 0"), lambda s: s.execute(text("nonsense"))]
    results = await asyncio.gather(*(database.write(work) for work in works), return_exceptions=True)
    failed = [type(result).__name__ for result in results if isinstance(result, Exception)]
    # PostgreSQL writes side by side: which of the two of one address comes second is not promised.
    assert len(failed) == 3 and {"LookupError", "IntegrityError"} < set(failed)
    assert await database.read(count) == 30
    assert len({r for r in results if isinstance(r, str)}) == 30
    database.engine.dispose()


async def test_whoever_is_told_finds_it_and_whoever_is_cancelled_leaves_no_half(database_url: str) -> None:
    database = Database(database_url)
    cancelled = [asyncio.create_task(database.write(lambda s, n=n: add(s, f"gone {n}"))) for n in range(5)]
    await asyncio.sleep(0)
    for task in cancelled:
        task.cancel()
    for number in range(5):
        before = await database.read(count)
        told = await database.write(lambda s, n=number: add(s, f"roof {n}"))
        assert await database.read(lambda s, told=told: s.get(Conversation, told)) is not None
        assert await database.read(count) > before
    for task in cancelled:
        with pytest.raises(asyncio.CancelledError):
            await task
    assert 5 <= await database.read(count) <= 10
    database.engine.dispose()
