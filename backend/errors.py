"""What can go wrong for a caller. Errors are facts with a status; one handler renders them.

Features define their own facts beside their service by subclassing `Fault`, and name them in the
OpenAPI of a route with `responses=faults(CodeWrong, CodeExpired)`.
"""

from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

log = structlog.get_logger()
HTTP_BAD_REQUEST = 400


class Fault(Exception):
    """A fact the caller is told as `{"error": code, "detail": {...}}`.

    `keep` tells that what the transaction has written so far must stay (a counted wrong try).
    `example` is a detail as OpenAPI shows it.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    keep: ClassVar[bool] = False
    example: ClassVar[dict[str, Any]] = {}

    def __init__(self, **detail: Any) -> None:
        super().__init__(self.code)
        self.detail = detail


class NotFound(Fault):
    """Does not exist, or is not the caller's: one answer for both."""

    status = 404
    code = "not_found"


class Forbidden(Fault):
    """The calling program may not make this call."""

    status = 403
    code = "forbidden"


class ServiceTokenWrong(Fault):
    """The bearer token is missing or is no service token."""

    status = 401
    code = "service_token_wrong"


class IdempotencyKeyReused(Fault):
    """The key was used before with another body."""

    status = 409
    code = "idempotency_key_reused"


class InputInvalid(Fault):
    """The call is not of the documented form. Tells where and why, never what was given."""

    status = 422
    code = "input_invalid"
    example: ClassVar[dict[str, Any]] = {
        "fields": [{"where": "body.language", "why": "string_pattern_mismatch"}]
    }


class FaultBody(BaseModel):
    """How every fault is answered."""

    error: str = Field(description="The fact, in one word", examples=["not_found"])
    detail: dict[str, Any] = Field(description="What belongs to the fact", examples=[{}])


def faults(*kinds: type[Fault]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can raise these faults, with one example each."""
    answers: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        answer = answers.setdefault(kind.status, {"model": FaultBody, "description": ""})
        answer["description"] = "; ".join(filter(None, (answer["description"], kind.code)))
        content = answer.setdefault("content", {"application/json": {"examples": {}}})
        content["application/json"]["examples"][kind.code] = {
            "summary": (kind.__doc__ or kind.code).strip().splitlines()[0],
            "value": {"error": kind.code, "detail": kind.example},
        }
    return answers


def render(fault: Fault) -> JSONResponse:
    headers = {"Retry-After": str(fault.detail["retry_after"])} if "retry_after" in fault.detail else {}
    return JSONResponse({"error": fault.code, "detail": fault.detail}, fault.status, headers)


def install_error_handlers(app: FastAPI) -> None:
    """Render faults, and hide everything unexpected behind `internal_error`."""

    @app.exception_handler(Fault)
    def render_fault(request: Request, fault: Fault) -> JSONResponse:
        return render(fault)

    @app.exception_handler(RequestValidationError)
    def render_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        # FastAPI's own answer repeats the input, which may be a password.
        fields = [{"where": ".".join(map(str, e["loc"])), "why": e["type"]} for e in error.errors()]
        return render(InputInvalid(fields=fields))

    @app.exception_handler(HTTPException)
    def render_http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == HTTP_BAD_REQUEST:
            # A body that is no JSON, or no text at all.
            return render(InputInvalid(fields=[{"where": "body", "why": "unreadable"}]))
        known = {404: "not_found", 405: "method_not_allowed"}
        body = {"error": known.get(error.status_code, "bad_request"), "detail": {}}
        return JSONResponse(body, error.status_code, error.headers)

    @app.exception_handler(Exception)
    def render_unexpected(request: Request, error: Exception) -> JSONResponse:
        log.error(
            "unexpected_error",
            path=getattr(request.scope.get("route"), "path", None),
            conversation_id=request.path_params.get("conversation_id"),
            error_type=type(error).__name__,
            exc_info=error,
        )
        return JSONResponse({"error": "internal_error", "detail": {}}, 500)
