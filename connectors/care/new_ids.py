"""Ids that the desk gives to what an agent is about to write: the same one sent twice is written once."""

import re
import secrets

_ANSWER_ID = re.compile(r"[A-Za-z0-9_-]{8,60}")


def new_answer_id() -> str:
    return secrets.token_urlsafe(12)


def is_answer_id(given: str) -> bool:
    """Whether it looks like one of ours."""
    return _ANSWER_ID.fullmatch(given) is not None
