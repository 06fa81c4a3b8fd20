"""What stands in the transcript for something that cannot stand there itself: a voice message, words taken back."""

from connectors.core.conversations import Voice
from locales import texts

TAKEN_BACK = "taken_back"
CONTACT = "contact"
# Vendors' names for what is the same to a reader.
_SAME = {"video_note": "video", "contacts": CONTACT}


def stand_in(voice: Voice, kind: str) -> str:
    """`[voice message]` in the conversation's language; a kind that nobody here has heard of gets general words."""
    key = f"shown_{_SAME.get(kind, kind)}"
    return voice.say(key if texts.has(key, voice.language) else "shown_other")
