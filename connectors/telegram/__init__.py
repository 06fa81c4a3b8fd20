"""The Telegram channel: updates come in as calls of the core's reception, messages go out as Bot API calls."""

import os

# The library's times as timedelta, as its next version has them; it warns at each answer of 429 otherwise.
os.environ.setdefault("PTB_TIMEDELTA", "true")
