"""`python -m backend`: serve on the configured address."""

import uvicorn

from backend.app import create_app
from backend.logging import configure_logging
from backend.settings import get_settings


def main() -> None:
    settings = get_settings()
    configure_logging(settings.log_level)
    # The server's own access log would write raw paths, and those hold tokens: ours replaces it.
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Longer than its callers keep an idle connection (httpx: 5 s): a call on one that is just being closed fails.
        timeout_keep_alive=60,
    )


if __name__ == "__main__":
    main()
