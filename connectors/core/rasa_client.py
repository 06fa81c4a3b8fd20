"""The only door to the dialogue: one call, a turn in and its answer out.

Exceptions: DialogueUnavailable, whatever the reason; the turn may be sent again under the same message_id.
"""

from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

UNDERSTANDING_SECONDS = 5


class DialogueUnavailable(Exception):
    """No answer that can be used; `reason` is a fact for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TurnRequest(BaseModel):
    """See docs/interfaces.md, "Rasa"."""

    conversation_id: str
    message_id: str
    text: str
    metadata: dict[str, Any]


class TurnAnswer(BaseModel):
    """`messages` stay as they came: `answers` checks and normalises each by itself."""

    language: str
    script: str = "Latn"
    messages: list[dict[str, Any]]


class Meaning(BaseModel):
    """One thing a text may mean."""

    name: str
    confidence: float


class _Understood(BaseModel):
    ranking: list[Meaning]


class RasaClient:
    """Speaks to Rasa's gateway channel; `transport` lets tests put an app in its place."""

    def __init__(
        self, url: str, token: str, timeout: float, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(timeout, connect=2),
            transport=transport,
            trust_env=False,
        )

    async def send(self, turn: TurnRequest) -> TurnAnswer:
        """Have the turn executed, at most once however often it is sent; raises DialogueUnavailable."""
        try:
            response = await self._http.post("/webhooks/gateway/turn", json=turn.model_dump())
        except httpx.HTTPError as error:
            raise DialogueUnavailable(type(error).__name__) from error
        if response.status_code != 200:
            raise DialogueUnavailable(f"status_{response.status_code}")
        try:
            return TurnAnswer.model_validate_json(response.content)
        except ValidationError as error:
            raise DialogueUnavailable("answer_malformed") from error

    async def understand(self, text: str, metadata: dict[str, Any]) -> list[Meaning]:
        """What a text may mean, the likeliest first; no dialogue hears of it. Raises DialogueUnavailable."""
        try:
            response = await self._http.post(
                "/webhooks/gateway/understand",
                json={"text": text, "metadata": metadata},
                timeout=UNDERSTANDING_SECONDS,
            )
        except httpx.HTTPError as error:
            raise DialogueUnavailable(type(error).__name__) from error
        if response.status_code != 200:
            raise DialogueUnavailable(f"status_{response.status_code}")
        try:
            return _Understood.model_validate_json(response.content).ranking
        except ValidationError as error:
            raise DialogueUnavailable("answer_malformed") from error

    async def close(self) -> None:
        await self._http.aclose()
