"""Every text in every language, with the same values and buttons; a failure names the file to edit."""

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml

from backend.accounts.schemas import Task
from backend.markets.service import load_markets
from backend.requests.states import TRANSITIONS
from bot.actions.conversation import JOURNEYS as WISHES
from locales import catalogue, texts
from locales.formats import locale_of

ROOT = Path(__file__).parents[2]
LANGUAGES = texts.languages()
ALL_KEYS = sorted({key for language in LANGUAGES for key in texts.load(language)})
JOURNEYS = sorted((path.parent.name, path.stem) for path in (ROOT / "backend" / "markets").glob("*/*.yml"))


def test_the_three_languages_are_there():
    assert {"id", "it", "sr"} <= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_in_a_language(language):
    elsewhere = {key: text.file for other in LANGUAGES for key, text in texts.load(other).items()}
    missing = {key: elsewhere[key] for key in ALL_KEYS if not texts.has(key, language)}
    assert not missing, f"data/responses/{language}/ lacks (file in another language): {missing}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_need_the_same_values_in_every_language(language):
    wrong = {}
    for key in ALL_KEYS:
        needed = {lang: texts.get(key, lang).placeholders for lang in LANGUAGES if texts.has(key, lang)}
        if len(set(needed.values())) > 1:
            wrong[f"{texts.get(key, language).file}: {key}"] = needed
    assert not wrong


@pytest.mark.parametrize("language", LANGUAGES)
def test_buttons_of_a_text_send_the_same_in_every_language(language):
    for key in ALL_KEYS:
        payloads = {tuple(b.payload for b in texts.get(key, lang).buttons) for lang in LANGUAGES}
        assert len(payloads) == 1, f"{texts.get(key, language).file}: {key} has other buttons elsewhere"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plural_text_has_every_form_its_language_uses_for_whole_numbers(language):
    locale = locale_of(language)
    used = {locale.plural_form(number) for number in range(201)}
    for key, text in texts.load(language).items():
        if text.plural:
            assert used <= set(text.forms), f"{text.file}: {key} lacks {used - set(text.forms)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_button_titles_fit_a_phone(language):
    long = {
        f"{text.file}: {key}": button.title
        for key, text in texts.load(language).items()
        for button in text.buttons
        if len(button.title) > 30
    }
    assert not long


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_id_of_the_catalogue_has_a_name_and_no_word_stands_for_two(language):
    for group in ("benefit_type", "specialty", "service", "policy_type", "document_type", "provider_kind"):
        owner: dict[str, str] = {}
        for item in catalogue.ids(group):
            assert catalogue.name(group, item, language), f"data/catalogue/{language}.yml: {group}.{item}"
            for word in {w.lower() for w in catalogue.words(group, item, language)}:
                assert owner.setdefault(word, item) == item, f"{language}: {word} is {owner[word]} and {item}"


def test_serbian_is_written_in_cyrillic():
    latin = re.compile(r"[A-Za-zčćšžđ]")
    for key, text in texts.load("sr").items():
        for wording in text.forms.values():
            bare = re.sub(r"\{[^}]*\}|https?://\S+|\S+@\S+", "", wording)
            cyrillic = sum("\u0400" <= character <= "\u04ff" for character in bare)
            if key != "language_sr_latn" and len(latin.findall(bare)) > cyrillic:
                # Names of formats, languages and brands may stand alone in Latin.
                assert len(bare.split()) <= 3, f"{text.file}: {key}"


def keys_named_in_code() -> set[str]:
    """Keys that stand literally in the actions and rules."""
    found = set()
    for path in (ROOT / "bot" / "actions").glob("*.py"):
        code = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'\b(?:say|words|button)\(\s*(?:turn,\s*)?"([a-z_]+)"', code))
        found |= set(re.findall(r'key="([a-z_]+)"', code))
    for path in (ROOT / "data" / "stories").glob("*.yml"):
        found |= set(re.findall(r"action: (utter_[a-z_]+)", path.read_text(encoding="utf-8")))
    return found


def test_every_text_named_in_actions_and_rules_exists():
    named = keys_named_in_code()
    assert len(named) > 80
    assert not {key for key in named if key not in ALL_KEYS}


def pack_of(kind: str, market: str) -> dict:
    path = ROOT / "backend" / "markets" / kind / f"{market}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def questions(kind: str, market: str) -> list[dict]:
    found = []
    for question in pack_of(kind, market)["questions"]:
        found += question["questions"] if "group" in question else [question]
    return found


@pytest.mark.parametrize(("kind", "market"), JOURNEYS)
def test_every_question_of_a_market_can_be_asked_explained_justified_and_named(kind, market):
    assert ("claim", "it") in JOURNEYS
    for question in questions(kind, market):
        # A code is asked for in the words of what it was sent to (contact_code_sent_email ...).
        asked = () if question["kind"] == "code" else ("ask",)
        for part in (*asked, "why", "explain", "label"):
            key = f"{kind}_{part}_{question['id']}"
            assert key in ALL_KEYS or f"{key}_{market}" in ALL_KEYS, key
        options = {f"option_{question['id']}_{choice}" for choice in question.get("choices", [])}
        if (question.get("rules") or {}).get("later"):
            options.add(f"{kind}_later_{question['id']}")
        assert not options - set(ALL_KEYS)


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in JOURNEYS}))
def test_every_journey_has_its_words(kind):
    wanted = {f"{kind}_{part}" for part in ("start", "summary", "summary_title", "submitted")}
    for market in (market for journey, market in JOURNEYS if journey == kind):
        if any(question["id"] == "service" for question in questions(kind, market)):
            wanted.add(f"{kind}_service_not_covered")
        if pack_of(kind, market).get("requires"):
            wanted.add(f"{kind}_not_eligible")
    assert not {*wanted, f"kind_{kind}"} - set(ALL_KEYS)


def test_every_status_fact_and_wish_has_its_words():
    statuses = {*TRANSITIONS, *(to for targets in TRANSITIONS.values() for to in targets)}
    assert not {f"request_status_{status}" for status in statuses} - set(ALL_KEYS)
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    # What a market may not offer is named in the answer that says so.
    assert not {f"wish_{intent}" for intent in WISHES} - set(ALL_KEYS)
    assert domain["intents"]


def test_every_field_of_the_account_pages_has_its_words():
    packs = load_markets().values()
    fields = {field for pack in packs for field in pack.registration.fields}
    fields |= {field for pack in packs for field in (*pack.recovery.password, *pack.recovery.username)}
    wanted = {f"account_{part}_{field}" for part in ("field", "wrong") for field in fields}
    wanted |= {f"account_hint_{field}" for field in fields - {"policy_kind", "national_id"}}
    wanted |= {f"account_hint_national_id_{pack.market}" for pack in packs}
    for part in ("account_consent", "account_consent_text"):
        wanted |= {f"{part}_{pack.registration.consent}" for pack in packs}
    for task in get_args(Task):
        wanted |= {f"account_{part}_{task}" for part in ("title", "done", "done_text", "offer", "changed")}
    assert not wanted - set(ALL_KEYS)


def test_every_question_of_the_guides_has_an_answer():
    nlu = yaml.safe_load((ROOT / "data" / "nlu" / "it" / "faq.yml").read_text(encoding="utf-8"))
    asked = {entry["intent"].removeprefix("faq/") for entry in nlu["nlu"]}
    assert len(asked) == 14
    assert not {f"faq_{question}" for question in asked} - set(ALL_KEYS)
