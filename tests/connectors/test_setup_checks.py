"""`make channels`: what is wrong with an account is said in words, with what to do; against both simulators over HTTP."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.app import create_app
from connectors.channels import check_all, main
from connectors.core.models import Conversation, Turn
from connectors.settings import Settings
from simulators.accounts import TelegramAccount, WhatsAppAccount
from simulators.app import create_app as create_simulators
from simulators.chats import Chats
from simulators.graph import GraphSimulator
from simulators.telegram import TelegramSimulator
from tests.connectors.gateway_world import World
from tests.connectors.live_gateway import free_port, serve
from tests.connectors.messenger_storm import TELEGRAM, WHATSAPP


class Setup:
    """A gateway with an account at each vendor, and the settings of whoever runs the command."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.said: list[str] = []

    def check(self, set_up: bool = False, **changes: Any) -> bool:
        self.said = []
        settings = Settings.model_validate({**self.settings.model_dump(), **changes})
        return asyncio.run(check_all(settings, set_up, self.said.append))

    @property
    def problems(self) -> list[str]:
        return [line for line in self.said if "PROBLEM" in line]


@pytest.fixture
def setup(database_url: str) -> Iterator[Setup]:
    port = free_port()
    chats = Chats()
    gateway_url = f"http://127.0.0.1:{port}"
    telegram = TelegramSimulator([TelegramAccount.model_validate(TELEGRAM[0])], chats, gateway_url)
    graph = GraphSimulator([WhatsAppAccount.model_validate(WHATSAPP[0])], chats, gateway_url)
    with serve(create_simulators(chats, [telegram, graph])) as vendor_url:
        settings = Settings(
            _env_file=None,
            database_url=database_url,
            port=port,
            public_url=gateway_url,
            backend_url="http://127.0.0.1:9",
            telegram_accounts=TELEGRAM[:1],
            telegram_api_url=vendor_url,
            whatsapp_accounts=WHATSAPP[:1],
            whatsapp_api_url=vendor_url,
        )
        with serve(create_app(settings), port):
            yield Setup(settings)


def other(accounts: list[dict[str, Any]], **changes: Any) -> list[dict[str, Any]]:
    return [accounts[0] | changes]


def test_webhooks_are_missed_set_and_then_right(setup: Setup) -> None:
    elsewhere = {"public_url": "http://127.0.0.1:9"}
    assert not setup.check(**elsewhere)
    assert any("should be" in line for line in setup.problems)
    assert any("does not answer at http://127.0.0.1:9" in line for line in setup.problems)
    assert setup.check(set_up=True), setup.said
    assert setup.check() and setup.problems == []
    assert len([line for line in setup.said if "  ok  " in line]) == 6
    assert TELEGRAM[0]["token"] not in "".join(setup.said)
    assert not setup.check(telegram_accounts=other(TELEGRAM, mode="polling"))
    assert "polling" in setup.problems[0]
    assert setup.check(set_up=True, telegram_accounts=other(TELEGRAM, mode="polling"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        (
            {"telegram_accounts": other(TELEGRAM, token="1:wrong-token-of-a-bot-012345")},
            "does not know the token",
        ),
        ({"telegram_accounts": other(TELEGRAM, webhook_secret="another-secret")}, "has another secret"),
        ({"telegram_accounts": other(TELEGRAM, name="elsewhere")}, "should be"),
        ({"telegram_api_url": "http://127.0.0.1:9"}, "does not answer"),
        ({"whatsapp_accounts": other(WHATSAPP, access_token="wrong")}, "does not take the access token"),
        ({"whatsapp_accounts": other(WHATSAPP, phone_number_id="77")}, "no such phone number"),
        ({"whatsapp_accounts": other(WHATSAPP, app_secret="wrong")}, "another app_secret"),
        ({"whatsapp_accounts": other(WHATSAPP, verify_token="wrong")}, "another verify_token"),
        ({"whatsapp_api_url": "http://127.0.0.1:9"}, "does not answer"),
    ],
)
def test_each_mistake_is_named_with_what_to_do(setup: Setup, changes: dict[str, Any], problem: str) -> None:
    setup.check(set_up=True)
    assert not setup.check(**changes)
    [found] = setup.problems
    assert problem in found and "\n" in found, "no advice"
    for secret in ("webhook_secret", "token"):
        assert TELEGRAM[0][secret] not in found


def test_without_accounts_it_says_where_to_get_them(setup: Setup) -> None:
    assert setup.check(telegram_accounts=[], whatsapp_accounts=[])
    assert "docs/telegram.md" in setup.said[0]


def test_the_command_ends_with_one_and_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONNECTORS_TELEGRAM_ACCOUNTS", json.dumps([TELEGRAM[0], TELEGRAM[0]]))
    with pytest.raises(SystemExit) as ended:
        main()
    told = "".join(capsys.readouterr())
    assert ended.value.code == 1 and "two accounts have the same name" in told
    assert TELEGRAM[0]["token"] not in told


def test_knocking_at_the_door_leaves_nothing_behind(setup: Setup) -> None:
    setup.check(set_up=True)
    world = World(setup.settings)
    assert world.rows(Conversation.__table__) == [] and world.rows(Turn.__table__) == []
