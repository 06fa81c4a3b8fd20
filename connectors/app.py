"""Wires the gateway: settings, core, channels, error handlers, headers. `create_app` is what a server runs."""

import contextlib
import re
from collections.abc import AsyncIterator

import httpx
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from connectors.care.app import install_care
from connectors.core.channel import Channel
from connectors.core.gateway import Gateway
from connectors.core.limits import Limits
from connectors.errors import install_error_handlers
from connectors.http_guard import HttpGuard
from connectors.settings import Settings, get_settings
from connectors.telegram.app import install_telegram
from connectors.telegram.channel import TelegramChannel
from connectors.website.app import install_website
from connectors.website.outgoing import WebsiteChannel
from connectors.whatsapp.app import install_whatsapp
from connectors.whatsapp.outgoing import WhatsAppChannel

DESCRIPTION = """The website channel: open a conversation, post a text, a button or a file, read events.
Any client may use it; the chat widget under `/widget/care-chat.js` is one."""

# Both read nothing of a body before they know who sends it, and how large it may be.
UPLOADS = re.compile(r"/api/website/conversations/[^/]+/files|/care/conversations/[^/]+/answer")


def create_app(
    settings: Settings | None = None,
    rasa_transport: httpx.AsyncBaseTransport | None = None,
    backend_transport: httpx.AsyncBaseTransport | None = None,
    graph_transport: httpx.AsyncBaseTransport | None = None,
) -> FastAPI:
    """The gateway as an ASGI app; tests pass settings and put fakes in the place of Rasa, the backend and vendors."""
    settings = settings or get_settings()
    channels: list[Channel] = [WebsiteChannel()]
    telegram = TelegramChannel(settings) if settings.telegram_accounts else None
    if telegram is not None:
        channels.append(telegram)
    if settings.whatsapp_accounts:
        channels.append(WhatsAppChannel(settings, graph_transport, backend_transport))
    gateway = Gateway(settings, channels, rasa_transport=rasa_transport, backend_transport=backend_transport)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with gateway.running():
            yield

    app = FastAPI(
        title="CARE connectors",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.gateway = gateway
    app.state.limits = Limits()
    install_error_handlers(app)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.embedding_origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID"],
        expose_headers=["Retry-After"],
        max_age=3600,
    )
    app.add_middleware(
        HttpGuard,
        https=settings.public_url.startswith("https://"),
        uploads=UPLOADS,
        pressure=gateway.pressure,
    )

    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    async def readyz() -> dict[str, str]:
        """The database answers."""
        await gateway.database.ping()
        return {"status": "ok"}

    install_website(app, settings)
    if telegram is not None:
        install_telegram(app, telegram)
    install_whatsapp(app, settings)
    install_care(app, settings)
    return app
