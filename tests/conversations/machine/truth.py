"""What is really so, whatever is said: read from the backend's database, and its clock moved for one conversation."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from locales.script import to_latin

LONG_AGO = "2020-01-01 00:00:00.000000"
SIX_DIGITS = re.compile(r"\b\d{6}\b")


@dataclass(frozen=True)
class Account:
    """Somebody who can log in, and what only they may read."""

    person_id: str
    username: str
    email: str
    first_name: str
    family: frozenset[str]
    policies: frozenset[str]


@dataclass(frozen=True)
class State:
    """What the machine's invariants compare before and after a turn."""

    logged_in: str | None
    """The person's id."""
    drafts: dict[str, str] = field(default_factory=dict)
    """Status by id, of all people of the dialogue."""
    answers: dict[str, int] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    """Whose each is, by number."""


class Truth:
    """The backend's tables."""

    def __init__(self, var: Path) -> None:
        self._file = var / "backend.db"

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file, timeout=20)) as connection, connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def _all(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self._open() as connection:
            return connection.execute(statement, values).fetchall()

    def accounts(self, market: str) -> list[Account]:
        """The accounts of a market whose people have a policy in force, always in the same order."""
        found = self._all(
            "SELECT a.person_id, a.username, a.email, p.first_name, p.last_name FROM accounts a"
            " JOIN people p ON p.id = a.person_id WHERE p.market = ? AND EXISTS (SELECT 1 FROM memberships m"
            " JOIN policies q ON q.number = m.policy_number WHERE m.person_id = p.id AND q.status = 'active'"
            " AND m.left_on IS NULL) AND a.username LIKE 'walker.%' ORDER BY p.last_name, p.first_name",
            market,
        )
        return [self._account(row) for row in found]

    def account(self, username: str) -> Account:
        """One of those whose names are known."""
        (found,) = self._all(
            "SELECT a.person_id, a.username, a.email, p.first_name, p.last_name FROM accounts a"
            " JOIN people p ON p.id = a.person_id WHERE a.username = ?",
            username,
        )
        return self._account(found)

    def _account(self, row: sqlite3.Row) -> Account:
        person = row["person_id"]
        family = self._all(
            "SELECT first_name, last_name FROM people WHERE id = ? OR id IN"
            " (SELECT relative_id FROM family_relations WHERE person_id = ?)",
            person,
            person,
        )
        names = {f"{one['first_name']} {one['last_name']}" for one in family}
        policies = self._all(
            "SELECT number FROM policies WHERE holder_id = ? UNION SELECT policy_number FROM memberships"
            " WHERE person_id = ? OR principal_id = ?",
            person,
            person,
            person,
        )
        return Account(
            person,
            row["username"],
            row["email"],
            to_latin(row["first_name"]),
            frozenset(names | {to_latin(name) for name in names}),
            frozenset(one["number"] for one in policies),
        )

    def state(self, conversation_id: str, people: list[str]) -> State:
        """What is so for these people now; the log-in is that of the conversation."""
        marks = ",".join("?" * len(people))
        login = self._all(
            "SELECT person_id FROM logins WHERE conversation_id = ? AND ended_at IS NULL"
            " AND used_at > datetime('now', '-300 seconds')",
            conversation_id,
        )
        drafts = self._all(
            "SELECT d.id, d.status, COUNT(a.id) AS answers FROM drafts d LEFT JOIN draft_answers a"
            f" ON a.draft_id = d.id WHERE d.person_id IN ({marks}) GROUP BY d.id",
            *people,
        )
        requests = self._all(f"SELECT number, person_id FROM requests WHERE person_id IN ({marks})", *people)
        return State(
            login[0]["person_id"] if login else None,
            {row["id"]: row["status"] for row in drafts},
            {row["id"]: row["answers"] for row in drafts},
            {row["number"]: row["person_id"] for row in requests},
        )

    def open_drafts(self, person_id: str) -> list[str]:
        """The ids of somebody's open drafts."""
        found = self._all("SELECT id FROM drafts WHERE status = 'open' AND person_id = ?", person_id)
        return [row["id"] for row in found]

    def newest_code(self, address: str) -> str:
        """The six digits last sent to the address."""
        mails = self._all(
            "SELECT body FROM mails WHERE recipient = ? ORDER BY created_at DESC LIMIT 5", address
        )
        return next(found.group() for mail in mails if (found := SIX_DIGITS.search(mail["body"])))

    def open_accounts(self) -> None:
        """An account for every grown-up with a policy, with the password of the others."""
        with self._open() as connection:
            connection.execute(
                "INSERT INTO accounts (person_id, username, username_key, password_hash, email, created_at)"
                " SELECT p.id, 'walker.' || p.id, 'walker.' || p.id, (SELECT password_hash FROM accounts LIMIT 1),"
                " p.email, (SELECT created_at FROM accounts LIMIT 1) FROM people p WHERE p.email IS NOT NULL"
                " AND p.id NOT IN (SELECT person_id FROM accounts) AND p.birth_date < '2000-01-01'"
                " AND (SELECT COUNT(*) FROM people q WHERE q.email = p.email) = 1"
            )

    def drop_drafts(self, people: list[str]) -> None:
        """What earlier dialogues of these people left behind is out of the way."""
        marks = ",".join("?" * len(people))
        with self._open() as connection:
            connection.execute(
                f"UPDATE drafts SET status = 'discarded' WHERE status = 'open' AND person_id IN ({marks})",
                people,
            )

    def end_login(self, conversation_id: str) -> None:
        """As if the customer had been silent for a long time."""
        self._move(
            "UPDATE logins SET used_at = ? WHERE conversation_id = ? AND ended_at IS NULL", conversation_id
        )

    def expire_code(self, conversation_id: str) -> None:
        """As if the code had been sent long ago."""
        self._move(
            "UPDATE one_time_codes SET expires_at = ? WHERE login_link_id IN"
            " (SELECT id FROM login_links WHERE conversation_id = ?)",
            conversation_id,
        )

    def _move(self, statement: str, conversation_id: str) -> None:
        with self._open() as connection:
            connection.execute(statement, (LONG_AGO, conversation_id))
