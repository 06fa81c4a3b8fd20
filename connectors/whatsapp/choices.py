"""What a customer can choose below a message: as reply buttons where they fit, else as the rows of a list.

Ids are the tokens of the buttons. What does not fit on a list's first page is behind its last row, which the
gateway answers itself (more_choices).
"""

import re
from dataclasses import dataclass
from typing import Any

from connectors.core.conversations import Voice
from connectors.core.messages import Message
from connectors.whatsapp.formatting import cut

MOST_BUTTONS, LONGEST_TITLE = 3, 20
MOST_ROWS, LONGEST_ROW, LONGEST_DETAIL = 10, 24, 72
_MORE = re.compile(r"^more:(\d{1,9}):(\d{1,4})$")


@dataclass(frozen=True)
class Choice:
    """One button of ours; `detail` says what it is about where the title alone does not."""

    token: str
    title: str
    detail: str = ""

    @property
    def in_full(self) -> str:
        return f"{self.title}: {self.detail}" if self.detail else self.title


def choices_of(message: Message) -> list[Choice]:
    """All buttons of a message, those of its cards first, always in the same order."""
    with_buttons = [card for card in message.cards if card.buttons]
    found = []
    for card in with_buttons:
        for button in card.buttons:
            if len(with_buttons) == 1:
                found.append(Choice(button.token, button.title))
            elif len(card.buttons) == 1:
                found.append(Choice(button.token, card.title, button.title))
            else:
                found.append(Choice(button.token, button.title, card.title))
    return found + [Choice(button.token, button.title) for button in message.buttons]


def fit_buttons(choices: list[Choice]) -> bool:
    """Whether reply buttons can show them whole."""
    titles = [" ".join(choice.title.split()) for choice in choices]
    return (
        len(choices) <= MOST_BUTTONS
        and all(len(title) <= LONGEST_TITLE for title in titles)
        and len(set(titles)) == len(titles)
    )


def reply_buttons(choices: list[Choice]) -> dict[str, Any]:
    """The action of an interactive message with reply buttons."""
    replies = [{"id": choice.token, "title": " ".join(choice.title.split())} for choice in choices]
    return {"buttons": [{"type": "reply", "reply": reply} for reply in replies]}


def list_rows(message_number: int, choices: list[Choice], voice: Voice) -> dict[str, Any]:
    """The action of an interactive list; with more than ten rows the last one leads on."""
    rows = [_row(choice) for choice in choices]
    if len(rows) > MOST_ROWS:
        shown = MOST_ROWS - 1
        more = {
            "id": f"more:{message_number}:{shown}",
            "title": cut(voice.say("whatsapp_more"), LONGEST_ROW)[0],
        }
        rows = [*rows[:shown], more]
    return {"button": cut(voice.say("whatsapp_choose"), LONGEST_TITLE)[0], "sections": [{"rows": rows}]}


def cut_off(choices: list[Choice]) -> list[Choice]:
    """Those whose words do not all fit in a row: the text above has to say them."""
    return [choice for choice in choices if _row(choice).get("description", "").endswith("…")]


def read_more(row_id: str) -> tuple[int, int] | None:
    """Of the row that leads on: the number of the message, and how many of its choices were shown."""
    found = _MORE.match(row_id)
    return (int(found[1]), int(found[2])) if found else None


def _row(choice: Choice) -> dict[str, str]:
    title, rest = cut(choice.title, LONGEST_ROW)
    detail = " · ".join(part for part in (f"…{rest}" if rest else "", choice.detail) if part)
    row = {"id": choice.token, "title": title}
    return row | {"description": cut(detail, LONGEST_DETAIL)[0]} if detail else row
