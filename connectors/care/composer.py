"""What an agent writes an answer with, and the bounds of it."""

from typing import Any

from connectors.care.new_ids import new_answer_id
from connectors.core.typed_text import MAX_LENGTH, clean_typed_text

# As many and as long as every channel shows as buttons in full.
MOST_REPLIES = 3
LONGEST_REPLY = 20


def composer_values() -> dict[str, Any]:
    """What the forms for answers and notes need beside the conversation."""
    return {
        "longest": MAX_LENGTH,
        "answer_id": new_answer_id(),
        "most_replies": MOST_REPLIES,
        "longest_reply": LONGEST_REPLY,
    }


def read_replies(given: list[str]) -> list[str]:
    """Titles of quick replies: on one line, each once, without those left empty."""
    titles = (" ".join(clean_typed_text(one).split()) for one in given)
    return list(dict.fromkeys(title for title in titles if title))
