"""What the actions read in each answer of the backend: the form every method's answer must have."""

from typing import Any

from tests.bot.actions.conftest import PACK

MONEY = {"amount": None, "currency": None}
PERSON = {"person_id": None, "full_name": None}
ANSWER = {
    "question": None,
    "item": None,
    "kind": None,
    "value": None,
    "display": {"label": None, "label_key": None, "documents": None},
    "source": None,
    "editable": None,
}
OPTION = {"value": None, "label": None, "label_key": None, "detail": None}
DRAFT = {
    "draft_id": None,
    "kind": None,
    "market": None,
    "status": None,
    "request_number": None,
    "answers": [ANSWER],
    "next": {
        "question": None,
        "item": None,
        "kind": None,
        "optional": None,
        "options": None,
        "suggestion": None,
        "rules": None,
    },
    "ready": None,
    "progress": {"answered": None, "total": None},
    "dropped": None,
    "rejected": None,
    "warnings": None,
}
CARD = {
    "membership_id": None,
    "person_id": None,
    "full_name": None,
    "member_number": None,
    "product": None,
    "valid_to": None,
    "state": None,
}
CLOSED_DRAFT = DRAFT | {"next": None}
SUMMARY = {
    "request_number": None,
    "kind": None,
    "status": None,
    "submitted_at": None,
    "person": PERSON,
    "service": None,
    "amount": None,
    "decided_amount": None,
}
REQUEST = SUMMARY | {
    "timeline": [{"status": None, "at": None}],
    "documents": [{"filename": None, "document_type": None}],
    "missing_documents": None,
    "expected_by": None,
}
MARKET = {
    "currency": None,
    "timezone": None,
    "insurer_name": None,
    "emergency": [{"service": None, "number": None}],
    "care": {"phones": [None], "email": None, "hours": [{"days": [None], "opens": None, "closes": None}]},
    "journeys": dict.fromkeys(PACK["journeys"]),
    "code": {"at_login": None, "life_seconds": None},
    "files": {"max_bytes": None, "media_types": [None]},
}
FORMS: dict[str, Any] = {
    "get_market": MARKET,
    "load_markets": None,
    "get_care_hours": {"open": None, "opens_at": None, "holiday": None},
    "find_providers": {
        "total": None,
        "matched": {"city": None},
        "items": [
            {
                "name": None,
                "kind": None,
                "street": None,
                "city": None,
                "postal_code": None,
                "lat": None,
                "lon": None,
                "phone": None,
                "doctors": None,
                "distance_km": None,
            }
        ],
    },
    "get_conversation": {"login": {"state": None, "first_name": None}},
    "create_login_link": {"token": None, "expires_at": None},
    "create_account_link": {"token": None, "expires_at": None},
    "log_out_everywhere": None,
    "get_other_logins": {"others": None, "token": None},
    "end_logins": None,
    "send_code_again": {"masked_email": None, "purpose": None, "expires_at": None},
    "send_contact_code": {"contact": None, "masked": None, "expires_at": None, "sent": None},
    "withdraw_contact_code": None,
    "log_out": None,
    "get_me": PERSON | {"masked_email": None, "first_name": None},
    "get_members": [PERSON | {"first_name": None, "relation": None}],
    "get_policies": [
        {
            "policy_number": None,
            "policy_type": None,
            "product": None,
            "status": None,
            "valid_from": None,
            "valid_to": None,
            "members": (PERSON,),
            "premium": None,
        }
    ],
    "get_benefits": [
        {
            "policy_number": None,
            "product": None,
            "benefit_type": None,
            "covered": None,
            "limit": None,
            "left": None,
            "used": MONEY,
            "visits_limit": None,
            "visits_left": None,
            "co_payment_percent": None,
            "co_payment": None,
            "period_start": None,
            "period_end": None,
            "waiting_until": None,
            "service_covered": None,
        }
    ],
    "get_drafts": [CLOSED_DRAFT],
    "get_draft": DRAFT,
    "create_draft": DRAFT,
    "answer_question": DRAFT,
    "reopen_question": DRAFT,
    "submit_draft": REQUEST,
    "discard_draft": None,
    "get_cards": [CARD],
    "change_card": CARD,
    "create_card_link": {"token": None},
    "get_events": [
        {
            "language": None,
            "title": None,
            "summary": None,
            "starts_at": None,
            "ends_at": None,
            "place": None,
            "online_url": None,
            "calendar": None,
        }
    ],
    "get_articles": [{"language": None, "title": None, "body": None}],
    "get_fitting_articles": [{"language": None, "title": None, "body": None}],
    "put_article_consent": None,
    "get_testimonials": [{"language": None, "author": None, "text": None}],
    "find_passage": {"title": None, "language": None, "page": None, "text": None, "score": None},
    "get_instalments": [
        {
            "instalment_id": None,
            "policy_number": None,
            "product": None,
            "amount": {"amount": None, "currency": None},
            "due_date": None,
            "overdue": None,
        }
    ],
    "begin_payment": {
        "payment_id": None,
        "checkout_url": None,
        "amount": {"amount": None, "currency": None},
        "expires_at": None,
    },
    "get_pension_contracts": [
        {
            "contract_number": None,
            "fund": None,
            "since": None,
            "units": None,
            "unit_value": None,
            "value_date": None,
            "value": None,
            "paid_in": None,
            "contributions": None,
        }
    ],
    "put_review_turn": None,
    "put_review_picked": None,
    "put_feedback": {"journey": None, "score": None, "comment": None},
    "get_requests": [SUMMARY],
    "get_request": REQUEST,
    "add_documents": REQUEST,
    "withdraw_request": REQUEST,
}
