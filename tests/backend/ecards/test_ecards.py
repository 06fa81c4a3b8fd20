"""E-cards: activated, shown to their owner's conversation alone, checked by anybody, worth nothing when lost."""

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import PIL.Image
import pytest
import time_machine
from fastapi.testclient import TestClient
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend import lettering
from backend.database import utc_now
from backend.ecards import drawing
from backend.ecards.service import face_behind
from backend.notifications.models import Mail
from backend.policies.models import Policy
from backend.settings import Settings
from tests.backend.conftest import LogIn
from tests.backend.requests.conftest import TODAY, insure, relate

__all__ = ["insure", "relate"]


@pytest.fixture
def family(
    milica: str,
    add_person: Callable[..., str],
    insure: Callable[..., str],
    relate: Callable[..., None],
    log_in: LogIn,
) -> dict[str, str]:
    """Milica, logged in in c1, with her son Uroš on her policy; a stranger in c2."""
    son = add_person("Урош", "Јовановић", "rs", birth_date=TODAY - timedelta(days=3650), sex="m")
    relate(milica, son, "child", "parent")
    policy = insure("rs", "RSD", "rs-zdravlje-porodica", [milica, son])
    add_person("Петар", "Петровић", "rs", username="petar", sex="m")
    log_in("c1", "milica")
    log_in("c2", "petar")
    return {"milica": milica, "son": son, "policy": policy}


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utc_now(), tick=False) as traveller:
        yield traveller


def cards(actions: TestClient, conversation_id: str = "c1") -> list[dict[str, Any]]:
    answer = actions.get(f"/conversations/{conversation_id}/cards")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def change(actions: TestClient, membership_id: str, to: str, conversation_id: str = "c1") -> Any:
    return actions.post(f"/conversations/{conversation_id}/cards/{membership_id}/{to}")


def link(actions: TestClient, membership_id: str) -> str:
    answer = actions.post(f"/conversations/c1/card-links/{membership_id}")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


def code_of(database: sessionmaker[Session], token: str, settings: Settings) -> str:
    with database() as session:
        return face_behind(session, token, settings).check_url.rsplit("/", 1)[1]


def test_cards_of_the_family_are_there_and_not_active(actions: TestClient, family: dict[str, str]) -> None:
    found = cards(actions)
    assert [(card["person_id"], card["state"]) for card in found] == [
        (family["milica"], "inactive"),
        (family["son"], "inactive"),
    ]
    assert cards(actions, "c2") == []
    membership_id = found[0]["membership_id"]
    assert actions.post(f"/conversations/c1/card-links/{membership_id}").json()["error"] == "card_not_active"


def test_an_active_card_is_a_picture_and_a_pdf_with_its_code(
    actions: TestClient,
    backend: TestClient,
    family: dict[str, str],
    database: sessionmaker[Session],
    settings: Settings,
) -> None:
    membership_id = cards(actions)[1]["membership_id"]
    for _ in range(2):
        assert change(actions, membership_id, "activate").json()["state"] == "active"
    token = link(actions, membership_id)
    picture = backend.get(f"/card-links/{token}/picture")
    assert PIL.Image.open(io.BytesIO(picture.content)).size == (drawing.WIDTH, drawing.HEIGHT)
    pdf = backend.get(f"/card-links/{token}/pdf")
    assert len(PdfReader(io.BytesIO(pdf.content)).pages) == 1
    checked = backend.get(f"/card-checks/{code_of(database, token, settings)}").json()
    assert (checked["valid"], checked["initials"]) == (True, "У. Ј.")
    with database() as session:
        mails = session.scalars(select(Mail).where(Mail.key == "ecard_active")).all()
    assert len(mails) == 1


def test_a_lost_card_is_worth_nothing_also_after_a_new_one(
    actions: TestClient,
    backend: TestClient,
    family: dict[str, str],
    database: sessionmaker[Session],
    settings: Settings,
) -> None:
    membership_id = cards(actions)[0]["membership_id"]
    change(actions, membership_id, "activate")
    token = link(actions, membership_id)
    lost = code_of(database, token, settings)
    assert change(actions, membership_id, "deactivate").json()["state"] == "deactivated"
    assert backend.get(f"/card-checks/{lost}").json() == {
        "valid": False,
        "initials": None,
        "valid_to": None,
        "insurer": None,
    }
    assert backend.get(f"/card-links/{token}/picture").status_code == 404
    change(actions, membership_id, "activate")
    assert backend.get(f"/card-checks/{lost}").json()["valid"] is False
    fresh = code_of(database, link(actions, membership_id), settings)
    assert backend.get(f"/card-checks/{fresh}").json()["valid"] is True


def test_a_picture_is_its_owners_conversations_alone_and_not_for_long(
    actions: TestClient, backend: TestClient, family: dict[str, str], clock: time_machine.Traveller
) -> None:
    membership_id = cards(actions)[0]["membership_id"]
    change(actions, membership_id, "activate")
    assert change(actions, membership_id, "activate", "c2").status_code == 404
    assert actions.post(f"/conversations/c2/card-links/{membership_id}").status_code == 404
    token = link(actions, membership_id)
    assert backend.get(f"/card-links/{token}x/picture").status_code == 404
    assert actions.get(f"/card-links/{token}/picture").status_code == 403
    for _ in range(4):
        clock.shift(timedelta(minutes=4))
        actions.get("/conversations/c1/me")
    assert backend.get(f"/card-links/{token}/picture").status_code == 404
    token = link(actions, membership_id)
    backend.delete("/conversations/c1/login")
    assert backend.get(f"/card-links/{token}/picture").status_code == 404


def test_a_card_ends_with_its_policy(
    actions: TestClient,
    backend: TestClient,
    family: dict[str, str],
    database: sessionmaker[Session],
    settings: Settings,
) -> None:
    membership_id = cards(actions)[0]["membership_id"]
    change(actions, membership_id, "activate")
    code = code_of(database, link(actions, membership_id), settings)
    with database.begin() as session:
        session.get_one(Policy, family["policy"]).valid_to = TODAY - timedelta(days=1)
    assert backend.get(f"/card-checks/{code}").json()["valid"] is False
    assert cards(actions) == []


@pytest.mark.parametrize("code", ["x" * 20, "W10.abc", "%00"])
def test_a_forged_code_is_just_not_valid(backend: TestClient, code: str) -> None:
    assert backend.get(f"/card-checks/{code}").json()["valid"] is False


def test_a_market_without_cards_has_none(actions: TestClient, mario: str, log_in: LogIn) -> None:
    log_in("c1", "mario", "it", "it")
    assert actions.get("/conversations/c1/cards").status_code == 404


def test_without_the_systems_font_the_name_is_written_in_what_there_is(
    actions: TestClient, backend: TestClient, family: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    monkeypatch.setattr(lettering, "_SYSTEM_FONTS", Path("nowhere"))
    membership_id = cards(actions)[0]["membership_id"]
    change(actions, membership_id, "activate")
    assert backend.get(f"/card-links/{link(actions, membership_id)}/picture").status_code == 200
    assert lettering.printable("Ђурђа") == "Djurđa"
