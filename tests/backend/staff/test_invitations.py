"""One-time links: good once, for a day, and whoever is reset is nobody until they have used theirs."""

from datetime import timedelta

import pytest
import time_machine

from backend.database import utc_now
from tests.backend.staffing import Desk

NEW = "another harbour 50 lanterns"


def invite(ana: Desk, whom: Desk) -> str:
    staff_id = whom.call("GET", "/session").json()["member"]["staff_id"]
    answer = ana.call("POST", f"/members/{staff_id}/invitation")
    assert answer.status_code == 201, answer.text
    return str(answer.json()["invitation_url_token"])


def test_a_link_says_whose_it_is_and_is_not_used_up_by_reading(ana: Desk, bea: Desk) -> None:
    token = invite(ana, bea)
    for _ in range(2):
        shown = bea.call("GET", f"/invitations/{token}")
        assert shown.json() == {"username": "bea", "name": "Bea", "kind": "reset"}
    assert bea.choose_password(token).status_code == 204
    assert bea.call("GET", f"/invitations/{token}").status_code == 404
    assert bea.choose_password(token).status_code == 404


def test_who_never_came_in_is_invited_and_not_reset(ana: Desk) -> None:
    body = {"username": "dora", "name": "Dora", "role": "agent"}
    added = ana.call("POST", "/members", body).json()
    again = ana.call("POST", f"/members/{added['member']['staff_id']}/invitation").json()
    assert ana.call("GET", f"/invitations/{added['invitation_url_token']}").status_code == 404
    shown = ana.call("GET", f"/invitations/{again['invitation_url_token']}").json()
    assert shown["kind"] == "invite"


def test_a_reset_ends_password_code_and_log_ins_at_once(ana: Desk, bea: Desk) -> None:
    waiting = bea.prove_password().json()["ticket"]
    token = invite(ana, bea)
    assert not bea.lasts()
    assert bea.prove_password().status_code == 401
    assert bea.prove_code(waiting, bea.phone.code()).status_code == 404
    bea.password = NEW
    assert bea.choose_password(token).status_code == 204
    opened = bea.prove_password().json()
    assert opened["step"] == "enrol", "the old authenticator would still do"
    bea.log_in()
    assert bea.lasts()


def test_a_reset_lifts_the_pause(ana: Desk, bea: Desk) -> None:
    token = invite(ana, bea)
    bea.address = "198.51.100.1"
    assert [bea.prove_password("wrong").status_code for _ in range(5)][-1] == 429
    assert bea.choose_password(token).status_code == 204
    assert bea.prove_password().status_code == 429, "guessing at a new password is not made easier"
    again = ana.call("GET", "/members").json()
    bea_id = next(row["staff_id"] for row in again if row["name"] == "Bea")
    token = ana.call("POST", f"/members/{bea_id}/invitation").json()["invitation_url_token"]
    assert bea.choose_password(token).status_code == 204
    assert bea.prove_password().status_code == 200


def test_a_link_ends_after_a_day(ana: Desk, bea: Desk) -> None:
    token = invite(ana, bea)
    with time_machine.travel(utc_now() + timedelta(hours=24, seconds=1)):
        assert bea.call("GET", f"/invitations/{token}").status_code == 404
        assert bea.choose_password(token).status_code == 404


def test_who_is_shut_out_cannot_use_a_link_nor_get_one(ana: Desk, bea: Desk) -> None:
    bea_id = bea.call("GET", "/session").json()["member"]["staff_id"]
    token = invite(ana, bea)
    assert ana.call("PATCH", f"/members/{bea_id}", {"disabled": True}).status_code == 200
    assert bea.choose_password(token).status_code == 404
    assert ana.call("POST", f"/members/{bea_id}/invitation").status_code == 404


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("elevenchars", "password_too_short"),
        ("passwordpassword", "password_common"),
        ("beabeabeabea", "password_common"),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays(
    ana: Desk, bea: Desk, password: str, error: str
) -> None:
    token = invite(ana, bea)
    weak = Desk(bea.backend, "bea", password)
    refused = weak.choose_password(token)
    assert (refused.status_code, refused.json()["error"]) == (422, error)
    assert bea.choose_password(token).status_code == 204


def test_a_made_up_link_is_nobodys(ana: Desk) -> None:
    assert ana.call("GET", "/invitations/made-up").status_code == 404
    assert ana.choose_password("made-up").status_code == 404
