"""Wires the simulators: the vendors' stand-ins at their own paths, and the page on which one plays customers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.chats import Chats, EntryUnknown, Messenger, NotPossible
from simulators.phone_api import phone_api

STATIC = Path(__file__).parent / "static"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PageHeaders:
    """Headers of the page and of what it loads. Plain ASGI: nothing stands between a waiting reader and the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = PAGE_POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Cache-Control"] = "no-cache"
            await send(message)

        ours = scope["type"] == "http" and scope["path"].startswith("/phone")
        await self.app(scope, receive, send_with_headers if ours else send)


def create_app(chats: Chats, messengers: Sequence[Messenger]) -> FastAPI:
    """The program as an ASGI app; tests give it the vendors they need."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for messenger in messengers:
                await stack.enter_async_context(messenger.running())
            yield

    app = FastAPI(title="CARE simulators", lifespan=lifespan, docs_url=None, redoc_url=None)
    # Only this machine's browser: no other website may play with it by a name of its own.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost", "testserver"])

    app.add_middleware(PageHeaders)

    @app.get("/readyz")
    async def readyz() -> dict[str, str]:
        """It has nothing to wait for."""
        return {"status": "ok"}

    @app.get("/")
    async def home() -> Response:
        """There is but one page."""
        return RedirectResponse("/phone")

    @app.get("/phone")
    async def phone() -> Response:
        """The page."""
        return FileResponse(STATIC / "phone.html", media_type="text/html")

    @app.exception_handler(EntryUnknown)
    async def say_unknown(request: Request, error: Exception) -> Response:
        return JSONResponse({"detail": "no such message"}, 404)

    @app.exception_handler(NotPossible)
    async def say_not_possible(request: Request, error: Exception) -> Response:
        return JSONResponse({"detail": str(error)}, 409)

    app.include_router(phone_api(chats, {messenger.vendor: messenger for messenger in messengers}))
    for messenger in messengers:
        app.include_router(messenger.router)
    app.mount("/phone/static", StaticFiles(directory=STATIC), name="static")
    return app
