"""The website channel as routes and static files, to be mounted on the gateway's app."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from connectors.settings import Settings
from connectors.website import (
    account_pages,
    api_docs,
    calendar_files,
    callbacks,
    card_pages,
    demo_pages,
    incoming,
    outgoing,
    secure_pages,
    sent_file_pages,
    widget_texts,
)

STATIC = Path(__file__).parent / "static"


class FreshFiles(StaticFiles):
    """Static files that browsers check for a newer version each time (ETag answers quickly)."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


def install_website(app: FastAPI, settings: Settings) -> None:
    """Add everything browsers need."""
    routers: list[APIRouter] = [
        incoming.router,
        outgoing.router,
        widget_texts.router,
        secure_pages.router,
        account_pages.router,
        callbacks.router,
        card_pages.router,
        sent_file_pages.router,
        calendar_files.router,
        api_docs.router,
    ]
    if settings.demo:
        routers.append(demo_pages.router)
    for router in routers:
        app.include_router(router)
    app.mount("/widget", FreshFiles(directory=STATIC / "widget"), name="widget")
    app.mount("/pages", FreshFiles(directory=STATIC / "pages"), name="pages")
