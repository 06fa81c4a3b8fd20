"""Pages on which staff edit events, articles and testimonials."""

from typing import Any, ClassVar

from sqladmin import ModelView
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from backend.content.editing import ContentRefused, remove, save
from backend.content.models import Article, Event, Testimonial

OURS = ("market", "language", "published_from", "published_until")


class ContentEditor(ModelView):
    """What the pages have in common: everything is written by the feature's own service."""

    can_export = can_view_details = False
    column_default_sort: ClassVar[Any] = ("published_from", True)
    page_size = 50

    async def insert_model(self, request: Request, data: dict[str, Any]) -> Any:
        return await run_in_threadpool(self._save, request, None, data)

    async def update_model(self, request: Request, pk: str, data: dict[str, Any]) -> Any:
        return await run_in_threadpool(self._save, request, pk, data)

    async def delete_model(self, request: Request, pk: Any) -> None:
        def work() -> None:
            with self._sessions().begin() as session:
                remove(session, self.model, str(pk), self._actor(request))

        self._refuse_foreign(request)
        await run_in_threadpool(work)

    def _save(self, request: Request, pk: str | None, data: dict[str, Any]) -> Any:
        self._refuse_foreign(request)
        with self._sessions().begin() as session:
            return save(session, self.model, pk, data, self._actor(request))

    def _sessions(self) -> Any:
        # The page runs in a mounted app: the backend's own state hangs on the class that was registered.
        return self._admin_ref.app.state.session_factory

    @staticmethod
    def _actor(request: Request) -> str:
        return f"staff:{request.session['staff']}"

    @staticmethod
    def _refuse_foreign(request: Request) -> None:
        """Beside the cookie that other sites' forms do not send: no form of another site."""
        origin = request.headers.get("origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
            raise ContentRefused("The form comes from another site.")


class EventEditor(ContentEditor, model=Event):
    name, name_plural, icon = "Event", "Events", "fa-solid fa-calendar"
    column_list: ClassVar[list[Any]] = ["day", "title", *OURS]
    column_searchable_list: ClassVar[list[Any]] = ["title", "market"]
    form_columns: ClassVar[list[Any]] = [
        *OURS,
        "title",
        "summary",
        "day",
        "starts",
        "ends",
        "place",
        "online_url",
    ]


class ArticleEditor(ContentEditor, model=Article):
    name, name_plural, icon = "Article", "Articles", "fa-solid fa-newspaper"
    column_list: ClassVar[list[Any]] = ["title", "topics", *OURS]
    column_searchable_list: ClassVar[list[Any]] = ["title", "topics", "market"]
    form_columns: ClassVar[list[Any]] = [*OURS, "title", "body", "topics"]


class TestimonialEditor(ContentEditor, model=Testimonial):
    # The name begins as tests do, which it is not.
    __test__ = False
    name, name_plural, icon = "Testimonial", "Testimonials", "fa-solid fa-comment"
    column_list: ClassVar[list[Any]] = ["author", "text", *OURS]
    column_searchable_list: ClassVar[list[Any]] = ["author", "market"]
    form_columns: ClassVar[list[Any]] = [*OURS, "author", "text"]
