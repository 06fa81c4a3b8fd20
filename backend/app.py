"""Wires the backend: settings, database, routes, error handlers, background work."""

import contextlib
from collections.abc import AsyncIterator

from fastapi import Depends, FastAPI
from sqlalchemy import text

from backend.accounts.passwords import nobodys_hash
from backend.accounts.routes import router as accounts
from backend.accounts.task_routes import router as account_pages
from backend.callers import identify_caller
from backend.content.routes import router as content
from backend.database import begin_reading, create_database_engine, session_factory
from backend.desk.file_routes import router as desk_files
from backend.desk.routes import router as desk
from backend.documents.routes import router as documents
from backend.ecards.routes import router as ecards
from backend.errors import InputInvalid, ServiceTokenWrong, faults, install_error_handlers
from backend.feedback.routes import router as feedback
from backend.guides.routes import router as guides
from backend.jobs import background_work
from backend.logging import RequestLog
from backend.markets.routes import router as markets
from backend.markets.service import load_markets
from backend.news.routes import router as news
from backend.notifications.routes import router as mailbox
from backend.office.site import install_office
from backend.payments.routes import router as payments
from backend.payments.stand_in import router as demo_payments
from backend.pension.routes import router as pension
from backend.people.routes import router as people
from backend.policies.routes import router as policies
from backend.providers.routes import router as providers
from backend.requests.routes import router as requests
from backend.review.routes import router as review
from backend.settings import Settings, get_settings
from backend.staff.routes import router as staff


def create_app(settings: Settings | None = None) -> FastAPI:
    """The backend as an ASGI app; tests pass their own settings."""
    load_markets()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        nobodys_hash()
        async with contextlib.AsyncExitStack() as stack:
            if app.state.settings.background_work:
                work = background_work(app.state.session_factory, app.state.settings)
                await stack.enter_async_context(work)
            yield
        app.state.engine.dispose()

    app = FastAPI(
        title="CARE backend",
        version="0.1.0",
        description="Holds what must not be lost or leaked; called by the gateway and the dialogue.",
        lifespan=lifespan,
        responses=faults(InputInvalid),
    )
    known = settings or get_settings()
    app.state.office_sessions = install_office(
        app, known.office_secret.get_secret_value(), https_only=not known.demo
    )
    configure(app, known)
    app.add_middleware(RequestLog)
    install_error_handlers(app)

    # Every feature is behind a service token, whatever its own routes say.
    for router in (
        markets,
        accounts,
        account_pages,
        people,
        policies,
        providers,
        documents,
        requests,
        news,
        feedback,
        payments,
        ecards,
        guides,
        pension,
        content,
        review,
        desk,
        desk_files,
        staff,
    ):
        app.include_router(
            router, dependencies=[Depends(identify_caller)], responses=faults(ServiceTokenWrong)
        )
    app.include_router(mailbox)
    app.include_router(demo_payments)

    @app.get("/healthz", tags=["health"])
    def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["health"])
    def readyz() -> dict[str, str]:
        """The database answers."""
        with app.state.session_factory() as session:
            begin_reading(session)
            session.execute(text("select 1"))
        return {"status": "ok"}

    return app


def configure(app: FastAPI, settings: Settings) -> None:
    """Give the app its settings and its database. Routes are costly to build, so tests build them once."""
    app.state.settings = settings
    app.state.engine = create_database_engine(settings.database_url)
    app.state.session_factory = session_factory(app.state.engine)
    app.state.office_sessions.configure(bind=app.state.engine)
