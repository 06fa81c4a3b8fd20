"""What every HTTP answer gets and no request may exceed: security headers, and a limit on bodies.

Plain ASGI, so that event streams and uploads pass through unbuffered.
"""

import contextlib
import re

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.core.pressure import Pressure

# The largest text in four-byte characters, escaped, with room for its envelope.
MAX_BODY = 128 * 1024
# Messengers send batches of up to three megabytes.
MAX_WEBHOOK_BODY = 4 * 1024 * 1024
WEBHOOKS = "/webhooks/"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class HttpGuard:
    """Wraps the whole app. `uploads` matches the whole paths whose body may be large."""

    def __init__(self, app: ASGIApp, *, https: bool, uploads: re.Pattern[str], pressure: Pressure) -> None:
        self.app = app
        self.https = https
        self.uploads = uploads
        self.pressure = pressure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        if self.uploads.fullmatch(scope["path"]):
            await self.app(scope, receive, send_with_headers)
            return
        most = MAX_WEBHOOK_BODY if scope["path"].startswith(WEBHOOKS) else MAX_BODY
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not declared.isdigit() or int(declared) > most:
            refusal = JSONResponse({"error": "body_too_large", "detail": {"max_bytes": most}}, 413)
            await refusal(scope, receive, send_with_headers)
            return
        taken = 0
        taking = contextlib.ExitStack()

        async def receive_limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                # A body without a declared length that does not end: as good as a client that went away.
                return {"type": "http.disconnect"}
            whole = message["type"] == "http.request" and not message.get("more_body", False)
            if whole and most == MAX_WEBHOOK_BODY:
                # Not before it is here: whoever sends slowly holds up nobody.
                taking.enter_context(self.pressure.taking())
            return message

        with taking:
            await self.app(scope, receive_limited, send_with_headers)

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), camera=(self), payment=()")
        if headers.get("content-type", "").startswith("text/html"):
            headers.setdefault("Content-Security-Policy", PAGE_POLICY)
            headers.setdefault("X-Frame-Options", "DENY")
        if scope["path"].startswith("/widget/"):
            # Other websites load the widget; that is what it is for.
            headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin")
        elif not scope["path"].startswith("/api/"):
            headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if self.https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
