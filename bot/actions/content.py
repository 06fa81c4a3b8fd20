"""Events, health articles and testimonials. Articles fit one's claims only after a log-in and a consent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rasa_sdk.events import SlotSet

from bot.actions.backend_client import Json, Refused
from bot.actions.care_action import CareAction, Events
from bot.actions.conversation import JOURNEYS, WITHDRAW, WITHDRAWAL, menu_buttons, offer_near
from bot.actions.turn import Turn, payload
from locales import formats

# What a button below articles asks for.
FOR_ME, AGREE, GENERAL = "for_me", "agree", "general"


async def _put_consent(turn: Turn, choice: str) -> None:
    key = f"articles-{choice}-{turn.message_id}"
    await turn.backend.put_article_consent(turn.conversation_id, choice == AGREE, turn.language, key)


async def withdraw_consent(turn: Turn) -> None:
    """Claims are not looked at any more for choosing articles."""
    await _put_consent(turn, WITHDRAW)
    turn.say("articles_withdrawn")


class ContentAction(CareAction):
    """Says where a market has nothing of this; the cards of what it has are told apart by language."""

    intent: str

    async def answer(self, turn: Turn) -> Events:
        journeys = (await turn.backend.get_market(turn.market))["journeys"]
        # Not by what was understood: the wish may be taken up again after the log-in.
        return await (self.show(turn) if journeys[JOURNEYS[self.intent]] == "offered" else offer_near(turn))

    async def show(self, turn: Turn) -> Events:
        """Say what there is."""
        raise NotImplementedError

    @staticmethod
    def in_other_language(turn: Turn, item: Json) -> list[str]:
        """A line that says so where something is not in the customer's language."""
        same = item["language"] == turn.language
        return [] if same else [turn.words(f"content_in_{item['language']}")]


class ActionShowEvents(ContentAction):
    """The next events with date, place or address, and a file for the calendar."""

    action_name, intent = "action_show_events", "ask_events"

    async def show(self, turn: Turn) -> Events:
        events = await turn.backend.get_events(turn.market)
        if not events:
            turn.say("events_none", buttons=await menu_buttons(turn))
            return []
        zone = ZoneInfo((await turn.backend.get_market(turn.market))["timezone"])
        cards = [self._card(turn, event, zone) for event in events]
        turn.say("events_next", count=len(events), cards=cards)
        return []

    def _card(self, turn: Turn, event: Json, zone: ZoneInfo) -> Json:
        starts, ends = (datetime.fromisoformat(event[at]).astimezone(zone) for at in ("starts_at", "ends_at"))
        when = turn.words(
            "event_when",
            date=turn.day(starts.date().isoformat()),
            starts=formats.clock(starts.time(), turn.language),
            ends=formats.clock(ends.time(), turn.language),
            zone=starts.tzname(),
        )
        places = [turn.words("event_place", place=event["place"])] if event["place"] else []
        online = [turn.words("event_online", url=event["online_url"])] if event["online_url"] else []
        return {
            "title": event["title"],
            "subtitle": when,
            "lines": [event["summary"], *places, *online, *self.in_other_language(turn, event)],
            "link": {"title": turn.words("event_calendar"), "url": event["calendar"], "kind": "calendar"},
        }


class ActionShowArticles(ContentAction):
    """Articles on what was named, on one's own claims (logged in and agreed), or general ones."""

    action_name, intent = "action_show_articles", "ask_health_articles"

    async def show(self, turn: Turn) -> Events:
        choice = turn.reply.choice
        topics = [
            *turn.reply.values("specialty"),
            *turn.reply.values("service"),
            *turn.reply.values("benefit_type"),
        ]
        if choice == WITHDRAW:
            await withdraw_consent(turn)
            return []
        if choice == AGREE:
            await _put_consent(turn, AGREE)
        elif topics or choice == GENERAL:
            return await self._general(turn, topics)
        elif choice != FOR_ME and not await self._logged_in(turn):
            return await self._general(turn, [])
        try:
            fitting = await turn.backend.get_fitting_articles(turn.conversation_id, turn.language)
        except Refused as refused:
            if refused.code != "consent_needed":
                raise
            turn.say(
                "articles_consent",
                buttons=[self._button(turn, "articles_agree", AGREE), self._other(turn)],
            )
            return []
        withdraw = turn.button("articles_withdraw", WITHDRAWAL)
        if fitting:
            self._say(turn, "articles_for_you", fitting, [self._other(turn), withdraw])
        else:
            turn.say("articles_none_for_you", buttons=[self._other(turn), withdraw])
        # A "stop" is now said of the articles, and no longer of what was shown before them.
        return [SlotSet("awaiting", None)] if turn.slot("awaiting") else []

    async def _general(self, turn: Turn, topics: list[str]) -> Events:
        articles = await turn.backend.get_articles(turn.market, turn.language, topics)
        for_me = self._button(turn, "articles_for_me", FOR_ME)
        if articles:
            self._say(turn, "articles_on_topic" if topics else "articles_general", articles, [for_me])
        else:
            key = "articles_none_on_topic" if topics else "articles_none"
            turn.say(key, buttons=[self._other(turn), for_me] if topics else await menu_buttons(turn))
        return []

    def _say(self, turn: Turn, key: str, articles: list[Json], buttons: Sequence[Json]) -> None:
        cards = [
            {"title": each["title"], "lines": [each["body"], *self.in_other_language(turn, each)]}
            for each in articles
        ]
        turn.say(key, cards=cards)
        turn.say("articles_more", buttons=buttons)

    @staticmethod
    async def _logged_in(turn: Turn) -> bool:
        login = (await turn.backend.get_conversation(turn.conversation_id))["login"]
        return bool(login["state"] == "logged_in")

    @staticmethod
    def _button(turn: Turn, key: str, choice: str) -> Json:
        return turn.button(key, payload("ask_health_articles", choice=choice))

    def _other(self, turn: Turn) -> Json:
        return self._button(turn, "articles_others", GENERAL)


class ActionShowTestimonials(ContentAction):
    """What other customers let us publish."""

    action_name, intent = "action_show_testimonials", "read_testimonials"

    async def show(self, turn: Turn) -> Events:
        said = await turn.backend.get_testimonials(turn.market, turn.language)
        if not said:
            turn.say("testimonials_none", buttons=await menu_buttons(turn))
            return []
        cards = [
            {"title": each["author"], "lines": [each["text"], *self.in_other_language(turn, each)]}
            for each in said
        ]
        turn.say("testimonials_said", cards=cards)
        return []
