"""Commands (`/menu`) and deep links (`/start claim`): which wish they stand for. The list is data, commands.yml."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from telegram import BotCommand

from locales import texts

_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(\S+))?\s*")
START = "start"


@dataclass(frozen=True)
class _Listed:
    commands: dict[str, str]
    wishes: dict[str, str]


@lru_cache
def _listed() -> _Listed:
    content = yaml.safe_load(Path(__file__).with_name("commands.yml").read_text(encoding="utf-8"))
    return _Listed(content["commands"], content["wishes"])


@dataclass(frozen=True)
class Command:
    """What is shown of it, and the payload behind it."""

    shown: str
    payload: str


def read_command(text: str) -> Command | None:
    """None for what is no command of ours and is read like any text.

    What stands behind a command is shown where it is listed only: people type codes and passwords there.
    """
    found = _COMMAND.fullmatch(text)
    if found is None:
        return None
    name, argument = found.group(1).lower(), found.group(2)
    payload = _listed().commands.get(name)
    if payload is None or not argument:
        return Command(text.strip(), payload) if payload else None
    if name != START:
        return None
    wish = _listed().wishes.get(argument.lower())
    return Command(text.strip(), wish) if wish else Command(f"/{START}", payload)


def menu_in(language: str) -> list[BotCommand]:
    """The commands as Telegram's menu lists them; everybody knows `/start`, it needs no line."""
    return [
        BotCommand(name, texts.render(f"telegram_command_{name}", language))
        for name in _listed().commands
        if name != START
    ]
