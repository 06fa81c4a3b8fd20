"""Payments, to read only: what is to be given back is found by its state."""

from typing import Any, ClassVar

from sqladmin import ModelView

from backend.payments.models import Payment


class PaymentList(ModelView, model=Payment):
    """Newest first."""

    name, name_plural = "Payment", "Payments"
    icon = "fa-solid fa-coins"
    can_create = can_edit = can_delete = can_export = can_view_details = False
    column_list: ClassVar[list[Any]] = [
        Payment.id,
        Payment.state,
        Payment.amount,
        Payment.currency,
        Payment.reference,
        Payment.created_at,
        Payment.settled_at,
    ]
    column_searchable_list: ClassVar[list[Any]] = [Payment.id, Payment.state, Payment.reference]
    column_sortable_list: ClassVar[list[Any]] = [Payment.created_at, Payment.state]
    column_default_sort: ClassVar[Any] = (Payment.created_at, True)
    page_size = 50
