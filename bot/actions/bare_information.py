"""Where a bare piece of information leads that nobody asked for: a number of a request, a town, a service."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.care_action import Events
from bot.actions.turn import Reply

# What names a place of care or where it is, and what names care.
PLACES = ("city", "postal_code", "doctor", "provider", "specialty")
CARE = ("service", "benefit_type")
# The first of these that is there.
LEADS_TO = (
    (("request_number",), "action_check_request_status"),
    (PLACES, "action_find_provider"),
    (CARE, "action_show_benefits"),
    (("policy_number", "policy_type"), "action_show_policies"),
)


def leads_to(reply: Reply) -> str | None:
    """The action that a bare piece of information is for, when nothing was asked."""
    return next((action for entities, action in LEADS_TO if reply.entity(*entities) is not None), None)


def leads_elsewhere(reply: Reply, *own: str) -> Events:
    """What to go on with when a bare piece of information holds nothing that was asked for (`own` entities).

    A request number after a list of hospitals asks for the request, not for a hospital of that name, and a file is
    none of them.
    """
    if reply.intent != "inform" or reply.entity(*own) is not None:
        return []
    action = "action_inform" if reply.attachments else leads_to(reply)
    return [SlotSet("awaiting", None), FollowupAction(action)] if action else []
