"""The bots of all accounts and what their calls may end with, in the core's words.

Tokens are parts of addresses here: no address is ever logged.
"""

import contextlib
import re
import ssl
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache

import httpx
import structlog
from telegram import Bot
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from connectors.core.channel import CustomerGone, DeliveryFailed, WindowClosed
from connectors.core.pace import Pace, Rate
from connectors.settings import TelegramAccount

log = structlog.get_logger()
# Telegram's limits: 30 messages a second of a bot; one a second in a chat, with a few at once after a rest.
OF_A_BOT = (1 / 30, 30)
AT_ONCE_IN_A_CHAT = 3
# Nobody mends a wrong token within seconds.
TOKEN_WRONG_SECONDS = 60
TIMEOUT_SECONDS = 20
CONNECTIONS = 64
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|https?://\S+")
_BLOCKED = "blocked by the user"
# The chat is not there, or its owner's account is gone.
_GONE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user is deactivated",
    "input_user_deactivated",
)


class CallRefused(Exception):
    """Telegram does not take a call as it is, and will not take it later.

    `reason` is its description without what it quotes: that is ours, and may be a link or what somebody said.
    """

    def __init__(self, description: str) -> None:
        self.reason = _QUOTED.sub("…", description)
        super().__init__(self.reason)


class TelegramBots:
    """One bot an account; `chat_seconds` between two messages in one chat."""

    def __init__(self, accounts: Sequence[TelegramAccount], api_url: str, chat_seconds: float) -> None:
        self.accounts = {account.name: account for account in accounts}
        self._pace = Pace()
        self._chat_seconds = chat_seconds
        # One pool of connections for all bots; asking for updates would hold up one of them for long.
        polled = sum(account.mode == "polling" for account in accounts)
        self._calls, self._polls = _pool(CONNECTIONS), _pool(max(1, polled))
        self._bots = {account.name: self._make(account, api_url) for account in accounts}
        # Streams files; the library would hold each in memory.
        self.http = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, verify=_trusted(), trust_env=False)

    def bot(self, name: str) -> Bot:
        """The bot of an account; raises DeliveryFailed for one that is not set up any more."""
        if name not in self._bots:
            raise DeliveryFailed("account_unknown")
        return self._bots[name]

    async def close(self) -> None:
        await self.http.aclose()
        await self._calls.shutdown()
        await self._polls.shutdown()

    async def wait_for_turn(self, name: str, chat: int) -> None:
        """Wait until a message may be sent to the chat."""
        in_chat = Rate(f"{name}:{chat}", self._chat_seconds, AT_ONCE_IN_A_CHAT)
        await self._pace.wait(in_chat, Rate(name, *OF_A_BOT))

    @contextlib.contextmanager
    def calling(self, name: str, chat: int) -> Iterator[None]:
        """Turns the library's errors into WindowClosed, CustomerGone, CallRefused and DeliveryFailed."""
        try:
            yield
        except RetryAfter as error:
            seconds = seconds_to_wait(error)
            self._pace.hold(f"{name}:{chat}", seconds)
            raise DeliveryFailed("rate_limited", seconds) from None
        except Forbidden as error:
            if _BLOCKED in error.message.lower():
                # Who lifts the block writes, and gets what waited.
                raise WindowClosed from None
            raise CustomerGone from None
        except BadRequest as error:
            if any(words in error.message.lower() for words in _GONE):
                raise CustomerGone from None
            raise CallRefused(error.message) from None
        except InvalidToken:
            log.error("telegram_token_refused", account=name)
            raise DeliveryFailed("token_refused", TOKEN_WRONG_SECONDS) from None
        except TelegramError as error:
            # Without the cause: it carries the address, and with it the token.
            raise DeliveryFailed(type(error).__name__) from None

    def _make(self, account: TelegramAccount, api_url: str) -> Bot:
        return Bot(
            account.token.get_secret_value(),
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=self._calls,
            get_updates_request=self._polls,
        )


@lru_cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed; reading the list takes longer than all the rest of starting."""
    return httpx.create_ssl_context(trust_env=False)


def _pool(connections: int) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=TIMEOUT_SECONDS,
        write_timeout=TIMEOUT_SECONDS,
        connect_timeout=5,
        pool_timeout=TIMEOUT_SECONDS,
        httpx_kwargs={"trust_env": False, "verify": _trusted()},
    )


def seconds_to_wait(error: RetryAfter) -> float:
    """What Telegram asks for."""
    wait = error.retry_after
    return max(1.0, wait.total_seconds() if isinstance(wait, timedelta) else wait)


def make_address(account: str, chat: int) -> str:
    """A conversation's address."""
    return f"{account}:{chat}"


def read_address(address: str) -> tuple[str, int]:
    """The account and the chat of an address."""
    account, _, chat = address.rpartition(":")
    return account, int(chat)
