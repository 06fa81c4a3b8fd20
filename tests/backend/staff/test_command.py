"""`python -m backend.staff`: the first administrator, a lost phone, somebody who has to be out now."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from backend.demo.staff import MEMBERS, TOTP_SECRET, add_demo_staff
from backend.settings import Settings
from backend.staff.__main__ import main
from tests.backend.staffing import Authenticator, Desk


def test_a_name_that_is_there_is_reset_only_when_told(
    ana: Desk, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["invite", "ana", "--role", "agent"], settings) == 1
    assert "--reset" in capsys.readouterr().err and ana.lasts()
    capsys.readouterr()
    assert main(["invite", "Ana", "--reset"], settings) == 0
    token = capsys.readouterr().out.strip().rpartition("/")[2]
    assert not ana.lasts()
    assert ana.choose_password(token).status_code == 204
    ana.log_in()
    assert ana.lasts()


def test_skills_are_given_with_the_invitation(
    ana: Desk, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = [
        "--role",
        "agent",
        "--languages",
        "sr,it",
        "--markets",
        "rs",
        "--limit",
        "2",
        "--name",
        "Vera V.",
    ]
    assert main(["invite", "vera", *wanted], settings) == 0
    row = next(row for row in ana.call("GET", "/members").json() if row["username"] == "vera")
    assert (row["name"], row["languages"], row["markets"], row["limit"]) == (
        "Vera V.",
        ["it", "sr"],
        ["rs"],
        2,
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["invite", "vera"],
        ["invite", "vera", "--reset"],
        ["invite", "v", "--role", "agent"],
        ["invite", "vera", "--role", "agent", "--markets", "fr"],
        ["disable", "vera"],
    ],
)
def test_what_cannot_be_is_refused_and_said(
    ana: Desk, settings: Settings, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    capsys.readouterr()
    assert main(arguments, settings) == 1
    said = capsys.readouterr()
    assert "Refused" in said.err and not said.out
    assert len(ana.call("GET", "/members").json()) == 1


@pytest.mark.parametrize("limit", ["0", "51", "-1", "many"])
def test_a_limit_that_no_page_would_take_is_refused(
    ana: Desk, settings: Settings, capsys: pytest.CaptureFixture[str], limit: str
) -> None:
    with pytest.raises(SystemExit):
        main(["invite", "vera", "--role", "agent", "--limit", limit], settings)
    assert "--limit" in capsys.readouterr().err
    assert len(ana.call("GET", "/members").json()) == 1


def test_shut_out_by_the_command_means_out_at_once_but_not_the_last_administrator(
    ana: Desk, bea: Desk, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["disable", "bea"], settings) == 0
    assert not bea.lasts()
    assert main(["invite", "bea", "--reset"], settings) == 1
    assert "shut out" in capsys.readouterr().err
    assert main(["disable", "ana"], settings) == 1
    assert "last_administrator" in capsys.readouterr().err and ana.lasts()


def test_the_demos_staff_log_in_with_the_printed_secret_and_are_added_once(
    ana: Desk, database: sessionmaker[Session], settings: Settings
) -> None:
    for _ in range(2):
        with database.begin() as session:
            add_demo_staff(session, settings)
    assert len(ana.call("GET", "/members").json()) == 1 + len(MEMBERS)
    for member in MEMBERS:
        desk = Desk(ana.backend, member.username, "Care-Demo-2026", phone=Authenticator(TOTP_SECRET))
        assert desk.log_in()["member"]["role"] == member.role
