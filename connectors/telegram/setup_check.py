"""Whether a bot is set up: its token, its webhook at Telegram, and our own door that the webhook leads to."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from connectors.findings import Finding, bad, good
from connectors.settings import Settings, TelegramAccount
from connectors.telegram.polling import KINDS

VARIABLE = "CONNECTORS_TELEGRAM_ACCOUNTS"
# Telegram's record of its last failure stays for ever: an old one says nothing.
RECENT = timedelta(hours=1)


async def check_bot(
    account: TelegramAccount, settings: Settings, web: httpx.AsyncClient, set_up: bool
) -> list[Finding]:
    """What is right and what is not; with `set_up` the webhook is put right first. `web` reaches our public address."""
    bot = Bot(account.token.get_secret_value(), base_url=f"{settings.telegram_api_url}/bot")
    try:
        me = await bot.get_me()
    except InvalidToken:
        advice = f"Ask @BotFather for it (/mybots, the bot, API Token) and put it into {VARIABLE}."
        return [bad("Telegram does not know the token.", advice)]
    except TelegramError as error:
        advice = "Is the network there? CONNECTORS_TELEGRAM_API_URL is for simulators only."
        return [bad(f"{settings.telegram_api_url} does not answer ({type(error).__name__}).", advice)]
    found = [good(f"The token is that of @{me.username}.")]
    try:
        if account.mode == "polling":
            return [*found, await _check_polling(bot, set_up)]
        return [*found, *await _check_webhook(bot, account, settings, web, set_up)]
    except TelegramError as error:
        return [*found, bad(f"Telegram refused: {error.message}", "Try again; if it stays, ask @BotSupport.")]


async def _check_polling(bot: Bot, set_up: bool) -> Finding:
    if set_up:
        await bot.delete_webhook(drop_pending_updates=False)
    info = await bot.get_webhook_info()
    if info.url:
        return bad(
            f"Mode is polling, but a webhook is set: {info.url}",
            "The gateway removes it when it starts; so does `make channels SET=1`.",
        )
    return good("Mode is polling, and no webhook is in its way.")


async def _check_webhook(
    bot: Bot, account: TelegramAccount, settings: Settings, web: httpx.AsyncClient, set_up: bool
) -> list[Finding]:
    path = f"/webhooks/telegram/{account.name}"
    wanted = settings.public_url + path
    if settings.telegram_api_url.startswith("https://") and urlsplit(wanted).scheme != "https":
        return [bad(f"Telegram does not call {wanted}.", HTTPS_ADVICE)]
    if set_up:
        await bot.set_webhook(
            wanted, secret_token=account.webhook_secret.get_secret_value(), allowed_updates=KINDS
        )
    info = await bot.get_webhook_info()
    if info.url != wanted:
        text = f"The webhook is {info.url or 'not set'}, it should be {wanted}."
        return [bad(text, "Run `make channels SET=1`.")]
    found = [good(f"The webhook is {wanted}.")]
    found += _look_at_failures(info)
    found.append(await _check_door(account, wanted, web))
    return found


HTTPS_ADVICE = (
    "Set CONNECTORS_PUBLIC_URL to the https address of a tunnel or proxy that leads to the gateway, "
    'or the account\'s "mode" to "polling".'
)


def _look_at_failures(info: WebhookInfo) -> list[Finding]:
    last, since = info.last_error_date, datetime.now(UTC) - RECENT
    if last is None or last < since or not info.pending_update_count:
        return []
    text = f"Telegram could not deliver at {last:%H:%M} UTC: {info.last_error_message}; {info.pending_update_count} wait."
    if "401" in (info.last_error_message or ""):
        return [bad(text, "It knows another secret than we do: run `make channels SET=1`.")]
    return [bad(text, "Is the gateway running, and does the tunnel or proxy lead to it?")]


async def _check_door(account: TelegramAccount, url: str, web: httpx.AsyncClient) -> Finding:
    """Knock as Telegram does. An update without content is taken and means nothing."""
    secret = {"X-Telegram-Bot-Api-Secret-Token": account.webhook_secret.get_secret_value()}
    try:
        with_secret = await web.post(url, json={"update_id": 0}, headers=secret)
        without = await web.post(url, json={"update_id": 0})
    except httpx.HTTPError as error:
        text = f"The gateway does not answer at {url} ({type(error).__name__})."
        return bad(text, "Is it running, and does the tunnel or proxy lead to it?")
    if (with_secret.status_code, without.status_code) == (200, 401):
        return good("The gateway answers there and knows the secret.")
    if with_secret.status_code == 401:
        text = "The gateway that answers there has another secret, or no such account."
        return bad(text, "Start it again with the settings of this computer.")
    codes = f"{with_secret.status_code} with the secret, {without.status_code} without"
    return bad(f"Something else than the gateway answers there: {codes}.", "Look at the tunnel or proxy.")
