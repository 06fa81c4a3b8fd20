"""What is logged can be read by anybody who runs the machine: no secret is in it."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from fastapi.testclient import TestClient

from backend.logging import configure_logging
from tests.backend.conftest import PASSWORD, LogIn


@pytest.fixture(autouse=True)
def configured_logging(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logging("DEBUG")
    # The tests' own client would log the addresses it calls.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_a_log_in_logs_no_password_code_or_token(
    backend: TestClient,
    milica: str,
    open_link: LogIn,
    newest_code: Callable[[], str],
    capfd: pytest.CaptureFixture[str],
) -> None:
    token = open_link("c1")
    backend.post(f"/login-links/{token}/password", json={"username": "milica", "password": PASSWORD})
    code = newest_code()
    backend.post("/conversations/c1/codes/verify", json={"code": code})
    backend.get("/conversations/c1/unknown?email=milica@example.org")
    logged = capfd.readouterr().err
    lines = [json.loads(line) for line in logged.splitlines() if line.startswith("{")]
    assert {"/login-links/{token}/password", "/conversations/{conversation_id}/codes/verify"} <= {
        line.get("route") for line in lines
    }
    assert {line["conversation_id"] for line in lines if line.get("conversation_id")} == {"c1"}
    for secret in (PASSWORD, token, f'"{code}"', "milica@example.org"):
        assert secret not in logged


def test_a_value_under_a_secret_s_name_is_never_written(capfd: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger().info(
        "told", code="123456", new_password="hunter2", email="a@example.org", ok="yes"
    )
    line = json.loads(capfd.readouterr().err)
    assert (line["code"], line["new_password"], line["email"], line["ok"]) == (*["[redacted]"] * 3, "yes")


@pytest.mark.parametrize("how", ["ours", "of a library"])
def test_an_exception_is_told_by_type_and_place_and_not_by_its_words(
    capfd: pytest.CaptureFixture[str], how: str
) -> None:
    """PostgreSQL: `DETAIL: Key (email)=(...) already exists`; pydantic: `input_value=...`."""
    configure_logging("DEBUG")  # of the standard error of this moment
    try:
        try:
            raise KeyError("ana@example.org")
        except KeyError as error:
            raise ValueError("MRI of Ana Rossi") from error
    except ValueError as error:
        if how == "ours":
            structlog.get_logger().error("unexpected_error", exc_info=error)
        else:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    logged = capfd.readouterr().err
    line = json.loads(logged)
    assert [told["type"] for told in line["exception"]] == ["ValueError", "KeyError"]
    assert "test_logging.py" in line["exception"][0]["at"][-1]
    assert "Rossi" not in logged and "ana@" not in logged


def test_a_call_that_breaks_shows_no_data_in_the_log(
    backend: TestClient,
    milica: str,
    log_in: LogIn,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log_in("c1", "milica")

    def fail(*_: object) -> None:
        raise RuntimeError("Јовановић")

    monkeypatch.setattr("backend.people.routes.mask_email", fail)
    assert backend.get("/conversations/c1/me").json() == {"error": "internal_error", "detail": {}}
    logged = capfd.readouterr().err
    assert "unexpected_error" in logged and "RuntimeError" in logged
    assert "Јовановић" not in logged and ascii("Јовановић")[1:-1] not in logged
