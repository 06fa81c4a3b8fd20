"""The stand-ins that have accounts. A further vendor is a line here."""

from simulators.chats import Chats, Messenger
from simulators.graph import GraphSimulator
from simulators.settings import Settings, get_settings
from simulators.telegram import TelegramSimulator


def vendors(chats: Chats, settings: Settings | None = None) -> list[Messenger]:
    """One stand-in a vendor that has accounts; each calls the gateway's webhooks."""
    settings = settings or get_settings()
    found: list[Messenger] = []
    if settings.telegram_accounts:
        found.append(TelegramSimulator(settings.telegram_accounts, chats, settings.connectors_url))
    if settings.whatsapp_accounts:
        graph = GraphSimulator(
            settings.whatsapp_accounts, chats, settings.connectors_url, own_url=settings.own_url
        )
        found.append(graph)
    return found
