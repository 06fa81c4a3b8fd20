"""A key makes a write happen once, whatever is repeated, in a row or at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import BaseModel
from sqlalchemy.orm import Session, sessionmaker

from backend.errors import IdempotencyKeyReused
from backend.idempotency import hash_body, remember


class Answer(BaseModel):
    number: int


def call(
    database: sessionmaker[Session], done: list[int], *, person: str = "p1", key: str = "k1", body: int = 1
) -> bytes:
    def work() -> tuple[int, Answer]:
        done.append(body)
        return 201, Answer(number=len(done))

    with database.begin() as session:
        answer = remember(session, "c1", person, key, hash_body("count", Answer(number=body)), work)
        assert answer.status_code == 201
        return bytes(answer.body)


def test_the_first_answer_is_given_again(database: sessionmaker[Session]) -> None:
    done: list[int] = []
    assert call(database, done) == call(database, done) == b'{"number":1}'
    assert done == [1]


def test_the_same_key_with_another_body_is_refused(database: sessionmaker[Session]) -> None:
    call(database, [])
    with pytest.raises(IdempotencyKeyReused):
        call(database, [], body=2)


def test_another_person_s_answer_is_never_given(database: sessionmaker[Session]) -> None:
    done: list[int] = []
    call(database, done)
    assert call(database, done, person="p2") == b'{"number":2}'


def test_a_call_that_failed_may_be_repeated(database: sessionmaker[Session]) -> None:
    def fail() -> tuple[int, Answer]:
        raise RuntimeError

    with pytest.raises(RuntimeError), database.begin() as session:
        remember(session, "c1", "p1", "k1", hash_body("count", Answer(number=1)), fail)
    assert call(database, []) == b'{"number":1}'


def test_calls_at_the_same_time_work_once(database: sessionmaker[Session]) -> None:
    done: list[int] = []
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: call(database, done), range(16)))
    assert answers == {b'{"number":1}'}
    assert done == [1]
