"""Which approved template tells a message once WhatsApp takes nothing else, and what is filled into it.

The registry is the account's `templates` in the settings: kind of news, Meta's name, the approved languages. Those
with `texts` are for agents to choose from and are sent for nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors.core.channel import ApprovedText
from connectors.core.messages import Message
from connectors.settings import WhatsAppAccount, WhatsAppTemplate
from connectors.whatsapp.formatting import cut

LONGEST_VALUE = 900
# Codes that mean: this template is not there, paused, or has another form than the registry says.
TEMPLATE_WRONG = frozenset({132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068, 132069})
# Meta keeps this customer from being written to unasked, for now.
NOT_WANTED_NOW = frozenset({130472, 131049, 131050})


@dataclass(frozen=True)
class Chosen:
    """A template in the language of the conversation."""

    template: WhatsAppTemplate
    language: str

    def payload(self, message: Message) -> dict[str, Any]:
        """As the API wants it, without whom it goes to."""
        chosen = message.approved.values if message.approved is not None else {}
        values = {**message.news_values, "text": message.text, **chosen}
        texts = [cut(values.get(name, ""), LONGEST_VALUE)[0] or "–" for name in self.template.parameters]
        components: list[dict[str, Any]] = []
        if texts:
            filled = [{"type": "text", "text": text} for text in texts]
            components.append({"type": "body", "parameters": filled})
        if self.template.button and message.buttons:
            pressed = [{"type": "payload", "payload": message.buttons[0].token}]
            components.append(
                {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": pressed}
            )
        named = {"name": self.template.name, "language": {"policy": "deterministic", "code": self.language}}
        return {"type": "template", "template": {**named, "components": components}}


def choose(account: WhatsAppAccount, message: Message) -> Chosen | None:
    """What an agent chose; or one for this kind of news, else one that asks to write to us. None where there is none."""
    if message.approved is not None:
        named = [t for t in account.templates if t.texts and t.name == message.approved.name]
        return _in_language(named, message.language)
    fitting = [t for t in account.templates if message.news is not None and message.news in t.news]
    return _in_language([*fitting, *(t for t in account.templates if t.is_last_resort)], message.language)


def for_agents(account: WhatsAppAccount, tag: str) -> list[ApprovedText]:
    """What agents may choose for a customer who is spoken to in `tag`."""
    found = []
    for template in account.templates:
        key = _variant(template, tag)
        if template.texts and key is not None:
            found.append(ApprovedText(template.name, template.texts[key], template.parameters))
    return found


def _in_language(templates: Iterable[WhatsAppTemplate], tag: str) -> Chosen | None:
    """The first that was approved in the customer's language."""
    for template in templates:
        key = _variant(template, tag)
        if key is not None:
            return Chosen(template, template.languages[key])
    return None


def _variant(template: WhatsAppTemplate, tag: str) -> str | None:
    """The key of the language, with the script where they differ."""
    return next((key for key in (tag, tag.partition("-")[0]) if template.languages.get(key)), None)
