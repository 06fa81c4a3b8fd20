"""The desk's cookies. All are `__Host-`: of this host alone, Secure, for every path; scripts read none.

Chromium and Firefox take them on http://127.0.0.1 too, where the demo runs; nothing weaker exists.
"""

from typing import Literal

from fastapi import Request, Response

SESSION_COOKIE = "__Host-care"  # the log-in: the backend's opaque staff token
DOOR_COOKIE = "__Host-care-door"  # proves the forms before the log-in
STEP_COOKIE = "__Host-care-step"  # between password and one-time password
OIDC_COOKIE = "__Host-care-oidc"  # on the way to the house's own log-in and back
LANGUAGE_COOKIE = "__Host-care-language"
YEAR_SECONDS = 365 * 86400


def set_cookie(
    response: Response,
    name: str,
    value: str,
    *,
    seconds: int | None = None,
    same_site: Literal["strict", "lax"] = "strict",
) -> None:
    """Without `seconds` it goes with the browser's session."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite=same_site
    )


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="strict")


def cookie(request: Request, name: str) -> str:
    return request.cookies.get(name, "")
