"""The Telegram channel: updates come in as calls of the core's reception, messages go out as Bot API calls."""
