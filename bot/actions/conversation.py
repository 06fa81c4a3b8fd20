"""Greeting, menu, language, bare information outside a form, and not understanding."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from bot.actions.answers import SUBMITTING, spare
from bot.actions.backend_client import Json
from bot.actions.bare_information import CARE, PLACES, leads_to
from bot.actions.care_action import CareAction, Events
from bot.actions.guides import say_passage
from bot.actions.reading import speaks_of_withdrawal
from bot.actions.review import keep_unsure
from bot.actions.turn import Turn, payload
from locales import texts
from locales.script import normalise

# What the menu offers, in this order, and the journey of the market pack it belongs to.
MENU = {
    "view_policies": "policies",
    "ask_coverage_limit": "benefits",
    "find_provider": "providers",
    "claim_reimbursement": "claim",
    "request_direct_care": "direct_care",
    "report_car_damage": "car_damage",
    "list_requests": "requests",
    "view_ecard": "ecard",
    "pay_premium": "premium",
    "talk_to_agent": None,
}
# The journeys of intents that not every market offers, as the market packs name them.
JOURNEYS = {
    "claim_reimbursement": "claim",
    "register_account": "register",
    "forgot_password": "forgot_password",
    "forgot_username": "forgot_username",
    "change_password": "change_password",
    "view_ecard": "ecard",
    "activate_ecard": "ecard",
    "view_pension_fund": "pension_fund",
    "pay_premium": "premium",
    "request_direct_care": "direct_care",
    "report_car_damage": "car_damage",
    "update_contact": "contact_data",
    "update_bank_account": "bank_account",
    "ask_events": "events",
    "ask_health_articles": "health_articles",
    "read_testimonials": "testimonials",
}
# A meaning as likely as this is offered before what was told is taken by itself.
PERHAPS = 0.35
# Not offered as "did you mean": they are reactions, not wishes.
NOT_WISHES = {"affirm", "deny", "inform", "greet", "goodbye", "thank", "nlu_fallback", "out_of_scope", "stop"}

# From this confidence on a message that was not understood is taken for one in another language.
SURELY_ANOTHER = 0.9

# The button that takes the consent to fitted articles back; a "stop" right below it, also an unsure one, means it.
WITHDRAW = "withdraw"
WITHDRAWAL = payload("ask_health_articles", choice=WITHDRAW)

# What is not understood is looked up in the guides only where it is a whole question and well covered there.
FEWEST_WORDS = 4
CLEARLY = 0.6

# Entities that say by themselves what a message without a clear wish is about.
TELLING = ("request_number", *PLACES, *CARE)


async def menu_buttons(turn: Turn) -> list[Json]:
    """The menu of this market as buttons."""
    journeys = (await turn.backend.get_market(turn.market))["journeys"]
    offered = [
        intent for intent, journey in MENU.items() if journey is None or journeys[journey] == "offered"
    ]
    return [turn.button(f"menu_{intent}", f"/{intent}") for intent in offered]


class ActionGreet(CareAction):
    """Hello, by name when somebody is logged in."""

    action_name = "action_greet"

    async def answer(self, turn: Turn) -> Events:
        login = (await turn.backend.get_conversation(turn.conversation_id))["login"]
        pack = await turn.backend.get_market(turn.market)
        buttons = await menu_buttons(turn)
        if login["state"] == "logged_in":
            turn.say("greet_by_name", name=login["first_name"], buttons=buttons)
        else:
            turn.say("greet", insurer=pack["insurer_name"], buttons=buttons)
        return [SlotSet("misunderstood", 0)]


class ActionShowMenu(CareAction):
    """What can be done here."""

    action_name = "action_show_menu"

    async def answer(self, turn: Turn) -> Events:
        turn.say("menu", buttons=await menu_buttons(turn))
        return [SlotSet("misunderstood", 0)]


class ActionChangeLanguage(CareAction):
    """Switches on request, or asks to which language."""

    action_name = "action_change_language"

    async def answer(self, turn: Turn) -> Events:
        wanted = turn.reply.entity("language")
        language, _, script = str(wanted or "").partition("-")
        said = normalise(turn.reply.text)
        named = "Cyrl" if "ciril" in said else "Latn" if "latin" in said else ""
        if named and not script:
            language, script = "sr", named
        if language not in texts.languages():
            turn.say("change_language_which", buttons=_language_buttons(turn), asks=True)
            return []
        turn.tracker.slots["language"] = language
        turn.tracker.slots["script"] = script or turn.script
        turn.say("change_language_done")
        return [SlotSet("language", language), SlotSet("script", script or turn.script)]


def _language_buttons(turn: Turn) -> list[Json]:
    """One for each `language_<language>` or `language_<language>_<script>` among the texts."""
    buttons = []
    for key in sorted(texts.load(turn.language)):
        start, language, script = (*key.split("_"), "", "")[:3]
        if start == "language" and language in texts.languages():
            code = f"{language}-{script.title()}" if script else language
            buttons.append(turn.button(key, payload("change_language", language=code)))
    return buttons


class ActionInform(CareAction):
    """A bare piece of information when nothing was asked: taken as the wish it most likely belongs to."""

    action_name = "action_inform"

    async def answer(self, turn: Turn) -> Events:
        reply = turn.reply
        if reply.step or reply.choice in SUBMITTING:
            # The button of a form that was left or confirmed before: what became of that draft is said there.
            return [FollowupAction("action_resume_draft")]
        if reply.attachments:
            waiting = await self._waiting_request(turn)
            if waiting is not None:
                kept = [*turn.slot("spare_documents", []), *spare(reply.attachments)]
                number = waiting["request_number"]
                turn.say(
                    "file_for_waiting_request",
                    names=turn.listing(d["filename"] for d in reply.attachments),
                    number=number,
                    buttons=[
                        turn.button("button_add_documents", payload("add_documents", request_number=number)),
                        turn.button("menu_claim_reimbursement", "/claim_reimbursement"),
                    ],
                )
                return [SlotSet("spare_documents", kept)]
            kept = [*turn.slot("spare_documents", []), *spare(reply.attachments)]
            names = turn.listing(d["filename"] for d in reply.attachments)
            turn.say("file_received_outside_form", names=names)
            return [SlotSet("spare_documents", kept)]
        action = leads_to(reply)
        if action:
            return [FollowupAction(action)]
        turn.say("inform_unclear", buttons=await menu_buttons(turn))
        return []

    @staticmethod
    async def _waiting_request(turn: Turn) -> Json | None:
        """The one request that waits for documents, when somebody is logged in and there is just one."""
        login = (await turn.backend.get_conversation(turn.conversation_id))["login"]
        if login["state"] != "logged_in":
            return None
        waiting = await turn.backend.get_requests(turn.conversation_id, status="documents_needed")
        return waiting[0] if len(waiting) == 1 else None


class ActionFallback(CareAction):
    """Not understood: first the two likeliest meanings as buttons, then the menu, then people."""

    action_name = "action_not_understood"

    async def answer(self, turn: Turn) -> Events:
        if speaks_of_withdrawal(turn.reply.text, turn.language):
            return [FollowupAction("action_withdraw_request")]
        ranking = turn.tracker.latest_message.get("intent_ranking") or []
        likeliest = next((entry["name"] for entry in ranking if entry["name"] != "nlu_fallback"), None)
        if likeliest == "stop" and turn.just_offered(WITHDRAWAL):
            return [FollowupAction("action_stop_request")]
        likely = [wish for wish in map(wish_of, ranking) if turn.has_words(f"wish_{wish}")][:2]
        if turn.reply.entity(*TELLING) and not any(
            wish_of(entry) in likely and entry["confidence"] >= PERHAPS for entry in ranking
        ):
            return [FollowupAction("action_inform")]
        written = turn.tracker.latest_message.get("language") or {}
        if written.get("name") == "other" and written.get("confidence", 0) >= SURELY_ANOTHER:
            turn.say("language_not_spoken", buttons=_language_buttons(turn))
            return []
        if len(turn.reply.text.split()) >= FEWEST_WORDS and await say_passage(turn, CLEARLY):
            return [SlotSet("misunderstood", 0)]
        count = int(turn.slot("misunderstood", 0)) + 1
        if count == 1 and likely:
            buttons = [turn.button(f"wish_{wish}", _payload_of(wish)) for wish in likely]
            turn.say(
                "not_understood_did_you_mean",
                buttons=[*buttons, turn.button("button_menu", "/ask_capabilities")],
                asks=True,
            )
        elif count <= 2:
            turn.say("not_understood_rephrase", buttons=await menu_buttons(turn))
        else:
            people = turn.button("menu_talk_to_agent", payload("talk_to_agent", choice="misunderstood"))
            turn.say("not_understood_people", buttons=[people])
        return [SlotSet("misunderstood", count), *await keep_unsure(turn)]


def wish_of(entry: Json) -> str:
    """The end of the key of a meaning's words: an intent, for a question of the FAQ with its name; or nothing."""
    if entry["name"] in NOT_WISHES:
        return ""
    return str(entry.get("full_retrieval_intent_name") or entry["name"]).replace("/", "_")


def _payload_of(wish: str) -> str:
    question = wish.removeprefix("faq_")
    return payload("faq", choice=question) if question != wish else f"/{wish}"


class ActionOfferNear(CareAction):
    """A journey this chat or this market does not offer: says so and names what is near."""

    action_name = "action_offer_near"

    async def answer(self, turn: Turn) -> Events:
        return await offer_near(turn)


async def offer_near(turn: Turn) -> Events:
    """Says that what is wished is not offered, and what is."""
    pack = await turn.backend.get_market(turn.market)
    wish, buttons = turn.words(f"wish_{turn.reply.intent}"), await menu_buttons(turn)
    if pack["journeys"][JOURNEYS[turn.reply.intent]] == "absent":
        turn.say("not_offered_market", wish=wish, buttons=buttons)
    else:
        care = pack["care"]
        turn.say("not_offered_here", wish=wish, phone=care["phones"][0], email=care["email"], buttons=buttons)
    return []
