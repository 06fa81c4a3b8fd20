"""`python -m simulators`: Telegram's and WhatsApp's stand-ins and the page `/phone`, under uvicorn."""

import uvicorn

from simulators.app import create_from_settings
from simulators.settings import get_settings


def main() -> None:
    """Serve until told to stop."""
    settings = get_settings()
    uvicorn.run(
        create_from_settings(),
        host=settings.host,
        port=settings.port,
        # Telegram's paths carry the bot's token.
        access_log=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
