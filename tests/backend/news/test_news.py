"""News is handed to the gateway for the conversation its person used last, and says no more than may be said there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.database import utc_now
from backend.news.service import announce
from backend.requests.decisions import Decision, decide
from tests.backend.conftest import LogIn
from tests.backend.requests.conftest import Customer, Family, fill_claim, insure, mario_online, relate, rossi

__all__ = ["insure", "mario_online", "relate", "rossi"]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utc_now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def number(mario_online: Customer, rossi: Family) -> str:
    fill_claim(mario_online, rossi)
    return str(mario_online.submit().json()["request_number"])


def move(database: sessionmaker[Session], number: str, to: str, seen: str, **more: Any) -> None:
    with database.begin() as session:
        decide(session, number, "staff:test", Decision(to, "Perché", seen, **more))


def claim(backend: TestClient) -> list[dict[str, Any]]:
    answer = backend.post("/news/claim")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def tell(database: sessionmaker[Session], person_id: str, **more: Any) -> None:
    with database.begin() as session:
        announce(session, person_id=person_id, kind="request_paid", variables={"number": "X"}, **more)


def test_a_decision_becomes_news_where_the_customer_is(
    backend: TestClient, number: str, database: sessionmaker[Session]
) -> None:
    move(database, number, "in_review", "submitted")
    (news,) = claim(backend)
    assert news["conversation_id"] == "c1"
    assert news["kind"] == "request_in_review"
    assert news["variables"] == {"number": number}
    assert news["opens"] == {"intent": "check_request_status", "entities": {"request_number": number}}


def test_a_decision_that_was_refused_is_no_news(
    backend: TestClient, number: str, database: sessionmaker[Session]
) -> None:
    with pytest.raises(Exception, match="moved"):
        move(database, number, "in_review", "documents_needed")
    assert claim(backend) == []


def test_each_step_is_told_in_order(
    backend: TestClient, number: str, database: sessionmaker[Session]
) -> None:
    move(database, number, "documents_needed", "submitted", missing=["report"])
    move(database, number, "in_review", "documents_needed")
    assert [news["kind"] for news in claim(backend)] == ["request_documents_needed", "request_in_review"]


def test_what_was_not_said_to_be_told_comes_again_and_then_no_more(
    backend: TestClient,
    mario: str,
    log_in: LogIn,
    database: sessionmaker[Session],
    clock: time_machine.Traveller,
) -> None:
    log_in("c1", "mario", "it", "it")
    tell(database, mario)
    (news,) = claim(backend)
    assert claim(backend) == []
    clock.shift(timedelta(seconds=31))
    assert claim(backend)[0]["news_id"] == news["news_id"]
    for _ in range(2):
        assert backend.post(f"/news/{news['news_id']}/told", json={"told": True}).status_code == 204
    clock.shift(timedelta(seconds=31))
    assert claim(backend) == []


@pytest.mark.parametrize("how", ["logged out", "idle"])
def test_whoever_is_not_logged_in_any_more_hears_only_that_there_is_something(
    backend: TestClient,
    mario: str,
    log_in: LogIn,
    database: sessionmaker[Session],
    clock: time_machine.Traveller,
    how: str,
) -> None:
    log_in("c1", "mario", "it", "it")
    if how == "idle":
        clock.shift(timedelta(minutes=6))
    else:
        backend.delete("/conversations/c1/login")
    tell(database, mario)
    (news,) = claim(backend)
    assert (news["conversation_id"], news["kind"], news["variables"]) == ("c1", "behind_login", {})


def test_news_goes_to_the_conversation_used_last(
    backend: TestClient,
    mario: str,
    log_in: LogIn,
    database: sessionmaker[Session],
    clock: time_machine.Traveller,
) -> None:
    log_in("c1", "mario", "it", "it")
    clock.shift(timedelta(seconds=40))
    log_in("c2", "mario", "it", "it")
    clock.shift(timedelta(seconds=40))
    tell(database, mario)
    assert [news["conversation_id"] for news in claim(backend)] == ["c2"]
    backend.get("/conversations/c1/me")
    tell(database, mario)
    assert [news["conversation_id"] for news in claim(backend)] == ["c1"]
    tell(database, mario, conversation_id="c2")
    assert [news["conversation_id"] for news in claim(backend)] == ["c2"]


def test_a_conversation_that_is_somebody_elses_now_hears_nothing(
    backend: TestClient, mario: str, milica: str, log_in: LogIn, database: sessionmaker[Session]
) -> None:
    log_in("c1", "mario", "it", "it")
    log_in("c1", "milica")
    tell(database, mario)
    assert claim(backend) == []


def test_old_news_is_not_told(
    backend: TestClient,
    mario: str,
    log_in: LogIn,
    database: sessionmaker[Session],
    clock: time_machine.Traveller,
) -> None:
    tell(database, mario)
    clock.shift(timedelta(days=4))
    log_in("c1", "mario", "it", "it")
    assert claim(backend) == []


def test_a_gateway_that_cannot_tell_for_hours_tells_it_afterwards(
    backend: TestClient,
    mario: str,
    log_in: LogIn,
    database: sessionmaker[Session],
    clock: time_machine.Traveller,
) -> None:
    log_in("c1", "mario", "it", "it")
    tell(database, mario)
    for _ in range(40):
        assert len(claim(backend)) == 1
        clock.shift(timedelta(minutes=5))
    assert len(claim(backend)) == 1


def test_only_the_gateway_takes_news(actions: TestClient) -> None:
    assert actions.post("/news/claim").status_code == 403
    assert actions.post("/news/x/told", json={"told": True}).status_code == 403


def test_unknown_news_was_not_told(backend: TestClient) -> None:
    assert backend.post("/news/none/told", json={"told": True}).status_code == 404


def test_what_is_postponed_comes_again_soon_as_often_as_it_takes_and_says_what_may_be_said_then(
    backend: TestClient, mario_online: Customer, rossi: Family, database: sessionmaker[Session], clock: Any
) -> None:
    tell(database, rossi.mario)
    for times in range(40):
        (news,) = claim(backend)
        # The log-in idles away meanwhile.
        assert times > 0 or (news["kind"], news["variables"]) == ("request_paid", {"number": "X"})
        assert backend.post(f"/news/{news['news_id']}/postponed").status_code == 204
        assert claim(backend) == []
        clock.shift(timedelta(seconds=11))
    (news,) = claim(backend)
    assert (news["kind"], news["variables"]) == ("behind_login", {})
    backend.post(f"/news/{news['news_id']}/told", json={"told": True})
    # Postponed too late it stays told.
    assert backend.post(f"/news/{news['news_id']}/postponed").status_code == 204
    clock.shift(timedelta(seconds=11))
    assert claim(backend) == []
    assert backend.post("/news/unknown/postponed").status_code == 404
