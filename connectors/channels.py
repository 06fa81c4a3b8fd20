"""`python -m connectors.channels [--set]` (`make channels [SET=1]`): are the accounts at the messengers set up?

Shows each configured account with what is right and what is not; with `--set` it sets the webhooks first.
Ends with 1 when something is wrong.
"""

import asyncio
import sys
from collections.abc import Callable

import httpx
from pydantic import ValidationError

from connectors.findings import Finding
from connectors.settings import Settings
from connectors.telegram.setup_check import check_bot
from connectors.whatsapp.setup_check import check_number

SHOWN = "{vendor}, account {name}, market {market}"
NOTHING = (
    "No account is configured: CONNECTORS_TELEGRAM_ACCOUNTS and CONNECTORS_WHATSAPP_ACCOUNTS are empty, "
    "the messengers are not there.\nHow to get accounts: docs/telegram.md, docs/whatsapp.md."
)


async def check_all(
    settings: Settings,
    set_up: bool,
    say: Callable[[str], None] = print,
    web_transport: httpx.AsyncBaseTransport | None = None,
) -> bool:
    """Look at every account and tell; True when all is right. `web_transport` stands for the way to our own address."""
    if not settings.telegram_accounts and not settings.whatsapp_accounts:
        say(NOTHING)
        return True
    right = True
    async with httpx.AsyncClient(timeout=10, transport=web_transport, trust_env=False) as web:
        for bot in settings.telegram_accounts:
            say(SHOWN.format(vendor="Telegram", name=bot.name, market=bot.market))
            right &= _tell(await check_bot(bot, settings, web, set_up), say)
        for number in settings.whatsapp_accounts:
            say(SHOWN.format(vendor="WhatsApp", name=number.name, market=number.market))
            right &= _tell(await check_number(number, settings, web, set_up), say)
    return right


def _tell(found: list[Finding], say: Callable[[str], None]) -> bool:
    for finding in found:
        say(str(finding))
    return all(finding.right for finding in found)


def main() -> None:
    """The command."""
    try:
        settings = Settings()
    except ValidationError as error:
        # Without the values: some of them are secrets.
        for each in error.errors():
            print(f"{'.'.join(str(step) for step in each['loc'])}: {each['msg']}", file=sys.stderr)
        sys.exit(1)
    sys.exit(0 if asyncio.run(check_all(settings, "--set" in sys.argv[1:])) else 1)


if __name__ == "__main__":
    main()
