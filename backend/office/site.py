"""The back office under /office: who comes in, and where features register their pages.

A feature's pages are sqladmin views, added to `VIEWS`; changes go through the feature's own service, never
through the library's forms.
"""

import secrets
import time
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
from backend.office.models import StaffSession
from backend.office.payments import PaymentList
from backend.office.requests import RequestList, RequestPage
from backend.office.service import is_logged_in, log_in_staff, log_out_staff

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
    """Log-in of staff: a signed cookie that ends when it idles, and names a log-in that is looked up each time."""

    def __init__(self, app: FastAPI, secret: str, *, https_only: bool) -> None:
        super().__init__(
            secret, session_cookie="office", same_site="strict", https_only=https_only, max_age=None
        )
        self._app = app

    async def login(self, request: Request) -> bool:
        form = await request.form()
        started = await run_in_threadpool(
            self._check, str(form.get("username", ""))[:100], str(form.get("password", ""))[:200]
        )
        if started is None:
            return False
        await self._end(request)
        request.session.update(
            login=started.id, staff=started.staff_id, seen=int(time.time()), csrf=secrets.token_urlsafe(24)
        )
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
        idle = self._app.state.settings.office_idle_seconds
        login, seen = request.session.get("login"), request.session.get("seen", 0)
        if login is None or not await run_in_threadpool(self._lasts, login):
            request.session.clear()
            return False
        if time.time() - seen > idle:
            await self._end(request)
            return False
        request.session["seen"] = int(time.time())
        return True

    async def get_user_id(self, request: Request) -> Any:
        return request.session.get("staff")

    def _check(self, username: str, password: str) -> StaffSession | None:
        with self._app.state.session_factory.begin() as session:
            return log_in_staff(session, self._app.state.settings, username, password)

    def _lasts(self, login: str) -> bool:
        with self._app.state.session_factory() as session:
            return is_logged_in(session, login)

    def _log_out(self, login: str) -> None:
        with self._app.state.session_factory.begin() as session:
            log_out_staff(session, login)


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
