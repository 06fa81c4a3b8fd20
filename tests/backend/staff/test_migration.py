"""Whoever was let into the back office before the directory is an administrator in it, and logged out."""

from pathlib import Path

from alembic import command
from sqlalchemy import text

from backend import migrate
from backend.database import create_database_engine
from tests.backend.conftest import empty_database

AT = "2026-11-20 08:00:00+00:00"


def test_staff_of_before_are_administrators_and_log_in_anew(tmp_path: Path) -> None:
    with empty_database(tmp_path) as url:
        migrate.run(url, command.upgrade, "0015")
        engine = create_database_engine(url)
        with engine.begin() as connection:
            connection.execute(
                text(
                    "insert into staff (id, username, username_key, password_hash, created_at)"
                    f" values ('1', 'Petra', 'petra', 'a hash', '{AT}')"
                )
            )
            connection.execute(
                text(f"insert into staff_sessions (id, staff_id, started_at) values ('2', '1', '{AT}')")
            )
        migrate.run(url, command.upgrade, "0016")
        with engine.begin() as connection:
            row = connection.execute(text("select * from staff")).one()
            assert (row.name, row.role, row.password_hash, row.totp_secret) == (
                "Petra",
                "administrator",
                "a hash",
                None,
            )
            assert connection.execute(text("select count(*) from staff_sessions")).scalar_one() == 0
            connection.execute(
                text(
                    "insert into staff (id, username, username_key, name, role, created_at)"
                    f" values ('3', 'bea', 'bea', 'Bea', 'agent', '{AT}')"
                )
            )
        migrate.run(url, command.downgrade, "0015")
        with engine.begin() as connection:
            assert connection.execute(text("select username from staff")).scalars().all() == ["Petra"]
        engine.dispose()
