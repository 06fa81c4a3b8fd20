"""`python -m bot.serve`: Rasa with the gateway's channel, on loopback, after verifying the model file.

Settings come from BOT_* variables. The API token is handed to Rasa inside the process, so that it does not
stand in the process list. A model archive is code: one that does not fit its recorded hash is not loaded.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

SHORTEST_SECRET = 24
MODELS = Path(os.environ.get("BOT_MODELS", "models"))


def verified_model() -> Path:
    """The model that `models/manifest.json` names; exits when the file is missing or altered."""
    manifest = json.loads((MODELS / "manifest.json").read_text(encoding="utf-8"))
    path: Path = MODELS / manifest["file"]
    if hashlib.sha256(path.read_bytes()).hexdigest() != manifest["sha256"]:
        sys.exit(f"{path} is not the file that was trained here: run 'make train'.")
    return path


def main() -> None:
    """Run Rasa until told to stop."""
    for name in ("BOT_API_TOKEN", "BOT_CHANNEL_TOKEN"):
        token = os.environ.get(name, "")
        if not token:
            sys.exit(f"{name} is not set.")
        if os.environ.get("BOT_PROFILE") == "production" and token.startswith("demo-"):
            sys.exit(f"{name} still has its demo value.")
        if os.environ.get("BOT_PROFILE") == "production" and len(token) < SHORTEST_SECRET:
            sys.exit(f"{name} is shorter than {SHORTEST_SECRET} characters.")
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    # Longer than the gateway keeps an idle connection (5 s): a turn on one that is just being closed fails.
    os.environ.setdefault("SANIC_KEEP_ALIVE_TIMEOUT", "60")
    model = verified_model()
    sys.argv = [
        "rasa", "run", "--model", str(model), "--enable-api", "--auth-token", os.environ["BOT_API_TOKEN"],
        "--interface", os.environ.get("BOT_HOST", "127.0.0.1"), "--port", os.environ.get("BOT_PORT", "5005"),
        "--endpoints", "endpoints.yml", "--credentials", "credentials.yml",
    ]  # fmt: skip
    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
