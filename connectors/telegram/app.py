"""The Telegram channel as a route of the gateway's app."""

from fastapi import FastAPI

from connectors.telegram import webhook
from connectors.telegram.channel import TelegramChannel


def install_telegram(app: FastAPI, channel: TelegramChannel) -> None:
    """Take updates of the channel's accounts."""
    app.state.telegram = channel
    app.include_router(webhook.router)
