"""The back office under /office: who comes in, and where features register their pages.

A feature's pages are sqladmin views, added to `VIEWS`; changes go through the feature's own service, never
through the library's forms.
"""

import secrets
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqladmin import Admin
from sqladmin.authentication import AuthenticationBackend
from sqlalchemy.orm import Session, sessionmaker
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from backend.office.content import ArticleEditor, EventEditor, TestimonialEditor
from backend.office.feedback import FeedbackList
from backend.office.payments import PaymentList
from backend.office.requests import RequestList, RequestPage
from backend.office.service import find_administrator, log_in_administrator
from backend.staff.login import Started
from backend.staff.sessions import end_session

# Pages of the features, in the order of the menu.
VIEWS: list[Any] = [
    RequestList,
    RequestPage,
    PaymentList,
    FeedbackList,
    EventEditor,
    ArticleEditor,
    TestimonialEditor,
]
TEMPLATES = str(Path(__file__).parent / "templates")


class StaffLogin(AuthenticationBackend):
    """Log-in of administrators: a signed cookie with the token of a log-in that is looked up each time."""

    def __init__(self, app: FastAPI, secret: str, *, https_only: bool) -> None:
        super().__init__(
            secret, session_cookie="office", same_site="strict", https_only=https_only, max_age=None
        )
        self._app = app

    async def login(self, request: Request) -> bool:
        form = await request.form()
        username, password, code = (
            str(form.get(name, ""))[:200] for name in ("username", "password", "code")
        )
        address = request.client.host if request.client else "unknown"
        started = await run_in_threadpool(self._check, username, password, code, address)
        if started is None:
            return False
        await self._end(request)
        request.session.update(login=started.token, staff=started.staff.id, csrf=secrets.token_urlsafe(24))
        return True

    async def logout(self, request: Request) -> bool:
        await self._end(request)
        return True

    async def _end(self, request: Request) -> None:
        """The log-in that the browser had is over, on the server first."""
        login = request.session.get("login")
        if login is not None:
            await run_in_threadpool(self._log_out, login)
        request.session.clear()

    async def authenticate(self, request: Request) -> Response | bool:
        login = request.session.get("login")
        if login is None or not await run_in_threadpool(self._lasts, login):
            request.session.clear()
            return False
        return True

    async def get_user_id(self, request: Request) -> Any:
        return request.session.get("staff")

    def _check(self, username: str, password: str, code: str, address: str) -> Started | None:
        settings = self._app.state.settings
        with self._app.state.session_factory() as session:
            started = log_in_administrator(session, settings, username, password, code, address)
            session.commit()
        return started

    def _lasts(self, login: str) -> bool:
        with self._app.state.session_factory.begin() as session:
            return find_administrator(session, self._app.state.settings, login) is not None

    def _log_out(self, login: str) -> None:
        with self._app.state.session_factory.begin() as session:
            end_session(session, login, self._app.state.settings)


def install_office(app: FastAPI, secret: str, *, https_only: bool) -> sessionmaker[Session]:
    """Mount the back office; the sessions it reads with are bound to a database later, with the app's."""
    sessions = sessionmaker[Session](expire_on_commit=False)
    admin = Admin(
        app,
        session_maker=sessions,
        base_url="/office",
        title="CARE back office",
        templates_dir=TEMPLATES,
        authentication_backend=StaffLogin(app, secret, https_only=https_only),
    )
    for view in VIEWS:
        # sqladmin keeps the app on the class, so each app of a process gets classes of its own.
        admin.add_view(type(view)(view.__name__, (view,), {}))
    return sessions
