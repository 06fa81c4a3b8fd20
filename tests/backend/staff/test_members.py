"""The directory: administrators write it, everybody sees what they may, and somebody can always let others in."""

import threading

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.audit.models import AuditEntry
from backend.settings import Settings
from tests.backend.staff.conftest import Hire
from tests.backend.staffing import Desk, hire

BEA = {"username": "bea", "name": "Bea", "role": "agent", "languages": ["it"], "markets": ["it"], "limit": 3}


def staff_id_of(desk: Desk) -> str:
    return str(desk.call("GET", "/session").json()["member"]["staff_id"])


def test_somebody_added_has_neither_password_nor_code_yet(ana: Desk) -> None:
    added = ana.call("POST", "/members", BEA)
    assert added.status_code == 201
    member = added.json()["member"]
    assert member == {
        **BEA,
        "staff_id": member["staff_id"],
        "disabled": False,
        "has_totp": False,
        "has_password": False,
    }
    assert Desk(ana.backend, "bea").prove_password().status_code == 401


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"username": "ANA"}, 409, "username_taken"),
        ({"username": "b"}, 422, "username_invalid"),
        ({"username": "bea rossi"}, 422, "username_invalid"),
        ({"languages": ["xx"]}, 422, "language_unknown"),
        ({"markets": ["fr"]}, 422, "market_unknown"),
        ({"role": "owner"}, 422, "input_invalid"),
        ({"name": "  "}, 422, "input_invalid"),
        ({"name": "Be\x00a"}, 422, "input_invalid"),
        ({"limit": 0}, 422, "input_invalid"),
        ({"password": "of my choice"}, 422, "input_invalid"),
    ],
)
def test_what_does_not_hold_adds_nobody(
    ana: Desk, change: dict[str, object], status: int, error: str
) -> None:
    refused = ana.call("POST", "/members", {**BEA, **change})
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert [row["username"] for row in ana.call("GET", "/members").json()] == ["ana"]


def test_a_change_touches_what_is_given_and_is_audited(
    ana: Desk, bea: Desk, database: sessionmaker[Session]
) -> None:
    bea_id = staff_id_of(bea)
    changed = ana.call("PATCH", f"/members/{bea_id}", {"name": "Beatrice", "role": "supervisor"}).json()
    assert (changed["name"], changed["role"], changed["markets"]) == ("Beatrice", "supervisor", ["it"])
    assert ana.call("PATCH", f"/members/{bea_id}", {"name": "Beatrice"}).status_code == 200
    assert ana.call("PATCH", f"/members/{bea_id}", {"role": None}).status_code == 422
    assert ana.call("PATCH", f"/members/{'0' * 32}", {"name": "X"}).status_code == 404
    with database() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "staff_changed")).all()
    assert [(entry.actor, entry.subject, entry.details) for entry in noted] == [
        (
            f"staff:{staff_id_of(ana)}",
            f"staff:{bea_id}",
            {"changed": "name,role", "role": "agent>supervisor"},
        )
    ]


@pytest.mark.parametrize("change", [{"disabled": True}, {"role": "agent"}, {"name": "Anna"}, {"limit": 9}])
def test_nobody_changes_themselves(ana: Desk, hire: Hire, change: dict[str, object]) -> None:
    hire("eva", "administrator")
    refused = ana.call("PATCH", f"/members/{staff_id_of(ana)}", change)
    assert (refused.status_code, refused.json()["error"]) == (409, "own_account")
    refused = ana.call("POST", f"/members/{staff_id_of(ana)}/invitation")
    assert (refused.status_code, refused.json()["error"]) == (409, "own_account")
    assert ana.lasts()


def test_the_last_administrator_stays_when_two_shut_each_other_out(ana: Desk, hire: Hire) -> None:
    """Each asks while still an administrator: the calls are made at once, again and again."""
    eva = hire("eva", "administrator")
    ids = {"ana": staff_id_of(ana), "eva": staff_id_of(eva)}
    for change in ({"disabled": True}, {"role": "agent"}):
        answers: dict[str, int] = {}
        start = threading.Barrier(2)

        def shut_out(
            who: Desk,
            whom: str,
            change: dict[str, object] = change,
            answers: dict[str, int] = answers,
            start: threading.Barrier = start,
        ) -> None:
            start.wait()
            answers[who.username] = who.call("PATCH", f"/members/{ids[whom]}", change).status_code

        threads = [threading.Thread(target=shut_out, args=args) for args in ((ana, "eva"), (eva, "ana"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Who is later is already out, or finds nobody else left.
        assert sorted(answers.values()) in ([200, 401], [200, 409]), answers
        stayed, gone = (ana, "eva") if answers["ana"] == 200 else (eva, "ana")
        back = {"disabled": False, "role": "administrator"}
        assert stayed.call("PATCH", f"/members/{ids[gone]}", back).status_code == 200
        other = eva if stayed is ana else ana
        reset = stayed.call("POST", f"/members/{ids[gone]}/invitation").json()["invitation_url_token"]
        assert other.choose_password(reset).status_code == 204
        other.log_in()


def test_each_sees_what_they_may(ana: Desk, hire: Hire) -> None:
    bea = hire("bea", "agent")
    hire("cesare", "agent", markets=("rs",))
    sara = hire("sara", "supervisor")
    gone = ana.call("POST", "/members", {**BEA, "username": "gone", "name": "Gone"}).json()["member"]
    ana.call("PATCH", f"/members/{gone['staff_id']}", {"disabled": True})

    def seen(desk: Desk) -> dict[str, bool]:
        """Names, and whether the row is a whole one."""
        return {row["name"]: "username" in row for row in desk.call("GET", "/members").json()}

    assert seen(ana) == {"Ana K.": True, "Bea": True, "Cesare": True, "Gone": True, "Sara": True}
    assert seen(sara) == {"Bea": True, "Cesare": False, "Gone": True, "Sara": False}
    assert seen(bea) == {"Bea": False, "Cesare": False, "Sara": False}
    for row in bea.call("GET", "/members").json():
        assert row.keys() == {"staff_id", "name", "role", "languages", "markets"}


CALLS = {
    "GET /members": (200, 200, 200),
    "POST /members": (403, 403, 201),
    "PATCH /members/{other}": (403, 403, 200),
    "POST /members/{other}/invitation": (403, 403, 201),
    "GET /session": (200, 200, 200),
    "DELETE /session": (204, 204, 204),
}
BODIES = {"POST /members": BEA, "PATCH /members/{other}": {"limit": 7}}
ROLES = ("agent", "supervisor", "administrator")


@pytest.mark.parametrize("who", [*ROLES, "nobody", "shut out"])
@pytest.mark.parametrize("call", CALLS)
def test_who_may_make_which_call(
    call: str, who: str, backend: TestClient, database: sessionmaker[Session], settings: Settings
) -> None:
    other = hire(database, settings, "other")["X-Staff-Id"]
    role = who if who in ROLES else "administrator"
    asking = hire(database, settings, "asking", role)  # type: ignore[arg-type]
    if who == "shut out":
        boss = Desk(backend, "boss", token=hire(database, settings, "boss", "administrator")["X-Staff-Token"])
        assert boss.call("PATCH", f"/members/{asking['X-Staff-Id']}", {"disabled": True}).status_code == 200
    desk = Desk(backend, "asking", token="" if who == "nobody" else asking["X-Staff-Token"])
    method, path = call.format(other=other).split()
    answer = desk.call(method, path, BODIES.get(call))
    if who in ROLES:
        wanted = CALLS[call][ROLES.index(who)]
    else:
        # A log-out is one also where there is nothing left to end.
        wanted = 204 if (call, who) == ("DELETE /session", "shut out") else 401
    assert answer.status_code == wanted, answer.text
    if wanted in (401, 403):
        assert answer.json()["error"] == {401: "staff_login_required", 403: "role_not_allowed"}[wanted]
