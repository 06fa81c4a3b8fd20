"""Wires the simulators: the vendors' stand-ins at their own paths, and the page on which one plays customers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from simulators.chats import Chats, EntryUnknown, Messenger, NotPossible
from simulators.phone_api import phone_api
from simulators.vendors import vendors

STATIC = Path(__file__).parent / "static"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


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

    @app.middleware("http")
    async def add_headers(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await go_on(request)
        if request.url.path.startswith("/phone"):
            response.headers["Content-Security-Policy"] = PAGE_POLICY
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Cache-Control"] = "no-cache"
        return response

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


def create_from_settings() -> FastAPI:
    """With the accounts of the settings; what a server runs."""
    chats = Chats()
    return create_app(chats, vendors(chats))
