"""Feedback is kept once a journey and read by staff."""

import pytest
from fastapi.testclient import TestClient

from tests.backend.test_office import office, phone

__all__ = ["office", "phone"]
PATH = "/conversations/c1/feedback/claim"


@pytest.fixture(autouse=True)
def conversation(backend: TestClient) -> None:
    backend.put("/conversations/c1", json={"market": "rs", "channel": "website", "language": "sr"})


def test_a_comment_comes_after_its_score(actions: TestClient) -> None:
    assert actions.put(PATH, json={"score": 2}).json() == {"journey": "claim", "score": 2, "comment": None}
    said = actions.put(PATH, json={"comment": "Споро"}).json()
    assert said == {"journey": "claim", "score": 2, "comment": "Споро"}
    assert actions.put(PATH, json={"score": 5}).json()["score"] == 5


@pytest.mark.parametrize("body", [{}, {"score": 0}, {"score": 6}, {"comment": ""}, {"comment": "x" * 2001}])
def test_what_is_no_judgement_is_refused(actions: TestClient, body: dict[str, object]) -> None:
    assert actions.put(PATH, json=body).status_code == 422


def test_a_conversation_that_does_not_exist_has_no_opinion(actions: TestClient) -> None:
    assert actions.put("/conversations/c9/feedback/claim", json={"score": 3}).status_code == 404


def test_staff_reads_it(actions: TestClient, office: TestClient) -> None:
    actions.put(PATH, json={"score": 1, "comment": "<b>Споро</b>"})
    page = office.get("/office/feedback/list").text
    assert "&lt;b&gt;Споро&lt;/b&gt;" in page and "<b>Споро</b>" not in page
    assert office.post("/office/feedback/create", data={"score": 5}).status_code == 403
