"""What customers said, to read only."""

from typing import Any, ClassVar

from sqladmin import ModelView

from backend.feedback.models import Feedback


class FeedbackList(ModelView, model=Feedback):
    """Newest first; filtered by looking for a journey or a market."""

    name, name_plural = "Feedback", "Feedback"
    icon = "fa-solid fa-star"
    can_create = can_edit = can_delete = can_export = can_view_details = False
    column_list: ClassVar[list[Any]] = [
        Feedback.updated_at,
        Feedback.market,
        Feedback.language,
        Feedback.journey,
        Feedback.score,
        Feedback.comment,
    ]
    column_searchable_list: ClassVar[list[Any]] = [Feedback.journey, Feedback.market, Feedback.comment]
    column_sortable_list: ClassVar[list[Any]] = [Feedback.updated_at, Feedback.score, Feedback.journey]
    column_default_sort: ClassVar[Any] = (Feedback.updated_at, True)
    column_formatters: ClassVar[dict[Any, Any]] = {
        Feedback.updated_at: lambda model, name: model.updated_at.strftime("%Y-%m-%d"),
    }
    page_size = 50
