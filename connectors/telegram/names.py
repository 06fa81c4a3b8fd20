"""The channel's name, as conversations and the backend know it."""

TELEGRAM = "telegram"
