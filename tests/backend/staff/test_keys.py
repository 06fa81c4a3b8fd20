"""The key that encrypts one-time passwords changes, and nobody has to be invited anew."""

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from backend.settings import Settings
from backend.staff.__main__ import main
from backend.staff.models import Staff
from backend.staff.totp import unseal
from tests.backend.staffing import Desk

NEW = SecretStr("n" * 40)


@pytest.fixture
def only_new(settings: Settings) -> Settings:
    """The settings when the old key is gone."""
    return settings.model_copy(update={"staff_key": NEW, "staff_keys_before": []})


@pytest.fixture
def rotated(settings: Settings) -> Settings:
    """The running backend has a new key and still knows the old one."""
    settings.staff_keys_before = [settings.staff_key]
    settings.staff_key = NEW
    return settings


def readable(database: sessionmaker[Session], settings: Settings) -> dict[str, bool]:
    with database() as session:
        return {
            staff.username: unseal(staff.totp_secret or "", settings) is not None
            for staff in session.scalars(select(Staff))
        }


def test_a_new_key_alone_shuts_everybody_out(ana: Desk, settings: Settings) -> None:
    settings.staff_key = NEW
    opened = ana.prove_password().json()
    assert ana.prove_code(opened["ticket"], ana.phone.code()).json()["error"] == "code_wrong"


def test_a_log_in_with_the_key_of_before_moves_the_secret_to_the_newest(
    ana: Desk, bea: Desk, rotated: Settings, only_new: Settings, database: sessionmaker[Session]
) -> None:
    assert readable(database, only_new) == {"ana": False, "bea": False}
    ana.log_in()
    assert readable(database, only_new) == {"ana": True, "bea": False}
    rotated.staff_keys_before = []
    refused = bea.prove_code(bea.prove_password().json()["ticket"], bea.phone.code())
    assert refused.json()["error"] == "code_wrong"


def test_one_command_moves_everybody_and_the_old_key_can_go(
    ana: Desk,
    bea: Desk,
    rotated: Settings,
    only_new: Settings,
    database: sessionmaker[Session],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ana.log_in()
    capsys.readouterr()
    assert main(["rekey"], rotated) == 0
    assert capsys.readouterr().out == "1 brought under the newest key, 1 under it already.\n"
    assert readable(database, only_new) == {"ana": True, "bea": True}
    assert main(["rekey"], only_new) == 0
    assert capsys.readouterr().out == "0 brought under the newest key, 2 under it already.\n"
    rotated.staff_keys_before = []
    bea.log_in()


def test_whoever_is_setting_up_meanwhile_goes_on(
    invited: Desk, settings: Settings, only_new: Settings, database: sessionmaker[Session]
) -> None:
    opened = invited.prove_password().json()
    invited.phone.secret = opened["secret"]
    settings.staff_keys_before, settings.staff_key = [settings.staff_key], NEW
    assert main(["rekey"], settings) == 0
    settings.staff_keys_before = []
    assert invited.prove_code(opened["ticket"], invited.phone.code()).status_code == 200
    assert readable(database, only_new) == {"ana": True}


def test_what_no_key_fits_is_named_and_left_as_it_is(
    ana: Desk,
    settings: Settings,
    only_new: Settings,
    database: sessionmaker[Session],
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    assert main(["rekey"], only_new) == 1
    said = capsys.readouterr()
    assert "ana" in said.err and "--reset" in said.err
    assert readable(database, settings) == {"ana": True}
