"""`python -m simulators`: Telegram's and WhatsApp's stand-ins and the page `/phone`, under uvicorn."""

import socket

import uvicorn

from simulators.app import create_app
from simulators.chats import Chats
from simulators.settings import get_settings
from simulators.vendors import vendors


class Server(uvicorn.Server):
    """Lets readers go before it waits for connections."""

    def __init__(self, config: uvicorn.Config, chats: Chats) -> None:
        super().__init__(config)
        self._chats = chats

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._chats.closing = True
        await super().shutdown(sockets)


def main() -> None:
    """Serve until told to stop."""
    settings, chats = get_settings(), Chats()
    config = uvicorn.Config(
        create_app(chats, vendors(chats, settings)),
        host=settings.host,
        port=settings.port,
        # Telegram's paths carry the bot's token.
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    Server(config, chats).run()


if __name__ == "__main__":
    main()
