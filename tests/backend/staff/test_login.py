"""Staff come in with a password and a code; both are needed, each code once, and guessing is slowed down."""

from datetime import timedelta

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.audit.models import AuditEntry
from backend.database import utc_now
from backend.settings import Settings
from backend.staff.models import Staff, StaffTicket
from tests.backend.staffing import Authenticator, Desk


def later(**delta: float) -> time_machine.travel:
    return time_machine.travel(utc_now() + timedelta(**delta))


def test_the_first_log_in_sets_the_code_up_and_the_next_asks_for_it(invited: Desk) -> None:
    opened = invited.prove_password().json()
    assert opened["step"] == "enrol"
    assert opened["secret"] in opened["otpauth_uri"] and opened["otpauth_uri"].startswith("otpauth://totp/")
    invited.phone = Authenticator(opened["secret"])
    started = invited.prove_code(opened["ticket"], invited.phone.code()).json()
    assert started["member"]["username"] == "ana" and started["member"]["has_totp"]

    again = invited.prove_password().json()
    assert again["step"] == "totp"
    assert again["secret"] is None and again["otpauth_uri"] is None, "a secret is told once"
    assert invited.prove_code(again["ticket"], invited.phone.code()).status_code == 200


def test_a_set_up_counts_only_once_its_code_was_right(invited: Desk) -> None:
    first = invited.prove_password().json()
    assert invited.prove_code(first["ticket"], "000000").status_code == 422
    second = invited.prove_password().json()
    assert second["step"] == "enrol" and second["secret"] != first["secret"]
    assert invited.prove_code(second["ticket"], Authenticator(second["secret"]).code()).status_code == 200
    # The other set-up can come to nothing any more, or whoever saw it could replace the code.
    assert invited.prove_code(first["ticket"], Authenticator(first["secret"]).code()).status_code == 404


def test_a_code_is_not_taken_twice(ana: Desk) -> None:
    code = ana.phone.code()
    first, second = (ana.prove_password().json()["ticket"] for _ in range(2))
    assert ana.prove_code(first, code).status_code == 200
    refused = ana.prove_code(second, code)
    assert refused.status_code == 422 and refused.json()["error"] == "code_wrong"


def test_a_code_from_before_the_newest_is_not_taken_either(ana: Desk) -> None:
    older, newer = ana.phone.code(), None
    with later(seconds=30):
        newer = ana.phone.code()
        assert ana.prove_code(ana.prove_password().json()["ticket"], newer).status_code == 200
        assert ana.prove_code(ana.prove_password().json()["ticket"], older).status_code == 422


def test_a_code_of_long_ago_or_of_the_future_is_none(ana: Desk) -> None:
    code = ana.phone.code()
    with later(seconds=120):
        assert ana.prove_code(ana.prove_password().json()["ticket"], code).status_code == 422
    with later(seconds=-120):
        assert ana.prove_code(ana.prove_password().json()["ticket"], code).status_code == 422


def test_three_wrong_codes_use_a_ticket_up(ana: Desk) -> None:
    ticket = ana.prove_password().json()["ticket"]
    left = [ana.prove_code(ticket, "000000").json()["detail"]["tries_left"] for _ in range(3)]
    assert left == [2, 1, 0]
    assert ana.prove_code(ticket, ana.phone.code()).status_code == 404


def test_wrong_codes_pause_the_person_whatever_the_ticket(ana: Desk) -> None:
    for _ in range(2):
        ticket = ana.prove_password().json()["ticket"]
        statuses = [ana.prove_code(ticket, "000000").status_code for _ in range(3)]
    assert statuses == [422, 422, 429]
    refused = ana.prove_code(ticket, ana.phone.code())
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 60
    with later(minutes=16):
        ticket = ana.prove_password().json()["ticket"]
        assert ana.prove_code(ticket, ana.phone.code()).status_code == 200


def test_a_ticket_is_good_once_and_for_five_minutes(ana: Desk) -> None:
    used = ana.prove_password().json()["ticket"]
    assert ana.prove_code(used, ana.phone.code()).status_code == 200
    waiting = ana.prove_password().json()["ticket"]
    with later(seconds=301):
        code = ana.phone.code()
        assert ana.prove_code(used, code).status_code == 404
        assert ana.prove_code(waiting, code).status_code == 404
    assert ana.prove_code("made up", "123456").status_code == 404


def test_unknown_wrong_and_shut_out_are_one_answer(ana: Desk, bea: Desk, backend: TestClient) -> None:
    disabled = {"disabled": True}
    bea_id = bea.call("GET", "/session").json()["member"]["staff_id"]
    assert ana.call("PATCH", f"/members/{bea_id}", disabled).status_code == 200
    answers = [
        Desk(backend, "nobody").prove_password(),
        Desk(backend, "ana").prove_password("wrong"),
        Desk(backend, "bea").prove_password(),
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {
        (401, '{"error":"credentials_wrong","detail":{}}')
    }


@pytest.mark.parametrize("username", ["ana", "nobody.at.all"])
def test_five_wrong_passwords_pause_a_name_known_or_not(
    ana: Desk, backend: TestClient, username: str
) -> None:
    # From another address each time: the name is what pauses.
    statuses = [
        Desk(backend, username, address=f"192.0.2.{number}").prove_password("wrong").status_code
        for number in range(5)
    ]
    assert statuses == [401, 401, 401, 401, 429]
    assert Desk(backend, username).prove_password().status_code == 429
    with later(minutes=16):
        assert Desk(backend, username).prove_password().status_code == (200 if username == "ana" else 401)


def test_an_address_that_tries_many_names_pauses_and_no_other(ana: Desk, backend: TestClient) -> None:
    def guess(name: str, address: str) -> int:
        return Desk(backend, name, address=address).prove_password("wrong").status_code

    # Whoever has one address of IPv6 has its whole network.
    statuses = [guess(f"name{number}", f"2001:db8::{number:x}") for number in range(1, 22)]
    assert statuses == [401] * 19 + [429] * 2
    assert Desk(backend, "ana", address="2001:db8::ffff").prove_password().status_code == 429
    assert Desk(backend, "ana", address="2001:db8:0:1::1").prove_password().status_code == 200
    assert Desk(backend, "ana", address="192.0.2.7").prove_password().status_code == 200


def test_the_right_password_takes_the_wrong_ones_back(ana: Desk) -> None:
    for _ in range(2):
        assert {ana.prove_password("wrong").status_code for _ in range(4)} == {401}
        assert ana.prove_password().status_code == 200


def test_only_the_gateway_asks(ana: Desk, actions: TestClient) -> None:
    as_actions = Desk(actions, "ana", token=ana.token)
    assert as_actions.prove_password().status_code == 403
    assert as_actions.call("GET", "/session").status_code == 403
    assert as_actions.call("GET", "/members").status_code == 403


def test_what_no_database_holds_is_refused(backend: TestClient) -> None:
    assert Desk(backend, "a\x00na").prove_password().status_code == 422


def test_a_customers_account_is_no_account_of_staff(backend: TestClient, mario: str) -> None:
    assert Desk(backend, "mario", "correct horse battery").prove_password().status_code == 401


def test_no_secret_is_stored_readably(
    ana: Desk, bea: Desk, database: sessionmaker[Session], settings: Settings
) -> None:
    ticket = ana.prove_password().json()["ticket"]
    with database() as session:
        rows = [*session.scalars(select(Staff)), *session.scalars(select(StaffTicket))]
        stored = repr([{key: value for key, value in vars(row).items() if key[0] != "_"} for row in rows])
        facts = repr([(entry.action, entry.details) for entry in session.scalars(select(AuditEntry))])
    assert "argon2id" in stored
    for secret in (ticket, ana.token, ana.phone.secret, bea.phone.secret, ana.password):
        assert secret not in stored and secret not in facts


def test_every_step_is_in_the_audit(bea: Desk, database: sessionmaker[Session]) -> None:
    bea.prove_password("wrong")
    bea.prove_code(bea.prove_password().json()["ticket"], "000000")
    bea.call("DELETE", "/session")
    bea_id = bea.call("GET", "/session").status_code
    assert bea_id == 401
    with database() as session:
        subject = f"staff:{session.scalars(select(Staff.id).where(Staff.username == 'bea')).one()}"
        noted = list(
            session.scalars(
                select(AuditEntry.action).where(AuditEntry.subject == subject).order_by(AuditEntry.number)
            )
        )
    assert noted == [
        "staff_created",
        "staff_invited",
        "staff_password_set",
        "staff_totp_set_up",
        "staff_logged_in",
        "staff_password_wrong",
        "staff_code_wrong",
        "staff_logged_out",
    ]
