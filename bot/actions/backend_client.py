"""The only door from the actions to the backend: HTTP as `docs/interfaces.md` has it.

BackendError
├── BackendUnavailable     no answer, a time-out or a 5xx of an outage: the turn is taken back and sent again
└── Refused                a fact the backend answered, with its code and detail
    ├── LoginRequired      nobody is logged in in this conversation
    │   └── LoginExpired   somebody was
    └── NotFound           does not exist, or is not this person's
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from bot.actions.settings import get_settings

type Json = dict[str, Any]

# Answered with 5xx and all the same no outage: sending the turn again would never help.
LASTING = {"payments_unavailable"}


class BackendError(Exception):
    """The backend did not do what was asked."""


class BackendUnavailable(BackendError):
    """No usable answer; nothing is known about whether a write happened, and writes may be repeated."""


class Refused(BackendError):
    """The backend's own word: `code` is the fact, `detail` what belongs to it."""

    def __init__(self, code: str, detail: Json) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class LoginRequired(Refused):
    """The call is for a logged-in person."""


class LoginExpired(LoginRequired):
    """The log-in has run out."""


class NotFound(Refused):
    """Does not exist or is not this person's; the two cannot be told apart."""


def _fact_in(answer: httpx.Response) -> Json:
    """The body of a refusal; nothing where something else than the backend answered (a proxy's page)."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}


class BackendClient:
    """One client a process; pass `transport` to speak to an app in process."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        settings = get_settings()
        self._http = httpx.AsyncClient(
            base_url=settings.backend_url,
            headers={"Authorization": f"Bearer {settings.backend_token.get_secret_value()}"},
            timeout=settings.backend_timeout_seconds,
            transport=transport,
        )
        self._markets: dict[str, Json] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _call(self, method: str, path: str, *, key: str | None = None, **kwargs: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = await self._http.request(method, path, headers=headers, **kwargs)
        except httpx.HTTPError as error:
            raise BackendUnavailable(type(error).__name__) from error
        if answer.is_success:
            return answer.json() if answer.content else None
        body = _fact_in(answer)
        code, detail = body.get("error", "unknown"), body.get("detail") or {}
        if answer.status_code >= 500 and code not in LASTING:
            raise BackendUnavailable(f"HTTP {answer.status_code}")
        fact = {401: {"login_expired": LoginExpired}.get(code, LoginRequired), 404: NotFound}.get(
            answer.status_code, Refused
        )
        if code in {"service_token_wrong", "forbidden"}:
            raise BackendUnavailable(code)
        raise fact(code, detail if isinstance(detail, dict) else {})

    @staticmethod
    def _of(conversation_id: str, *parts: str) -> str:
        return "/".join(
            ["/conversations", quote(conversation_id, safe=""), *(quote(p, safe="") for p in parts)]
        )

    @staticmethod
    def _filled(**params: Any) -> Json:
        return {name: value for name, value in params.items() if value is not None}

    # markets and providers: no log-in

    async def get_market(self, market: str) -> Json:
        """The public part of the market pack; packs change with a release, so one reading serves the process.

        That also keeps the emergency numbers at hand while the backend is away.
        """
        if market not in self._markets:
            self._markets[market] = await self._call("GET", f"/markets/{quote(market, safe='')}")
        return self._markets[market]

    async def load_markets(self) -> None:
        """Read every market pack, before the first customer needs one."""
        for market in await self._call("GET", "/markets"):
            await self.get_market(market)

    async def get_care_hours(self, market: str) -> Json:
        """`{open, closes_at, opens_at, holiday}` of this moment; `opens_at` while closed, where it is known."""
        hours: Json = await self._call("GET", f"/markets/{quote(market, safe='')}/care-hours")
        return hours

    async def find_providers(self, market: str, **criteria: Any) -> Json:
        """`{total, matched, items}` for the criteria of `GET /markets/{market}/providers`."""
        path = f"/markets/{quote(market, safe='')}/providers"
        found: Json = await self._call("GET", path, params=self._filled(**criteria))
        return found

    # what the insurer publishes: no log-in but for what fits one's claims

    async def get_events(self, market: str) -> list[Json]:
        """Events that are not over, the next first."""
        return await self._published(market, "events")

    async def get_articles(self, market: str, language: str, topics: list[str]) -> list[Json]:
        """Articles on any of the topics (ids of the catalogue), or general ones."""
        return await self._published(market, "articles", language=language, topic=topics or None)

    async def get_testimonials(self, market: str, language: str) -> list[Json]:
        """What customers let the insurer publish."""
        return await self._published(market, "testimonials", language=language)

    async def _published(self, market: str, kind: str, **params: Any) -> list[Json]:
        path = f"/markets/{quote(market, safe='')}/{kind}"
        found: list[Json] = await self._call("GET", path, params=self._filled(**params))
        return found

    async def get_fitting_articles(self, conversation_id: str, language: str) -> list[Json]:
        """Articles that fit the person's claims; raises Refused consent_needed."""
        path = self._of(conversation_id, "articles")
        found: list[Json] = await self._call("GET", path, params={"language": language})
        return found

    async def put_article_consent(self, conversation_id: str, given: bool, language: str, key: str) -> None:
        """Give the consent to choose articles by claims, or take it back."""
        path = self._of(conversation_id, "consents", "health-articles")
        await self._call("PUT", path, json={"given": given, "language": language}, key=key)

    # log-in

    async def get_conversation(self, conversation_id: str) -> Json:
        """Market, language and log-in of the conversation."""
        found: Json = await self._call("GET", self._of(conversation_id))
        return found

    async def create_login_link(self, conversation_id: str, language: str, script: str) -> Json:
        """A new `{token, expires_at}`; an older open link dies."""
        body = {"language": language, "script": script}
        made: Json = await self._call("POST", self._of(conversation_id, "login-links"), json=body)
        return made

    async def send_code_again(self, conversation_id: str) -> Json:
        """`{masked_email, purpose, expires_at}`; raises Refused no_login_open, code_sent_recently, too_many_attempts."""
        sent: Json = await self._call("POST", self._of(conversation_id, "codes"))
        return sent

    async def log_out(self, conversation_id: str) -> None:
        """Ends the log-in of the conversation, if there is one."""
        await self._call("DELETE", self._of(conversation_id, "login"))

    # the person

    async def get_me(self, conversation_id: str) -> Json:
        """The logged-in person."""
        found: Json = await self._call("GET", self._of(conversation_id, "me"))
        return found

    async def get_members(self, conversation_id: str) -> list[Json]:
        """The people the logged-in person may see, self first."""
        found: list[Json] = await self._call("GET", self._of(conversation_id, "members"))
        return found

    async def get_policies(self, conversation_id: str, person_id: str | None = None) -> list[Json]:
        """Policies of the person and the people insured with them."""
        params = self._filled(person_id=person_id)
        found: list[Json] = await self._call("GET", self._of(conversation_id, "policies"), params=params)
        return found

    async def get_benefits(self, conversation_id: str, **criteria: Any) -> list[Json]:
        """Benefits with limit, used and left, by person_id, benefit_type, service, policy_number."""
        path = self._of(conversation_id, "benefits")
        found: list[Json] = await self._call("GET", path, params=self._filled(**criteria))
        return found

    # drafts and requests

    async def get_drafts(self, conversation_id: str) -> list[Json]:
        """Open drafts, newest first."""
        found: list[Json] = await self._call("GET", self._of(conversation_id, "drafts"))
        return found

    async def get_draft(self, conversation_id: str, draft_id: str) -> Json:
        """The draft with its answers and its next question."""
        found: Json = await self._call("GET", self._of(conversation_id, "drafts", draft_id))
        return found

    async def create_draft(self, conversation_id: str, kind: str, answers: Json, key: str) -> Json:
        """A new draft; answers that do not hold come back in `rejected`."""
        body = {"kind": kind, "answers": answers}
        made: Json = await self._call("POST", self._of(conversation_id, "drafts"), json=body, key=key)
        return made

    async def answer_question(
        self, conversation_id: str, draft_id: str, question: str, value: Any, *, item: int | None, source: str
    ) -> Json:
        """Stores one answer; raises Refused with the fact that makes it unacceptable."""
        path = self._of(conversation_id, "drafts", draft_id, "answers", question)
        body = {"value": value, "item": item, "source": source}
        draft: Json = await self._call("PUT", path, json=body)
        return draft

    async def reopen_question(
        self, conversation_id: str, draft_id: str, question: str, item: int | None
    ) -> Json:
        """Drops an answer so that its question is the next one."""
        path = self._of(conversation_id, "drafts", draft_id, "answers", question)
        draft: Json = await self._call("DELETE", path, params=self._filled(item=item))
        return draft

    async def submit_draft(self, conversation_id: str, draft_id: str) -> Json:
        """The request made of the draft, the same one however often this is called."""
        path = self._of(conversation_id, "drafts", draft_id, "submit")
        made: Json = await self._call("POST", path, key=f"submit-{draft_id}")
        return made

    async def send_contact_code(self, conversation_id: str, draft_id: str) -> Json:
        """`{contact, masked, expires_at, sent}`; raises Refused no_code_asked, too_many_attempts."""
        sent: Json = await self._call("POST", self._of(conversation_id, "drafts", draft_id, "code"))
        return sent

    async def withdraw_contact_code(self, conversation_id: str) -> None:
        """No code of a new contact is waited for any more; none open is fine, and no log-in is needed."""
        await self._call("DELETE", self._of(conversation_id, "codes", "contact"))

    async def discard_draft(self, conversation_id: str, draft_id: str) -> None:
        """Throws the draft away."""
        await self._call("DELETE", self._of(conversation_id, "drafts", draft_id))

    async def create_account_link(self, conversation_id: str, task: str, language: str, script: str) -> Json:
        """`{token, expires_at}` of a secure page for a task; the open one of the conversation dies."""
        body = {"task": task, "language": language, "script": script}
        made: Json = await self._call("POST", self._of(conversation_id, "account-links"), json=body)
        return made

    async def get_other_logins(self, conversation_id: str) -> Json:
        """`{others, token}`: how many other conversations are open, and what ends them all."""
        found: Json = await self._call("GET", self._of(conversation_id, "logins"))
        return found

    async def end_logins(self, token: str) -> None:
        """Ends every log-in of the person the token was made for."""
        await self._call("POST", "/logins/end", json={"token": token})

    async def log_out_everywhere(self, conversation_id: str) -> None:
        """Ends every log-in of the person."""
        await self._call("DELETE", self._of(conversation_id, "logins"))

    async def get_cards(self, conversation_id: str) -> list[Json]:
        """Health cards the person may see, activated or not."""
        found: list[Json] = await self._call("GET", self._of(conversation_id, "cards"))
        return found

    async def change_card(self, conversation_id: str, membership_id: str, change: str) -> Json:
        """The card after `activate` or `deactivate`."""
        changed: Json = await self._call("POST", self._of(conversation_id, "cards", membership_id, change))
        return changed

    async def create_card_link(self, conversation_id: str, membership_id: str) -> Json:
        """`{token}` with which the gateway fetches the card's picture."""
        made: Json = await self._call("POST", self._of(conversation_id, "card-links", membership_id))
        return made

    async def get_instalments(self, conversation_id: str) -> list[Json]:
        """Open premium instalments of policies the person holds, the oldest first."""
        found: list[Json] = await self._call("GET", self._of(conversation_id, "instalments"))
        return found

    async def begin_payment(self, conversation_id: str, instalment_id: str) -> Json:
        """`{payment_id, checkout_url, amount, expires_at}`, the open checkout if there is one.

        Raises NotFound, Refused instalment_paid, payments_unavailable.
        """
        body = {"instalment_id": instalment_id}
        begun: Json = await self._call("POST", self._of(conversation_id, "payments"), json=body)
        return begun

    async def get_pension_contracts(self, conversation_id: str) -> list[Json]:
        """The person's contracts with the pension fund."""
        found: list[Json] = await self._call("GET", self._of(conversation_id, "pension-contracts"))
        return found

    async def find_passage(self, market: str, question: str) -> Json | None:
        """`{title, language, page, text, score}` of the guides' best passage, or None."""
        answer = await self._call("GET", f"/markets/{market}/guide-passages", params={"q": question[:2000]})
        found: Json | None = answer["passage"]
        return found

    async def put_review_turn(self, turn_id: str, body: Json) -> None:
        """Keeps a turn for review: `{market, language, reason, text, understood, picked}`, without personal data."""
        await self._call("PUT", f"/review-turns/{quote(turn_id, safe='')}", json=body)

    async def put_review_picked(self, turn_id: str, body: Json) -> None:
        """`{intent, reason}`: what was meant by a turn that is kept; raises NotFound."""
        await self._call("PUT", f"/review-turns/{quote(turn_id, safe='')}/picked", json=body)

    async def put_feedback(self, conversation_id: str, journey: str, body: Json) -> Json:
        """What the customer says of a journey, as it stands now."""
        kept: Json = await self._call("PUT", self._of(conversation_id, "feedback", journey), json=body)
        return kept

    async def get_requests(self, conversation_id: str, **criteria: Any) -> list[Json]:
        """Requests the person may see, newest first."""
        path = self._of(conversation_id, "requests")
        found: list[Json] = await self._call("GET", path, params=self._filled(**criteria))
        return found

    async def add_documents(self, conversation_id: str, number: str, documents: list[Json], key: str) -> Json:
        """Adds `[{document_id, document_type}]` to an open request; raises Refused with the fact against it."""
        path = self._of(conversation_id, "requests", number, "documents")
        request: Json = await self._call("POST", path, json={"documents": documents}, key=key)
        return request

    async def withdraw_request(self, conversation_id: str, number: str, key: str) -> Json:
        """Takes back a request that is not decided; raises Refused request_closed."""
        path = self._of(conversation_id, "requests", number, "withdraw")
        request: Json = await self._call("POST", path, key=key)
        return request

    async def get_request(self, conversation_id: str, number: str) -> Json:
        """One request with its timeline and documents."""
        found: Json = await self._call("GET", self._of(conversation_id, "requests", number))
        return found
