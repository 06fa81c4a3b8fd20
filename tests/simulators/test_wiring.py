"""The simulators take a vendor's place in demo mode only, and never that of a messenger with real accounts."""

import json
from pathlib import Path

import httpx
import pytest

from connectors.settings import Settings
from scripts.demo_messengers import wire_simulators
from scripts.programs import Ports, environment, programs
from simulators.settings import Settings as SimulatorsSettings
from tests.connectors.gateway_world import World

REAL = json.dumps([{"name": "it", "market": "it", "token": "1:real", "webhook_secret": "real"}])


def test_both_sides_get_the_same_accounts() -> None:
    wired = wire_simulators(8002, 8000, {})
    for vendor in ("TELEGRAM", "WHATSAPP"):
        assert wired[f"CONNECTORS_{vendor}_ACCOUNTS"] == wired[f"SIMULATORS_{vendor}_ACCOUNTS"]
        assert [account["market"] for account in json.loads(wired[f"CONNECTORS_{vendor}_ACCOUNTS"])] == [
            "id",
            "rs",
            "it",
        ]
        assert wired[f"CONNECTORS_{vendor}_API_URL"] == "http://127.0.0.1:8002"


def test_no_token_of_a_real_account_goes_to_a_simulator() -> None:
    wired = wire_simulators(8002, 8000, {"CONNECTORS_TELEGRAM_ACCOUNTS": REAL})
    assert [name for name in wired if "TELEGRAM" in name] == []
    assert "SIMULATORS_WHATSAPP_ACCOUNTS" in wired


def test_production_gets_no_simulators() -> None:
    given = {"CONNECTORS_PROFILE": "production"}
    assert wire_simulators(8002, 8000, given) == {}
    env = environment(Ports(), Path("var"), given)
    assert "simulators" not in {program.name for program in programs(Ports(), env)}


def test_both_programs_read_what_they_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in wire_simulators(8102, 8100, {}).items():
        monkeypatch.setenv(name, value)
    settings = SimulatorsSettings(_env_file=None)
    assert [account.shown.title for account in settings.telegram_accounts] == [
        "CARE Indonesia",
        "CARE Serbia",
        "CARE Italy",
    ]
    assert len(settings.whatsapp_accounts) == 3
    gateway = Settings(_env_file=None)
    assert [account.market for account in gateway.telegram_accounts] == ["id", "rs", "it"]
    assert [account.market for account in gateway.whatsapp_accounts] == ["id", "rs", "it"]
    assert gateway.telegram_api_url == gateway.whatsapp_api_url == settings.own_url
    assert settings.connectors_url == "http://127.0.0.1:8100"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"simulators_url": "http://127.0.0.1:8002"}, 307),
        ({}, 404),
        ({"simulators_url": "http://127.0.0.1:8002", "profile": "production"}, 404),
    ],
)
async def test_the_gateway_leads_to_the_phone_in_demo_mode_only(
    changes: dict[str, str], status: int, tmp_path: Path
) -> None:
    if "profile" in changes:
        changes = changes | {
            "public_url": "https://chat.example.org",
            "backend_token": "x" * 32,
            "rasa_channel_token": "y" * 32,
        }
    world = World(Settings(_env_file=None, database_url=f"sqlite:///{tmp_path}/c.db", **changes))
    async with world.http as http:
        answer: httpx.Response = await http.get("/phone")
    assert answer.status_code == status
    assert answer.headers.get("location") == ("http://127.0.0.1:8002/phone" if status == 307 else None)
