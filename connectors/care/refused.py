"""Facts that stand against what an agent wanted, as words for the notice of the page."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from fastapi import Request, Response

from connectors.care.pages import render
from connectors.core.handover.facts import AlreadyTaken, HandoverRefused, HandoverUnknown
from locales import texts

# What the page shows is not what is: it is drawn again.
STALE = frozenset({"already_taken", "not_owner", "not_waiting", "not_approved"})


@dataclass
class Refusal:
    """`response` holds the answer once something was refused."""

    request: Request
    response: Response = field(default_factory=lambda: Response(status_code=500))

    def say(self, key: str, status: int, **values: object) -> Response:
        """The text as the notice of the page."""
        self.response = render(self.request, "_notice.html", status, message_key=key, values=values)
        return self.response

    def tell(self, words: str, status: int) -> Response:
        """Words that are made already."""
        self.response = render(self.request, "_notice.html", status, words=words)
        return self.response


@contextlib.asynccontextmanager
async def answering(request: Request) -> AsyncIterator[Refusal]:
    """Facts raised inside become an answer: `return refused.response` behind the block."""
    refused = Refusal(request)
    try:
        yield refused
    except HandoverUnknown:
        refused.say("desk_error_ended", 404)
    except AlreadyTaken as taken:
        key = "desk_error_already_taken" if taken.agent_name else "desk_error_not_owner"
        values = {"name": taken.agent_name} if taken.agent_name else {}
        refused.say(key, 409, **values)
        refused.response.headers["HX-Trigger"] = "care:stale"
    except HandoverRefused as fact:
        key = f"desk_error_{fact.error}"
        refused.say(key if texts.has(key, "it") else "desk_error_unexpected", 409)
        if fact.error in STALE:
            refused.response.headers["HX-Trigger"] = "care:stale"
