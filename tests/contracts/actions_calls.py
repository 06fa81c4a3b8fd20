"""Every method of the actions' client, called with success and refused, for a customer with a claim."""

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from bot.actions.backend_client import BackendClient, LoginRequired, NotFound, Refused
from tests.backend.documents import bills

DAY = "2026-11-10"
Upload = Callable[[str, bytes], str]


class Claim:
    """A claim of Mario's, answered as far as a test wants it."""

    def __init__(self, client: BackendClient, conversation_id: str, upload: Upload) -> None:
        self.client = client
        self.cid = conversation_id
        self._upload = upload
        self.draft: dict[str, Any] = {}
        self.seen: list[dict[str, Any]] = []
        self.files: list[str] = []

    @property
    def id(self) -> str:
        return str(self.draft["draft_id"])

    async def begin(self) -> None:
        given = {"treatment_date": DAY}
        self.draft = await self.client.create_draft(self.cid, "claim", given, uuid.uuid4().hex)

    async def fill(self) -> None:
        """Answers whatever is asked until nothing is."""
        while question := self.draft["next"]:
            self.seen.append(self.draft)
            assert len(self.seen) < 40, question
            self.draft = await self.client.answer_question(
                self.cid,
                self.id,
                question["question"],
                self._answer(question),
                item=question["item"],
                source="customer",
            )

    def _answer(self, question: dict[str, Any]) -> Any:
        """A plausible answer to any question, by its kind."""
        if question["question"] == "service":
            return "mri"  # asks for everything there is: a report and a prescription too
        if question["options"]:
            return question["options"][0]["value"]
        kind, rules = question["kind"], question["rules"]
        if kind == "documents":
            return [self._file() for _ in rules["missing"]]
        if kind == "document":
            return self._file()
        answers = {"date": DAY, "yes_no": False, "consent": True, "email": {"known": "profile"}}
        if kind == "amount":
            return {"amount": "50.00", "currency": rules["currency"]}
        return None if question["optional"] else answers.get(kind, "Poliambulatorio San Luca")

    def _file(self) -> str:
        self.files.append(self._upload(self.cid, bills.make_pdf(uuid.uuid4().hex)))
        return self.files[-1]


Call = Callable[[BackendClient, Claim], Awaitable[Any]]


async def contact_code_sent(client: BackendClient, claim: Claim) -> Any:
    """The code for a new address."""
    answers = {"contact": "email", "new_email": "new@example.net"}
    draft = await client.create_draft(claim.cid, "contact_data", answers, "contact")
    return await client.send_contact_code(claim.cid, draft["draft_id"])


async def contact_code_withdrawn(client: BackendClient, claim: Claim) -> Any:
    """The code for a new address is waited for no longer."""
    await contact_code_sent(client, claim)
    assert (await client.get_conversation(claim.cid))["login"]["awaits_code"]
    await client.withdraw_contact_code(claim.cid)
    assert not (await client.get_conversation(claim.cid))["login"]["awaits_code"]


async def submitted(client: BackendClient, claim: Claim) -> Any:
    await claim.fill()
    return await client.submit_draft(claim.cid, claim.id)


async def details_of_submitted(client: BackendClient, claim: Claim) -> Any:
    request = await submitted(client, claim)
    return await client.get_request(claim.cid, request["request_number"])


async def changed_and_reopened(client: BackendClient, claim: Claim) -> Any:
    await claim.fill()
    return await client.reopen_question(claim.cid, claim.id, "service", None)


async def ends_by_token(client: BackendClient, claim: Claim) -> Any:
    return await client.end_logins((await client.get_other_logins(claim.cid))["token"])


async def added_later(client: BackendClient, claim: Claim) -> Any:
    request = await submitted(client, claim)
    document = {"document_id": claim._file(), "document_type": "report"}
    return await client.add_documents(claim.cid, request["request_number"], [document], "add")


async def withdrawn(client: BackendClient, claim: Claim) -> Any:
    request = await submitted(client, claim)
    return await client.withdraw_request(claim.cid, request["request_number"], "withdraw")


REVIEWED = {
    "market": "it",
    "language": "it",
    "reason": "unsure",
    "text": "vorrei [word] indietro",
    "understood": [{"intent": "claim_reimbursement", "confidence": 0.4}],
}
PICKED = {"intent": "claim_reimbursement", "reason": "picked"}


async def picked_of_a_kept_turn(client: BackendClient, claim: Claim) -> Any:
    await client.put_review_turn("turn-1", REVIEWED)
    return await client.put_review_picked("turn-1", PICKED)


CALLS: dict[str, Call] = {
    "put_review_turn": lambda client, _: client.put_review_turn("turn-1", REVIEWED),
    "put_review_picked": picked_of_a_kept_turn,
    "add_documents": added_later,
    "withdraw_request": withdrawn,
    "get_market": lambda client, _: client.get_market("it"),
    "load_markets": lambda client, _: client.load_markets(),
    "get_care_hours": lambda client, _: client.get_care_hours("it"),
    "find_providers": lambda client, _: client.find_providers("it", city="Milano", specialty=None, limit=3),
    "get_conversation": lambda client, claim: client.get_conversation(claim.cid),
    "get_events": lambda client, _: client.get_events("id"),
    "get_articles": lambda client, _: client.get_articles("id", "id", ["dental_cleaning"]),
    "get_testimonials": lambda client, _: client.get_testimonials("id", "id"),
    "find_passage": lambda client, _: client.find_passage("it", "posso caricare più scontrini insieme?"),
    "create_account_link": lambda client, claim: client.create_account_link(
        claim.cid, "change_password", "it", "Latn"
    ),
    "get_other_logins": lambda client, claim: client.get_other_logins(claim.cid),
    "end_logins": ends_by_token,
    "log_out_everywhere": lambda client, claim: client.log_out_everywhere(claim.cid),
    "create_login_link": lambda client, claim: client.create_login_link(claim.cid, "it", "Latn"),
    "log_out": lambda client, claim: client.log_out(claim.cid),
    "get_me": lambda client, claim: client.get_me(claim.cid),
    "get_members": lambda client, claim: client.get_members(claim.cid),
    "get_policies": lambda client, claim: client.get_policies(claim.cid),
    "get_benefits": lambda client, claim: client.get_benefits(claim.cid, benefit_type=None),
    "get_drafts": lambda client, claim: client.get_drafts(claim.cid),
    "get_draft": lambda client, claim: client.get_draft(claim.cid, claim.id),
    "create_draft": lambda client, claim: client.create_draft(
        claim.cid, "claim", {"treatment_date": DAY, "person": "nobody"}, "another-key"
    ),
    "answer_question": lambda client, claim: client.answer_question(
        claim.cid, claim.id, "treatment_date", "2026-11-11", item=None, source="customer"
    ),
    "reopen_question": changed_and_reopened,
    "submit_draft": submitted,
    "send_contact_code": contact_code_sent,
    "withdraw_contact_code": contact_code_withdrawn,
    "discard_draft": lambda client, claim: client.discard_draft(claim.cid, claim.id),
    "put_feedback": lambda client, claim: client.put_feedback(
        claim.cid, "claim", {"score": 4, "comment": None}
    ),
    "get_requests": lambda client, claim: client.get_requests(claim.cid, status=None),
    "get_request": details_of_submitted,
}
# Tested by themselves: sending a code again (nobody may be logged in yet), and what Italy does not offer.
SERBIAN = (
    "get_instalments",
    "begin_payment",
    "get_pension_contracts",
    "get_cards",
    "change_card",
    "create_card_link",
)
INDONESIAN = ("get_fitting_articles", "put_article_consent")
BY_ITSELF = {"send_code_again", *SERBIAN, *INDONESIAN}

N = "c-nobody"
REFUSALS: dict[str, tuple[Call, type[Refused], str]] = {
    "put_review_turn": (
        lambda client, _: client.put_review_turn("turn-1", REVIEWED | {"text": "scrivo da a@example.org"}),
        Refused,
        "input_invalid",
    ),
    "put_review_picked": (
        lambda client, _: client.put_review_picked("never-kept", PICKED),
        NotFound,
        "not_found",
    ),
    "add_documents": (
        lambda client, claim: client.add_documents(
            claim.cid, "IT-00000000-0", [{"document_id": "d" * 32, "document_type": "report"}], "add"
        ),
        NotFound,
        "not_found",
    ),
    "withdraw_request": (
        lambda client, claim: client.withdraw_request(claim.cid, "IT-00000000-0", "withdraw"),
        NotFound,
        "not_found",
    ),
    "get_market": (lambda client, _: client.get_market("xx"), NotFound, "not_found"),
    "get_care_hours": (lambda client, _: client.get_care_hours("xx"), NotFound, "not_found"),
    "find_providers": (lambda client, _: client.find_providers("it", kind="pub"), Refused, "value_invalid"),
    "get_conversation": (lambda client, _: client.get_conversation("unknown"), NotFound, "not_found"),
    "create_account_link": (
        lambda client, _: client.create_account_link(N, "change_password", "it", "Latn"),
        LoginRequired,
        "login_required",
    ),
    "get_other_logins": (lambda client, _: client.get_other_logins(N), LoginRequired, "login_required"),
    "end_logins": (lambda client, _: client.end_logins("forged"), NotFound, "not_found"),
    "log_out_everywhere": (lambda client, _: client.log_out_everywhere(N), LoginRequired, "login_required"),
    "create_login_link": (
        lambda client, _: client.create_login_link("unknown", "it", "Latn"),
        NotFound,
        "not_found",
    ),
    "send_code_again": (lambda client, _: client.send_code_again(N), Refused, "no_login_open"),
    "log_out": (lambda client, _: client.log_out("unknown"), NotFound, "not_found"),
    "get_me": (lambda client, _: client.get_me(N), LoginRequired, "login_required"),
    "get_members": (lambda client, _: client.get_members(N), LoginRequired, "login_required"),
    "get_policies": (
        lambda client, claim: client.get_policies(claim.cid, person_id="p" * 32),
        NotFound,
        "not_found",
    ),
    "get_benefits": (
        lambda client, claim: client.get_benefits(claim.cid, benefit_type="luck"),
        Refused,
        "value_invalid",
    ),
    "get_drafts": (lambda client, _: client.get_drafts(N), LoginRequired, "login_required"),
    "get_draft": (lambda client, claim: client.get_draft(claim.cid, "d" * 32), NotFound, "not_found"),
    "create_draft": (
        lambda client, _: client.create_draft(N, "claim", {}, "key"),
        LoginRequired,
        "login_required",
    ),
    "answer_question": (
        lambda client, claim: client.answer_question(
            claim.cid, claim.id, "treatment_date", "2027-01-01", item=None, source="customer"
        ),
        Refused,
        "date_in_future",
    ),
    "reopen_question": (
        lambda client, claim: client.reopen_question(claim.cid, "d" * 32, "service", None),
        NotFound,
        "not_found",
    ),
    "send_contact_code": (
        lambda client, claim: client.send_contact_code(claim.cid, claim.id),
        Refused,
        "no_code_asked",
    ),
    "withdraw_contact_code": (
        lambda client, _: client.withdraw_contact_code("unknown"),
        NotFound,
        "not_found",
    ),
    "submit_draft": (
        lambda client, claim: client.submit_draft(claim.cid, claim.id),
        Refused,
        "draft_incomplete",
    ),
    "get_cards": (lambda client, claim: client.get_cards(claim.cid), NotFound, "not_found"),
    "change_card": (
        lambda client, claim: client.change_card(claim.cid, "m" * 32, "activate"),
        NotFound,
        "not_found",
    ),
    "create_card_link": (
        lambda client, claim: client.create_card_link(claim.cid, "m" * 32),
        NotFound,
        "not_found",
    ),
    "get_events": (lambda client, _: client.get_events("xx"), NotFound, "not_found"),
    "get_articles": (lambda client, _: client.get_articles("xx", "id", []), NotFound, "not_found"),
    "get_testimonials": (lambda client, _: client.get_testimonials("xx", "id"), NotFound, "not_found"),
    "get_fitting_articles": (
        lambda client, claim: client.get_fitting_articles(claim.cid, "it"),
        Refused,
        "consent_needed",
    ),
    "put_article_consent": (
        lambda client, _: client.put_article_consent(N, True, "it", "agree"),
        LoginRequired,
        "login_required",
    ),
    "find_passage": (lambda client, _: client.find_passage("xx", "?"), NotFound, "not_found"),
    "get_instalments": (lambda client, _: client.get_instalments(N), LoginRequired, "login_required"),
    "begin_payment": (
        lambda client, claim: client.begin_payment(claim.cid, "i" * 32),
        NotFound,
        "not_found",
    ),
    "get_pension_contracts": (
        lambda client, _: client.get_pension_contracts(N),
        LoginRequired,
        "login_required",
    ),
    "put_feedback": (
        lambda client, _: client.put_feedback("unknown", "claim", {"score": 4}),
        NotFound,
        "not_found",
    ),
    "discard_draft": (lambda client, claim: client.discard_draft(claim.cid, "d" * 32), NotFound, "not_found"),
    "get_requests": (lambda client, _: client.get_requests(N), LoginRequired, "login_required"),
    "get_request": (
        lambda client, claim: client.get_request(claim.cid, "IT-00000000-0"),
        NotFound,
        "not_found",
    ),
}
