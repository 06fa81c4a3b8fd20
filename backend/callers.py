"""Which program is calling: service tokens, compared in constant time."""

import secrets
from typing import Annotated, Literal

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from backend.errors import Forbidden, ServiceTokenWrong

Caller = Literal["connectors", "actions"]

_bearer = HTTPBearer(auto_error=False, description="Service token of connectors or actions")


def identify_caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Caller:
    """The program behind the bearer token; raises ServiceTokenWrong."""
    settings = request.app.state.settings
    given = credentials.credentials.encode() if credentials else b""
    found: Caller | None = None
    if secrets.compare_digest(given, settings.connectors_token.get_secret_value().encode()):
        found = "connectors"
    if secrets.compare_digest(given, settings.actions_token.get_secret_value().encode()):
        found = "actions"
    if found is None:
        raise ServiceTokenWrong()
    return found


AnyCaller = Annotated[Caller, Depends(identify_caller)]


def only_connectors(caller: AnyCaller) -> Caller:
    """Routes that touch passwords, codes and files are for the gateway alone."""
    if caller != "connectors":
        raise Forbidden()
    return caller


def only_actions(caller: AnyCaller) -> Caller:
    """Routes that only the dialogue has a reason to call."""
    if caller != "actions":
        raise Forbidden()
    return caller


ConnectorsOnly = Annotated[Caller, Depends(only_connectors)]
ActionsOnly = Annotated[Caller, Depends(only_actions)]
