"""The audit is whole, append-only, and tells when it was touched."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from backend.audit.__main__ import main
from backend.audit.models import AuditEntry
from backend.audit.service import record, verify
from backend.settings import Settings, get_settings
from tests.backend.conftest import LogIn


def note(database: sessionmaker[Session], number: int) -> None:
    with database.begin() as session:
        record(session, actor="test", action="noted", subject=f"thing:{number}", details={"ž": "Ђ"})


def drop_triggers(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
    else:
        session.execute(text("DROP TRIGGER audit_entries_no_update"))
        session.execute(text("DROP TRIGGER audit_entries_no_delete"))


def test_entries_form_a_chain_that_holds(database: sessionmaker[Session]) -> None:
    for number in range(5):
        note(database, number)
    with database() as session:
        verdict = verify(session)
        assert (verdict.entries, verdict.broken_at) == (5, None)
        assert verdict.head == session.scalars(select(AuditEntry.hash).where(AuditEntry.number == 5)).one()


def test_entries_written_in_parallel_form_one_chain(database: sessionmaker[Session]) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: note(database, number), range(40)))
    with database() as session:
        verdict = verify(session)
    assert (verdict.entries, verdict.broken_at) == (40, None)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entries SET actor = 'nobody'", "DELETE FROM audit_entries"],
)
def test_the_database_refuses_to_change_entries(database: sessionmaker[Session], statement: str) -> None:
    note(database, 1)
    with pytest.raises(DBAPIError, match="append-only"), database.begin() as session:
        session.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET subject = 'thing:other' WHERE number = 3",
        "UPDATE audit_entries SET details = '{}' WHERE number = 3",
        "DELETE FROM audit_entries WHERE number = 3",
    ],
)
def test_a_changed_entry_breaks_the_chain(database: sessionmaker[Session], statement: str) -> None:
    for number in range(5):
        note(database, number)
    with database.begin() as session:
        drop_triggers(session)
        session.execute(text(statement))
    with database() as session:
        assert verify(session).broken_at == 3


def test_an_entry_is_gone_when_its_change_is(database: sessionmaker[Session]) -> None:
    with pytest.raises(RuntimeError), database.begin() as session:
        record(session, actor="test", action="noted", subject="thing:1")
        raise RuntimeError
    with database() as session:
        assert verify(session).entries == 0


def test_details_never_name_a_secret(database: sessionmaker[Session]) -> None:
    with pytest.raises(ValueError, match="secret"), database.begin() as session:
        record(session, actor="test", action="noted", subject="thing:1", details={"code": "123456"})


def test_a_log_in_leaves_its_trace(
    backend: TestClient, milica: str, log_in: LogIn, database: sessionmaker[Session]
) -> None:
    log_in("c1", "milica")
    backend.delete("/conversations/c1/login")
    with database() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all()
    assert [entry.action for entry in entries] == ["account_created", "code_sent", "login", "logout"]
    assert {entry.subject for entry in entries} == {f"person:{milica}"}


def test_the_command_tells_whether_the_audit_is_whole(
    database: sessionmaker[Session],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("BACKEND_DATABASE_URL", settings.database_url)
    get_settings.cache_clear()
    try:
        note(database, 1)
        assert main(["verify"]) == 0
        head = capsys.readouterr().out.split()[-1]
        assert main(["verify", "--head", head]) == 0
        assert main(["verify", "--head", "f" * 64]) == 1
        with database.begin() as session:
            drop_triggers(session)
            session.execute(text("UPDATE audit_entries SET actor = 'nobody'"))
        assert main(["verify"]) == 1
        assert "broken at entry 1" in capsys.readouterr().out
    finally:
        get_settings.cache_clear()
