"""`python -m connectors`: the gateway under uvicorn."""

import gc
import socket

import uvicorn

from connectors.app import create_app
from connectors.core.gateway import Gateway
from connectors.logs import configure_logs
from connectors.settings import get_settings


class Server(uvicorn.Server):
    """Ends open event streams before it waits for connections: they never end by themselves."""

    def __init__(self, config: uvicorn.Config, gateway: Gateway) -> None:
        super().__init__(config)
        self._gateway = gateway

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._gateway.stop()
        await super().shutdown(sockets)


def main() -> None:
    """Serve until told to stop."""
    settings = get_settings()
    configure_logs(settings.log_level)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        forwarded_allow_ips=settings.trusted_proxies,
        # Addresses of secure pages carry their token.
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=3,
    )
    # What is loaded now stays: the collector need not walk it again and again.
    gc.collect()
    gc.freeze()
    Server(config, app.state.gateway).run()


if __name__ == "__main__":
    main()
