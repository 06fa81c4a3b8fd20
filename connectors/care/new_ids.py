"""Ids that the desk gives to what an agent is about to write: the same one sent twice is written once."""

import secrets


def new_answer_id() -> str:
    return secrets.token_urlsafe(12)
