"""Logs as one JSON object a line. Bodies, headers, query strings and raw paths (tokens!) are never logged.

Nor are the words of exceptions: a driver or a validator quotes the values that it stumbled over.
"""

import logging
import sys
import time
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REDACTED = "[redacted]"
SECRET_WORDS = ("password", "token", "secret", "hash_key", "authorization", "smtp_url")
SECRET_NAMES = frozenset({"code", "codes", "email", "phone", "username", "national_id", "iban"})
MOST_FRAMES, MOST_CAUSES = 12, 4
QUIET_ROUTES = frozenset({"/healthz", "/readyz"})

log = structlog.get_logger()


def configure_logging(level: str) -> None:
    """Everything of this process, also what libraries log, as JSON to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact_secrets,
        tell_where,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        # Looked up at each line: whoever redirects standard error gets the lines.
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # A driver's debug lines hold the values of statements; a mail library's hold mails.
    for name in ("sqlalchemy", "psycopg", "aiosmtplib", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)


def redact_secrets(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last net: a value under a secret's name is not written, whoever logs it."""
    for name in event:
        if name in SECRET_NAMES or any(word in name.lower() for word in SECRET_WORDS):
            event[name] = REDACTED
    return event


def tell_where(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an exception its type and the lines it came through, its causes with it; never what it says."""
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]  # as the standard library hands it over
    elif error is True:
        error = sys.exception()
    told: list[dict[str, Any]] = []
    while isinstance(error, BaseException) and len(told) < MOST_CAUSES:
        frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
        lines = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        told.append({"type": type(error).__qualname__, "at": lines})
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if told:
        event["exception"] = told
    return event


class RequestLog:
    """One line a request: the route's template (a raw path may hold a token), status, time, conversation."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            path = getattr(scope.get("route"), "path", None)
            if path not in QUIET_ROUTES or status >= 400:
                log.info(
                    "request",
                    method=scope["method"],
                    route=path,
                    status=status,
                    milliseconds=round((time.perf_counter() - started) * 1000, 1),
                    conversation_id=scope.get("path_params", {}).get("conversation_id"),
                )
