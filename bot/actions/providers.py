"""Finding a hospital, clinic, doctor or laboratory. Needs no log-in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from rapidfuzz import fuzz
from rasa_sdk.events import SlotSet

from bot.actions.backend_client import Json
from bot.actions.bare_information import CARE, PLACES, leads_elsewhere
from bot.actions.care_action import CareAction, Events
from bot.actions.turn import Reply, Turn, payload
from locales import catalogue, formats
from locales.positions import LAST, parse_position
from locales.script import normalise

PAGE = 5
PLACE_WORDS = 3
SOUGHT = ("specialty", "service", "kind")
WHERE = {"city", "postal_code", "lat"}
WHO = ("doctor", "name")
# What a bare word after a search can be about.
ABOUT_PLACES = (*PLACES, *CARE, "choice")
# Picks an entry of the list shown last by its place, from 1 on.
SHOWN = "shown:"


class ActionFindProvider(CareAction):
    """Searches by what was said now and, while refining, by what was said before."""

    action_name = "action_find_provider"

    async def answer(self, turn: Turn) -> Events:
        elsewhere = leads_elsewhere(turn.reply, *ABOUT_PLACES)
        if elsewhere:
            return elsewhere
        place = _place_named(turn)
        if place is not None:
            return await self._show_one(turn, place)
        criteria, offset = self._criteria(turn)
        if not any(name in criteria for name in ("city", "postal_code", "doctor", "name", "q", "lat")):
            what = self._what(turn, criteria)
            key = "provider_where_for" if what else "provider_where"
            turn.say(key, asks=True, what=what, custom={"input": {"kind": "location"}})
            return [SlotSet("provider_search", criteria), SlotSet("awaiting", "provider_place")]
        found = await turn.backend.find_providers(turn.market, **criteria, limit=PAGE, offset=offset)
        if not found["items"] and WHERE & criteria.keys():
            # "Doctor X in Y": whoever X is, Y is known.
            named = [criteria[name] for name in WHO if name in criteria]
            wider = {name: value for name, value in criteria.items() if name not in WHO}
            if named:
                found = await turn.backend.find_providers(turn.market, **wider, limit=PAGE, offset=0)
            if found["items"]:
                turn.say("provider_name_unknown", name=turn.listing(map(str, named)))
                criteria = wider
        if not found["items"]:
            self._say_nothing_found(turn, criteria)
            return [SlotSet("provider_search", criteria), SlotSet("awaiting", "provider_place")]
        self._say_found(turn, criteria, found, offset)
        return [
            SlotSet("provider_search", {**criteria, "offset": offset}),
            SlotSet("awaiting", "provider_place"),
        ]

    async def _show_one(self, turn: Turn, place: int) -> Events:
        """The entry of the list shown last that was named by its place, with everybody who works there."""
        criteria = dict(turn.slot("provider_search", {}))
        offset = int(criteria.pop("offset", 0))
        found = await turn.backend.find_providers(turn.market, **criteria, limit=PAGE, offset=offset)
        if place == LAST:
            place = len(found["items"])
        if not criteria or not 0 < place <= len(found["items"]):
            turn.say("provider_where", asks=True, custom={"input": {"kind": "location"}})
            return [SlotSet("awaiting", "provider_place")]
        provider = found["items"][place - 1]
        card = provider_card(turn, {**provider, "doctors": []}, {})
        names = [
            f"{doctor['name']} ({catalogue.name('specialty', doctor['specialty'], turn.language)})"
            for doctor in provider["doctors"]
        ]
        if names:
            card["lines"].append(turn.words("provider_doctors", names=turn.listing(names)))
        turn.say("provider_one", name=provider["name"], cards=[card])
        return [SlotSet("awaiting", "provider_place")]

    @staticmethod
    def _criteria(turn: Turn) -> tuple[Json, int]:
        reply, before = turn.reply, dict(turn.slot("provider_search", {}))
        shown = int(before.pop("offset", 0))
        if reply.choice == "more":
            return before, shown + PAGE
        said: Json = {}
        for entity, criterion in (
            ("city", "city"),
            ("postal_code", "postal_code"),
            ("doctor", "doctor"),
            ("provider", "name"),
            ("specialty", "specialty"),
        ):
            value = reply.entity(entity)
            known = entity != "specialty" or value in catalogue.ids(entity)
            if value is not None and known:
                said[criterion] = value
        if services := reply.services():
            said["service"] = services[0]
        kind = catalogue.named_in("provider_kind", reply.text, turn.language)
        if kind:
            said["kind"] = kind
        if reply.position:
            sought = before if turn.slot("awaiting") == "provider_place" else {}
            return {**{k: v for k, v in sought.items() if k in SOUGHT}, **reply.position}, 0
        refining = turn.slot("awaiting") == "provider_place" and reply.intent in {
            "inform",
            "find_provider",
            "correct_information",
        }
        if not refining:
            return said, 0
        if not said and reply.text and not reply.text.startswith("/"):
            # Only what was asked for is taken from free words: the place.
            return {
                **{k: before[k] for k in SOUGHT if k in before},
                "q": reply.text[:80],
            }, 0
        kept = {k: v for k, v in before.items() if k in SOUGHT}
        if not any(k in said for k in ("city", "postal_code", "doctor", "name")):
            kept = before
        # Another thing sought, or a whole new wish: what was sought before no longer counts. A place alone is
        # what was asked for, whatever it is taken for.
        new_wish = reply.intent == "find_provider" and len(reply.text.split()) > PLACE_WORDS
        if set(SOUGHT) & said.keys() or new_wish:
            kept = {k: v for k, v in kept.items() if k not in SOUGHT}
        return {**kept, **said}, 0

    @staticmethod
    def _what(turn: Turn, criteria: Json) -> str:
        for group in ("service", "specialty"):
            if group in criteria:
                return catalogue.name(group, criteria[group], turn.language)
        return ""

    def _say_nothing_found(self, turn: Turn, criteria: Json) -> None:
        where = (
            criteria.get("city") or criteria.get("postal_code") or criteria.get("q") or criteria.get("name")
        )
        where = where or criteria.get("doctor") or ""
        turn.say("provider_none", where=where, buttons=[turn.button("menu_talk_to_agent", "/talk_to_agent")])

    def _say_found(self, turn: Turn, criteria: Json, found: Json, offset: int) -> None:
        shown = offset + len(found["items"])
        matched = found.get("matched") or {}
        buttons = []
        if shown < found["total"]:
            buttons.append(turn.button("button_more", payload("find_provider", choice="more")))
        town = matched.get("city") or criteria.get("city") or criteria.get("postal_code")
        if matched.get("nearest") and town:
            key = "provider_nearest"
        elif matched.get("fuzzy") and town:
            key = "provider_found_meant"
        elif town:
            key = "provider_found_in"
        elif "lat" in criteria:
            key = "provider_found_near"
        else:
            key = "provider_found"
        cards = [provider_card(turn, provider, criteria) for provider in found["items"]]
        turn.say(key, count=found["total"], city=town or "", cards=cards, buttons=buttons)


def _place_named(turn: Turn) -> int | None:
    """Which of the list shown last is meant: picked right below it ("shown:2"), or named later ("la numero 3")."""
    choice = turn.reply.choice or ""
    if choice.startswith(SHOWN):
        return int(choice.removeprefix(SHOWN))
    listed = turn.slot("awaiting") == "provider_place" and "offset" in turn.slot("provider_search", {})
    return parse_position(turn.reply.text, turn.language) if listed and not choice else None


async def offer_providers(
    turn: Turn, reply: Reply, market: str, service: str | None, choice_of: Callable[[str], str]
) -> None:
    """What the reply asks for (a town, postal code, doctor or name), each to be chosen for the open question.

    Those that offer the service come first; where none does the customer hears that and sees the others.
    """
    said: Json = {}
    for entity, criterion in (
        ("city", "city"),
        ("postal_code", "postal_code"),
        ("doctor", "doctor"),
        ("provider", "name"),
    ):
        value = reply.entity(entity)
        if value is not None:
            said[criterion] = value
    kind = catalogue.named_in("provider_kind", reply.text, turn.language)
    criteria: Json = reply.position or said or {"q": reply.text[:80]}
    if kind and said:
        criteria["kind"] = kind
    wide = criteria
    if service and not {"doctor", "name"} & criteria.keys():
        criteria = {**criteria, "service": service}
    found = await turn.backend.find_providers(market, **criteria, limit=PAGE, offset=0)
    if not found["items"] and criteria is not wide:
        found = await turn.backend.find_providers(market, **wide, limit=PAGE, offset=0)
    if not found["items"]:
        where = " ".join(str(value) for key, value in wide.items() if key not in {"lat", "lon"})
        turn.say(
            "provider_none",
            where=where,
            buttons=[
                turn.button("menu_talk_to_agent", "/talk_to_agent"),
                turn.button("button_stop", "/stop"),
            ],
        )
        return
    cards = []
    for provider in found["items"]:
        chosen = turn.button("button_choose", payload("inform", choice=choice_of(provider["provider_id"])))
        cards.append({**provider_card(turn, provider, criteria), "buttons": [chosen]})
    turn.say("provider_choose", count=len(cards), cards=cards)


def likeness(name: str, sought: str) -> float:
    """How much of the sought name stands in the name, 0 to 100."""
    return fuzz.partial_ratio(normalise(sought), normalise(name))


def provider_card(turn: Turn, provider: Json, criteria: Json) -> Json:
    """Name, kind, address, telephone, the doctors who were looked for, and a map."""
    address = f"{provider['street']}, {provider['postal_code']} {provider['city']}"
    lines = [
        address,
        formats.phone(provider["phone"]),
    ]
    wanted = criteria.get("specialty") or (
        catalogue.service(criteria["service"])["specialty"] if "service" in criteria else None
    )
    doctors = [d for d in provider["doctors"] if d["specialty"] == wanted] if wanted else []
    if criteria.get("doctor"):
        doctors = sorted(provider["doctors"], key=lambda d: -likeness(d["name"], criteria["doctor"]))
    if doctors:
        names = turn.listing(d["name"] for d in doctors[:3])
        lines.append(turn.words("provider_doctors", names=names))
    if provider.get("distance_km") is not None:
        lines.append(
            turn.words("provider_distance", km=formats.number(provider["distance_km"], turn.language))
        )
    pin = urlencode({"mlat": provider["lat"], "mlon": provider["lon"]})
    return {
        "title": provider["name"],
        "subtitle": catalogue.name("provider_kind", provider["kind"], turn.language),
        "lines": [line for line in lines if line],
        "link": {
            "title": turn.words("provider_map"),
            "url": f"https://www.openstreetmap.org/?{pin}#map=17/{provider['lat']}/{provider['lon']}",
        },
        "place": {"lat": provider["lat"], "lon": provider["lon"], "address": address},
    }
