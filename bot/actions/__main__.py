"""`python -m bot.actions`: the action server (rasa-sdk on Sanic) with health routes, on loopback.

rasa-sdk's own `run` binds 0.0.0.0 by default and has no readiness; this one waits for the market packs.
"""

import asyncio
from functools import partial
from typing import Any

import structlog
from rasa_sdk.endpoint import create_app_for_serve
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.worker.loader import AppLoader

from bot.actions.backend_client import BackendError
from bot.actions.care_action import shared_backend
from bot.actions.settings import get_settings

log = structlog.get_logger()


class _WithoutDomain(ActionExecutor):
    """Our actions read no domain and Rasa is told not to send it (`endpoints.yml`).

    rasa-sdk would ask for it again with a status that Rasa 3.6 does not know.
    """

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:
        return {}


def create_app() -> Any:
    """The action server as a Sanic app."""
    executor = _WithoutDomain()
    executor.register_package("bot.actions")
    app = create_app_for_serve(executor, cors_origins=[])
    app.ctx.packs_loaded = False

    async def load_packs(app: Any, _loop: Any) -> None:
        async def keep_trying() -> None:
            while not app.ctx.packs_loaded:
                try:
                    await shared_backend().load_markets()
                    app.ctx.packs_loaded = True
                except BackendError as error:
                    log.info("waiting_for_backend", why=str(error))
                    await asyncio.sleep(1)

        app.add_task(keep_trying())

    app.register_listener(load_packs, "after_server_start")

    @app.get("/healthz")
    async def healthz(_: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    @app.get("/readyz")
    async def readyz(request: Request) -> HTTPResponse:
        ready = request.app.ctx.packs_loaded
        return response.json(
            {"status": "ok" if ready else "waiting for the backend"}, status=200 if ready else 503
        )

    return app


def main() -> None:
    """Serve until told to stop."""
    settings = get_settings()
    loader = AppLoader(factory=partial(create_app))
    app = loader.load()
    app.prepare(host=settings.host, port=settings.port, single_process=True, access_log=False, motd=False)
    Sanic.serve_single(app)


if __name__ == "__main__":
    main()
