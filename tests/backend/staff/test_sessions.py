"""A log-in of staff ends when it idles, when it is old, when it is left, and at once for whoever is shut out."""

from datetime import timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.database import utc_now
from backend.settings import Settings
from backend.staff.sessions import remove_outdated
from tests.backend.staffing import Desk, hire


def test_a_log_in_says_whose_it_is_and_until_when(bea: Desk) -> None:
    told = bea.call("GET", "/session").json()
    assert told["member"] == {
        "staff_id": told["member"]["staff_id"],
        "username": "bea",
        "name": "Bea",
        "role": "agent",
        "languages": ["it"],
        "markets": ["it"],
        "limit": 4,
        "disabled": False,
        "has_totp": True,
        "has_password": True,
    }
    assert told["idle_expires_at"] < told["expires_at"]


def test_a_click_renews_the_idle_time_and_a_quiet_look_does_not(bea: Desk) -> None:
    start = utc_now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(4):
            clock.shift(timedelta(minutes=14))
            assert bea.lasts()
        clock.shift(timedelta(minutes=14))
        assert bea.call("GET", "/session?quiet=1").status_code == 200
        clock.shift(timedelta(minutes=2))
        refused = bea.call("GET", "/session")
        assert refused.status_code == 401 and refused.json()["error"] == "staff_login_required"


def test_eight_hours_end_it_however_busy(bea: Desk) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        for _ in range(8 * 6 - 1):
            clock.shift(timedelta(minutes=10))
            assert bea.lasts()
        clock.shift(timedelta(minutes=10))
        assert not bea.lasts()


def test_a_log_out_ends_every_copy_of_the_token_and_nobody_elses(bea: Desk, ana: Desk) -> None:
    copy = Desk(bea.backend, "bea", token=bea.token)
    elsewhere = Desk(bea.backend, "bea", phone=bea.phone)
    elsewhere.log_in()
    for _ in range(2):
        assert bea.call("DELETE", "/session").status_code == 204
    assert not copy.lasts() and elsewhere.lasts() and ana.lasts()


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "supervisor"}])
def test_disabled_or_of_another_role_means_out_at_once(
    ana: Desk, bea: Desk, change: dict[str, object]
) -> None:
    waiting = bea.prove_password().json()["ticket"]
    bea_id = bea.call("GET", "/session").json()["member"]["staff_id"]
    assert ana.call("PATCH", f"/members/{bea_id}", change).status_code == 200
    assert not bea.lasts()
    assert bea.call("GET", "/members").status_code == 401
    assert bea.prove_code(waiting, bea.phone.code()).status_code == 404


def test_whoever_is_let_in_again_logs_in_anew(ana: Desk, bea: Desk) -> None:
    bea_id = bea.call("GET", "/session").json()["member"]["staff_id"]
    for disabled in (True, False):
        assert ana.call("PATCH", f"/members/{bea_id}", {"disabled": disabled}).status_code == 200
    assert not bea.lasts()
    bea.log_in()
    assert bea.lasts()


def test_other_skills_hold_at_once_and_end_nothing(ana: Desk, bea: Desk) -> None:
    bea_id = bea.call("GET", "/session").json()["member"]["staff_id"]
    assert (
        ana.call("PATCH", f"/members/{bea_id}", {"languages": ["sr", "it", "sr"], "limit": 2}).status_code
        == 200
    )
    member = bea.call("GET", "/session").json()["member"]
    assert (member["languages"], member["limit"], member["markets"]) == (["it", "sr"], 2, ["it"])


def test_a_made_up_token_is_nobodys(backend: TestClient) -> None:
    for token in ("", "made-up", "x" * 43):
        assert Desk(backend, "", token=token).call("GET", "/session").status_code == 401


def test_log_ins_long_ago_are_forgotten(
    database: sessionmaker[Session], settings: Settings, backend: TestClient
) -> None:
    token = hire(database, settings)["X-Staff-Token"]
    with database.begin() as session:
        assert remove_outdated(session, utc_now() - timedelta(days=1)) == 0
        assert remove_outdated(session, utc_now() + timedelta(seconds=1)) == 1
    assert not Desk(backend, "", token=token).lasts()
