"""Where a page leads next, when the browser says where: only to paths of the desk, never to another site."""

import re

START = "/care"
_WAY = re.compile(r"/care(?:/[A-Za-z0-9_-]{1,100}){0,4}")
# Pages of the door would lead in circles, and what is no page shows nothing.
_NO_GOALS = ("/care/login", "/care/logout", "/care/oidc", "/care/stream", "/care/language", "/care/static")


def safe_way(path: str | None) -> str:
    """The path if it is one of the desk's pages, else its beginning."""
    if path is None or _WAY.fullmatch(path) is None:
        return START
    return START if any(path == no or path.startswith(f"{no}/") for no in _NO_GOALS) else path
