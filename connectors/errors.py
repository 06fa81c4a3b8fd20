"""What can go wrong for a client of the gateway. Errors are facts with a status; one handler renders them.

A fault with `text_key` also carries `message`: what the customer may be shown, in the customer's language.
"""

from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

log = structlog.get_logger()


class Fault(Exception):
    """A fact the client is told as `{"error": code, "detail": {...}, "message"?: text}`."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    text_key: ClassVar[str | None] = None

    def __init__(self, message: str | None = None, **detail: Any) -> None:
        super().__init__(self.code)
        self.message = message
        self.detail = detail


class Told(BaseModel):
    """What a client is told of a fault."""

    error: str
    detail: dict[str, Any]
    message: str | None = Field(default=None, description="What the customer may be shown")


class RequestInvalid(Fault):
    """The call has another form than documented. What was given is never repeated."""

    status = 422
    code = "request_invalid"


class ConversationUnknown(Fault):
    """No such conversation, not this client's, or over: one answer for all three."""

    status = 401
    code = "conversation_unknown"


class MarketUnknown(Fault):
    status = 422
    code = "market_unknown"


class TextTooLong(Fault):
    """Nothing of it was stored or executed; the client still has the text."""

    status = 413
    code = "text_too_long"
    text_key = "system_text_too_long"


class BodyTooLarge(Fault):
    status = 413
    code = "body_too_large"


class TooManyRequests(Fault):
    status = 429
    code = "too_many_requests"
    text_key = "system_too_many_requests"


class FileRefused(Fault):
    """The backend's reason, passed on under its own name and status."""

    def __init__(self, status: int, code: str, message: str, detail: dict[str, Any]) -> None:
        super().__init__(message, **detail)
        self.refused_status = status
        self.refused_code = code


class BackendSilent(Fault):
    """Nothing was stored; the same call may be sent again."""

    status = 503
    code = "backend_unavailable"
    text_key = "system_try_again"


class PageUnknown(Fault):
    status = 404
    code = "not_found"


def tells(*faults: type[Fault]) -> dict[int | str, dict[str, Any]]:
    """The answers of a call beside its good one, for its OpenAPI description."""
    answers: dict[int | str, dict[str, Any]] = {}
    of_every_call: list[type[Fault]] = [RequestInvalid, BodyTooLarge, TooManyRequests]
    for fault in [*faults, *of_every_call]:
        known = answers.setdefault(fault.status, {"model": Told, "description": ""})
        known["description"] = ", ".join(filter(None, [known["description"], fault.code]))
    return answers


def render(fault: Fault) -> JSONResponse:
    """The fault as the client sees it."""
    status, code = fault.status, fault.code
    if isinstance(fault, FileRefused):
        status, code = fault.refused_status, fault.refused_code
    body: dict[str, Any] = {"error": code, "detail": fault.detail}
    if fault.message:
        body["message"] = fault.message
    headers = {"Cache-Control": "no-store"}
    if "retry_after" in fault.detail:
        headers["Retry-After"] = str(fault.detail["retry_after"])
    return JSONResponse(body, status, headers)


def install_error_handlers(app: FastAPI) -> None:
    """Render faults, and hide everything unexpected behind `internal_error`."""

    @app.exception_handler(Fault)
    async def render_fault(request: Request, fault: Fault) -> JSONResponse:
        return render(fault)

    @app.exception_handler(RequestValidationError)
    async def render_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        # Never the input itself: it may be a secret typed in the wrong place.
        where = [{"where": [str(step) for step in e["loc"]], "what": e["type"]} for e in error.errors()]
        return render(RequestInvalid(fields=where))

    @app.exception_handler(HTTPException)
    async def render_http(request: Request, error: HTTPException) -> JSONResponse:
        # What the framework itself refuses: a body that is no JSON, a path or a method that is not there.
        if error.status_code == 400:
            return render(RequestInvalid())
        name = HTTPStatus(error.status_code).name.lower()
        return JSONResponse({"error": name, "detail": {}}, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def render_unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error(
            "unexpected_error",
            path=getattr(request.scope.get("route"), "path", None),
            conversation_id=request.path_params.get("conversation_id"),
            error_type=type(error).__name__,
            exc_info=error,
        )
        return JSONResponse({"error": "internal_error", "detail": {}}, 500)
