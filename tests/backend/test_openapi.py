"""Every documented call with generated input: never a 5xx, only documented answers of the documented form.

One backend for all calls, with a person logged in in the conversation `open`, and staff: an agent at the desk, and an
administrator who logs in anew for each call, because some calls end log-ins.
"""

from collections.abc import Iterator
from datetime import date

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from backend.accounts.models import Conversation, Login
from backend.app import create_app
from backend.database import utc_now
from backend.people.models import Person
from backend.settings import Settings
from backend.staff.members import find_by_name
from backend.staff.sessions import start_session
from tests.backend.conftest import copy_database
from tests.backend.staffing import hire

# These end or replace log-ins: they have a conversation of their own.
LOGIN_STEPS = ("/login", "/login-links", "/codes", "/codes/verify", "/conversations/{conversation_id}")
# Read by a person or a probe, without a service token.
PAGES_AND_PROBES = {"/healthz", "/readyz", "/mailbox", "/mailbox.json", "/mailbox/{mail_id}/attachment"}


@pytest.fixture(scope="module")
def whole_app(template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    folder = tmp_path_factory.mktemp("openapi")
    with copy_database(template_database, folder) as url:
        app = create_app(
            Settings(
                _env_file=None,
                database_url=url,
                files_folder=folder / "files",
                background_work=False,
                login_idle_seconds=86_400,
                login_absolute_seconds=86_400,
            )
        )
        with app.state.session_factory.begin() as session:
            person = Person(
                market="it",
                first_name="Mario",
                last_name="Rossi",
                birth_date=date(1980, 1, 2),
                sex="m",
                national_id="RSSMRA80A02F205X",
                email="mario@example.org",
                language="it",
                script="Latn",
                city="Milano",
            )
            session.add(person)
            for name in ("open", "steps"):
                session.add(Conversation(conversation_id=name, market="it", channel="website", language="it"))
            session.flush()
            session.add(
                Login(conversation_id="open", person_id=person.id, started_at=utc_now(), used_at=utc_now())
            )
        for name, role in (("agent", "agent"), ("boss", "administrator"), ("other", "agent")):
            hire(app.state.session_factory, app.state.settings, name, role)
        yield app


def staff_token(app: FastAPI, username: str) -> str:
    with app.state.session_factory.begin() as session:
        staff = find_by_name(session, username)
        assert staff is not None
        return start_session(session, staff, app.state.settings, "totp")[1]


def id_of(app: FastAPI, username: str) -> str:
    with app.state.session_factory() as session:
        staff = find_by_name(session, username)
        assert staff is not None
        return staff.id


# The document needs no database: this app never opens one.
schema = schemathesis.openapi.from_dict(
    create_app(Settings(_env_file=None, database_url="sqlite://", background_work=False)).openapi()
)


@schema.parametrize()
@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_call_answers_as_documented(case: schemathesis.Case, whole_app: FastAPI) -> None:
    if "conversation_id" in case.path_parameters:
        case.path_parameters["conversation_id"] = "steps" if case.path.endswith(LOGIN_STEPS) else "open"
    if "staff_id" in case.path_parameters:
        case.path_parameters["staff_id"] = id_of(whole_app, "other")
    asking = "agent" if case.path.startswith("/desk/") else "boss"
    given: Settings = whole_app.state.settings
    token = given.actions_token if case.path.endswith("/login-links") else given.connectors_token
    case.call_and_validate(
        app=whole_app,
        headers={
            "Authorization": f"Bearer {token.get_secret_value()}",
            "X-Staff-Token": staff_token(whole_app, asking),
        },
        checks=[not_a_server_error, status_code_conformance, response_schema_conformance],
    )


def test_every_operation_says_what_it_does_and_how_it_fails(whole_app: FastAPI) -> None:
    for path, operations in whole_app.openapi()["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path} has no description"
            if path not in PAGES_AND_PROBES:
                assert "401" in operation["responses"], f"{method} {path} does not say 401"
                assert operation["security"], f"{method} {path} needs no service token"
