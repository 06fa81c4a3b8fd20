"""Answers written once: texts `canned_…`, chosen in the customer's language and script.

One whose fields are not all known (a first name before the log-in) is not offered: half a sentence is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.care.access import StaffMember
from connectors.care.open_conversation import Opened
from connectors.core.backend_client import BackendRefused, BackendUnavailable, Market
from connectors.core.conversations import Voice
from connectors.core.gateway import Gateway
from locales import texts
from locales.script import normalise

PREFIX = "canned_"


@dataclass(frozen=True)
class CannedAnswer:
    """`title` is what the agent reads, `text` what the customer gets; `words` is what a search looks at."""

    key: str
    title: str
    text: str
    language: str
    words: str


def offered(customer: Voice, agent: Voice, fields: Mapping[str, str]) -> list[CannedAnswer]:
    """Every canned answer whose fields are known, in the order of the file."""
    known = {name: value for name, value in fields.items() if value}
    found = []
    for key, text in texts.load(customer.language).items():
        if not key.startswith(PREFIX) or not text.placeholders <= known.keys():
            continue
        # Names are data: a Serbian name is in Cyrillic for Serbian readers of Cyrillic only, `say` sees to it.
        title, written = agent.say(key, **known), customer.say(key, **known)
        found.append(CannedAnswer(key, title, written, customer.tag, normalise(f"{title} {written}")))
    return found


async def known_fields(
    gateway: Gateway, agent: StaffMember, opened: Opened, market: Market | None
) -> dict[str, str]:
    """What such texts can be filled with now; what is not known is not there."""
    first_name = ""
    try:
        login = await gateway.backend.get_login(opened.conversation.id)
        if login is not None and login.state == "logged_in":
            first_name = login.first_name or ""
    except (BackendRefused, BackendUnavailable):
        # Without a name: those that need one are not offered.
        pass
    fields = {"first_name": first_name, "agent": agent.name}
    if market is not None:
        phones = market.care.phones
        fields |= {
            "phone": phones[0] if phones else "",
            "email": market.care.email or "",
            "emergency": str(market.emergency[0]["number"]) if market.emergency else "",
        }
    return {name: value for name, value in fields.items() if value}
