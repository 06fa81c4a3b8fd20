"""The claims handler's pages: the list of requests, and one request with what can be done about it now."""

from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from markupsafe import Markup
from sqladmin import BaseView, ModelView, expose
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response, StreamingResponse

from backend.accounts.tokens import same
from backend.documents.store import open_blob_store
from backend.errors import Fault
from backend.policies.catalogue import catalogue
from backend.requests.decisions import Decision, DecisionRefused, decide, look_at, read_document
from backend.requests.models import Request
from backend.requests.states import TRANSITIONS
from backend.requests.views import show_request

EXTENSIONS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


def _link(model: Any, name: Any) -> Any:
    return Markup('<a href="/office/requests/{0}">{0}</a>').format(model.number)


class RequestList(ModelView, model=Request):
    """All requests, newest first; to read only."""

    name, name_plural = "Request", "Requests"
    icon = "fa-solid fa-file-medical"
    can_create = can_edit = can_delete = can_export = can_view_details = False
    column_list: ClassVar[list[Any]] = [
        Request.number,
        Request.market,
        Request.kind,
        Request.status,
        Request.service,
        Request.amount,
        Request.submitted_at,
        Request.expected_by,
    ]
    column_labels: ClassVar[dict[Any, str]] = {
        Request.number: "Number",
        Request.market: "Market",
        Request.kind: "Kind",
        Request.status: "Status",
        Request.service: "Service",
        Request.amount: "Amount",
        Request.submitted_at: "Submitted",
        Request.expected_by: "Expected by",
    }
    column_searchable_list: ClassVar[list[Any]] = [Request.number, Request.policy_number, Request.status]
    column_sortable_list: ClassVar[list[Any]] = [Request.submitted_at, Request.status, Request.expected_by]
    column_default_sort: ClassVar[Any] = (Request.submitted_at, True)
    column_formatters: ClassVar[dict[Any, Any]] = {
        Request.number: _link,
        Request.submitted_at: lambda model, name: model.submitted_at.strftime("%Y-%m-%d"),
    }
    page_size = 25


class RequestPage(BaseView):
    """One request: answers, documents, steps, and a form for the next step."""

    name = "Request"

    def is_visible(self, request: HttpRequest) -> bool:
        return False  # reached from the list

    @expose("/requests/{number}", methods=["GET", "POST"], identity="request-page")
    async def page(self, request: HttpRequest) -> Response:
        error, status, values, missing = None, 200, dict[str, str](), list[str]()
        if request.method == "POST":
            form = await request.form()
            given = str(form.get("csrf", ""))
            if not same(given, str(request.session.get("csrf"))):
                return Response("The form is no longer valid: go back and load the page again.", 403)
            values = {name: str(form.get(name, "")).strip() for name in ("to", "reason", "amount", "seen")}
            missing = [str(name) for name in form.getlist("missing")]
            try:
                await run_in_threadpool(self._decide, request, values, missing)
                return RedirectResponse(request.url, 303)
            except (DecisionRefused, Fault) as refused:
                error, status = str(refused) or type(refused).__name__, 422
        context = await run_in_threadpool(self._context, request)
        if context is None:
            return Response("No such request.", 404)
        return await self.templates.TemplateResponse(
            request,
            "office_request.html",
            {**context, "error": error, "given": values, "missing": missing},
            status_code=status,
        )

    @expose("/requests/{number}/documents/{document_id}", identity="request-document")
    async def document(self, request: HttpRequest) -> Response:
        return await run_in_threadpool(self._document, request)

    def _decide(self, request: HttpRequest, values: dict[str, str], missing: list[str]) -> None:
        amount = None
        if values["amount"]:
            try:
                amount = Decimal(values["amount"].replace(",", "."))
            except InvalidOperation:
                raise DecisionRefused("The amount is not a number.") from None
        decision = Decision(values["to"], values["reason"], values["seen"], amount, missing)
        with self._sessions(request).begin() as session:
            decide(session, request.path_params["number"], self._actor(request), decision)

    def _context(self, request: HttpRequest) -> dict[str, Any] | None:
        with self._sessions(request).begin() as session:
            found = look_at(session, request.path_params["number"], self._actor(request))
            if found is None:
                return None
            return {
                "request_view": show_request(found),
                "answers": found.answers,
                "actors": [entry.actor for entry in found.timeline],
                "moves": sorted(TRANSITIONS[found.status] - {"withdrawn"}),
                "document_types": catalogue().document_type,
                "csrf": request.session["csrf"],
            }

    def _document(self, request: HttpRequest) -> Response:
        number, document_id = request.path_params["number"], request.path_params["document_id"]
        with self._sessions(request).begin() as session:
            document = read_document(session, number, document_id, self._actor(request))
            if document is None:
                return Response("No such document.", 404)
            media_type, sha256 = document.media_type, document.blob_sha256
        store = open_blob_store(self._state(request).settings.files_folder)
        headers = {
            "Content-Disposition": f'attachment; filename="{document_id}.{EXTENSIONS.get(media_type, "bin")}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        }
        return StreamingResponse(store.read(sha256), media_type=media_type, headers=headers)

    def _state(self, request: HttpRequest) -> Any:
        # The page runs in a mounted app: the backend's own state hangs on the class that was registered.
        return self._admin_ref.app.state

    def _sessions(self, request: HttpRequest) -> Any:
        return self._state(request).session_factory

    @staticmethod
    def _actor(request: HttpRequest) -> str:
        return f"staff:{request.session['staff']}"
