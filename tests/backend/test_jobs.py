"""Housekeeping: one feature that fails keeps no other from forgetting."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from backend.accounts.models import LoginLink
from backend.database import utc_now
from backend.jobs import remove_outdated
from backend.notifications.models import Mail
from backend.settings import Settings
from tests.backend.conftest import LogIn


@pytest.mark.parametrize("failing", [None, "accounts", "remove_unadopted"])
def test_what_fails_is_logged_and_the_rest_is_done(
    database: sessionmaker[Session],
    settings: Settings,
    milica: str,
    log_in: LogIn,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failing: str | None,
) -> None:
    log_in("c1", "milica")
    with database.begin() as session:
        session.scalars(select(Mail)).one().state = "sent"

    def remove_outdated_things(*_: object) -> None:
        raise RuntimeError("the words of the error")

    if failing:
        name = f"{failing}.remove_outdated" if failing == "accounts" else failing
        monkeypatch.setattr(f"backend.jobs.{name}", remove_outdated_things)
    capsys.readouterr()
    with time_machine.travel(utc_now() + timedelta(days=31)):
        remove_outdated(database, settings)
    with database() as session:
        assert session.scalar(select(func.count()).select_from(Mail)) == 0
        links = session.scalar(select(func.count()).select_from(LoginLink))
    assert links == (1 if failing == "accounts" else 0)
    logged = "".join(capsys.readouterr())
    assert ("housekeeping_failed" in logged) == (failing is not None)
    assert "the words" not in logged
