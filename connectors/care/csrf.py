"""Proof that a form or an htmx request was made by a page of ours: a value derived from a cookie nobody else reads.

Checked for every route of the desk that is not a reading one (`install_care`), so that none can forget it. Pages
put it into forms as the field `csrf` and, for htmx, into the header `X-CSRF-Token` (layout.html does it for all).
"""

import hashlib
import hmac
import secrets

from fastapi import Request

from connectors.care.cookies import DOOR_COOKIE, SESSION_COOKIE

HEADER = "X-CSRF-Token"
FIELD = "csrf"
LARGEST_FORM = 128 * 1024
READING = frozenset({"GET", "HEAD", "OPTIONS"})


class FormForged(Exception):
    """The request does not come from a page that this browser got from us, or the page is too old."""


def csrf_of(secret: str) -> str:
    """What pages carry for the cookie `secret`; tells nothing about it."""
    return hmac.new(secret.encode(), b"care-csrf", hashlib.sha256).hexdigest()


def csrf_secret(request: Request) -> str | None:
    """The cookie that the proof hangs on: of the log-in, before it of the door."""
    return request.cookies.get(SESSION_COOKIE) or request.cookies.get(DOOR_COOKIE)


async def check_csrf(request: Request) -> None:
    """Raises FormForged. A dependency of every route of the desk; a body that is no form needs the header."""
    if request.method in READING:
        return
    # Browsers say where a request comes from; what says nothing is judged by the value alone.
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise FormForged
    given = request.headers.get(HEADER)
    if given is None:
        content = request.headers.get("content-type", "")
        if not content.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
            raise FormForged
        # Read before anybody is known: only what is as small as forms are. Files come with the header.
        declared = request.headers.get("content-length", "")
        if not (declared.isascii() and declared.isdigit() and int(declared) <= LARGEST_FORM):
            raise FormForged
        # Starlette keeps the form: the route reads the same one again.
        given = str((await request.form()).get(FIELD, ""))
    expected = [
        csrf_of(secret)
        for name in (SESSION_COOKIE, DOOR_COOKIE)
        if (secret := request.cookies.get(name)) is not None
    ]
    # Either cookie: a page of the door may be sent in another tab after the log-in.
    if not any(secrets.compare_digest(one.encode(), given.encode()) for one in expected):
        raise FormForged
