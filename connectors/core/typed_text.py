"""What is done to every typed text before anybody reads it. Nothing here knows what the text means."""

import re
import unicodedata

MAX_LENGTH = 5000
# Emoji are joined with these; at the edge of a text they are only a disguise.
JOINERS = "\u200c\u200d\ufe0f"


def clean_typed_text(text: str) -> str:
    """One composed form, no control or invisible characters, no blanks around; line breaks stay."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    visible = "".join(
        character
        for character in composed
        if character in "\n\t"
        or character in JOINERS
        or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
    )
    return re.sub(r"^[\s\u200c\u200d\ufe0f]+|[\s\u200c\u200d]+$", "", visible)


def disarm(text: str) -> str:
    """The text as the dialogue may get it: a leading slash would be executed as a command.

    `/restart` becomes `restart`, `/` becomes nothing.
    """
    return re.sub(r"^[/\s\u200c\u200d\ufe0f]+", "", text)
