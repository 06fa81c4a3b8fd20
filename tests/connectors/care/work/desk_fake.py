"""The backend's side of a customer's data at the desk: one customer, one draft; remembers what was looked at."""

from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.connectors.care.staff_fake import FakeStaff
from tests.connectors.gateway_fakes import FakeBackend, refuse

CLEAR = {"name": "Luca Bianchi", "email": "luca.bianchi@example.it", "birth_date": "1984-03-02"}
PICTURE = b"\x89PNG\r\n\x1a\nfake"


@dataclass
class FakeDesk:
    """Logged in wherever `logged_in` has the conversation."""

    backend: FakeBackend
    staff: FakeStaff = field(init=False)
    logged_in: set[str] = field(default_factory=set)
    looks: list[tuple[str, Any]] = field(default_factory=list)
    filled: dict[str, dict[str, Any]] = field(default_factory=dict)
    fills: int = 0
    refuse_fill: str | None = None
    down: int = 0
    # Every customer has logged out since the page was drawn.
    nobody_proven: bool = False
    others: list[str] = field(default_factory=list)
    date: str | None = None
    sent: dict[tuple[str, bytes], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.staff = FakeStaff(self.backend)
        base = "/desk/conversations/{cid}"
        answer = base + "/drafts/{draft}/answers/{question}"
        self.backend.app.router.routes.extend(
            [
                Route(base + "/view", self.view, methods=["POST"]),
                Route(base + "/unmask", self.unmask, methods=["POST"]),
                Route(base + "/documents/{document}/view", self.document, methods=["POST"]),
                Route(base + "/files", self.take_file, methods=["POST"]),
                Route(answer + "/proposals", self.propose, methods=["POST"]),
                Route(answer, self.fill, methods=["PUT"]),
            ]
        )

    def draft(self) -> dict[str, Any]:
        plain = {
            "item": None,
            "options": [],
            "rules": {},
            "editable": True,
            "label_key": "",
            "optional": False,
        }
        answers = [
            {
                **plain,
                "question": "service",
                "kind": "choice",
                "value": None,
                "hidden": True,
                "display": {},
                "source": "customer",
            }
        ]
        date = {**plain, "question": "treatment_date", "kind": "date"}
        if self.date:
            answers.append({**date, "value": self.date, "display": {}, "hidden": False, "source": "agent"})
        amount = {**plain, "question": "expense_amount", "kind": "amount", "rules": {"currency": "EUR"}}
        return {
            "draft_id": "d1",
            "kind": "claim",
            "market": "it",
            "answers": answers,
            "next": amount if self.date else date,
            "ready": False,
        }

    async def view(self, request: Request) -> Response:
        cid, body = request.path_params["cid"], await request.json()
        if self.down:
            self.down -= 1
            return refuse(503, "internal_error")
        if not self.allowed(request):
            return refuse(401, "staff_login_required")
        self.looks.append(("view", body["handover"]["id"]))
        known = cid in self.logged_in
        person = {
            "masked_name": "L. B.",
            "masked_email": "l***@example.it",
            "masked_phone": None,
            "birth_year": 1984,
            "market": "it",
        }
        policy = {"policy_number": "IT-1", "product": "Salute Più", "valid_to": "2027-01-31"}
        request_ = {
            "request_number": "R-77",
            "kind": "claim",
            "status": "in_review",
            "submitted_at": "2026-11-01T10:00:00Z",
            "service": "mri",
            "amount": {"amount": "85.50", "currency": "EUR"},
        }
        return JSONResponse(
            {
                "login": {"state": "logged_in" if known else "none"},
                "person": person if known else None,
                "other_market": None,
                "policies": [policy] if known else [],
                "drafts": [self.draft()] if known else [],
                "requests": [request_] if known else [],
                "documents": [],
                "other_conversations": self.others if known else [],
            }
        )

    async def unmask(self, request: Request) -> Response:
        body = await request.json()
        if not self.allowed(request):
            return refuse(401, "staff_login_required")
        if self.nobody_proven:
            return refuse(401, "login_required")
        self.looks.append(("unmask", (tuple(body["fields"]), body["reason"])))
        return JSONResponse({name: CLEAR.get(name) for name in body["fields"]})

    async def document(self, request: Request) -> Response:
        if not self.allowed(request) or request.path_params["document"] != "doc1":
            return refuse(404, "not_found")
        self.looks.append(("file", "doc1"))
        return Response(PICTURE, media_type="image/png")

    async def take_file(self, request: Request) -> Response:
        """A PDF or a PNG; the same one under the same key once."""
        if not self.allowed(request):
            return refuse(401, "staff_login_required")
        content, asked = await request.body(), request.query_params
        media_type = {b"%PDF": "application/pdf", b"\x89PNG": "image/png"}.get(content[:4])
        if media_type is None:
            return refuse(415, "file_type_not_allowed")
        assert asked["handover_id"] and asked["requested_at"]
        self.looks.append(("sent", asked["filename"]))
        key = (request.headers["idempotency-key"], content)
        token = self.sent.setdefault(key, f"token-of-file-{len(self.sent):04}")
        self.backend.sent_files[token] = content
        kind = "pdf" if media_type == "application/pdf" else "image"
        told = {"filename": asked["filename"], "kind": kind, "media_type": media_type, "size": len(content)}
        return JSONResponse({**told, "token": token}, 201)

    async def propose(self, request: Request) -> Response:
        body = await request.json()
        question = request.path_params["question"]
        if body["value"] == "2099-01-01":
            return refuse(422, "date_in_future")
        kind = "date" if question == "treatment_date" else "amount"
        proposal = {
            "question": question,
            "item": None,
            "kind": kind,
            "label_key": "",
            "value": body["value"],
            "display": {},
        }
        told = {"proposal": proposal, "drops": [], "grant": "granted", "expires_at": "2099-01-01T00:00:00Z"}
        return JSONResponse(told, 201)

    async def fill(self, request: Request) -> Response:
        body, key = await request.json(), request.headers["idempotency-key"]
        assert body["grant"] == "granted" and body["consent"].isdecimal()
        if self.down:
            self.down -= 1
            return refuse(503, "internal_error")
        if self.refuse_fill:
            return refuse(422, self.refuse_fill)
        self.fills += 1
        self.filled.setdefault(key, {**body, "question": request.path_params["question"]})
        if request.path_params["question"] == "treatment_date":
            self.date = body["value"]
        return JSONResponse(self.draft())

    def allowed(self, request: Request) -> bool:
        known = any(
            member["staff_id"] and request.headers.get("x-staff-token") == token
            for token, member in self.staff.members.items()
        )
        return known
