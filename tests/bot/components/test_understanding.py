"""A message goes in, `parse_data` in Rasa's form comes out."""

import itertools

import pytest

METADATA = {"market": "rs", "today": "2026-03-18"}


def entities(parsed: dict) -> dict:
    return {entity["entity"]: entity["value"] for entity in parsed["entities"]}


def test_the_intent_and_its_ranking_are_there(understood) -> None:
    parsed = understood("grazie mille, gentilissimi")
    assert parsed["intent"]["name"] == "thank"
    confidences = [entry["confidence"] for entry in parsed["intent_ranking"]]
    assert confidences == sorted(confidences, reverse=True)


@pytest.mark.parametrize(
    "text", ["покрива ли полиса зубара", "pokriva li polisa zubara", "Pokriva li POLISA zubara"]
)
def test_both_scripts_of_serbian_are_understood_alike(understood, text: str) -> None:
    assert understood(text)["intent_ranking"] == understood("pokriva li polisa zubara")["intent_ranking"]


def test_an_answer_of_the_faq_is_chosen_in_the_same_step(understood) -> None:
    parsed = understood("quanto dura il codice prima che scada?")
    selector = parsed["response_selector"]
    assert parsed["intent"]["name"] == "faq"
    assert parsed["intent"]["full_retrieval_intent_name"] == "faq/code_validity"
    assert selector["all_retrieval_intents"] == ["faq"]
    assert selector["faq"]["response"]["intent_response_key"] == "faq/code_validity"
    assert selector["faq"]["response"]["utter_action"] == "utter_faq/code_validity"


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "zxq wvk", "?!", "/", "\u0000", "١٢٣"])
def test_what_nobody_can_understand_is_a_fallback_or_out_of_scope(understood, text: str) -> None:
    intent = understood(text)["intent"]
    assert intent["name"] in {None, "nlu_fallback", "out_of_scope", "thank", "greet", "inform"}


def test_a_very_long_message_is_read_in_time(understood) -> None:
    assert understood("vorrei il rimborso della visita " * 160)["intent"]["name"]


def test_rules_find_values_of_the_market_and_the_day(understood) -> None:
    parsed = understood("platio sam juče 12.500 dinara, račun 160-123-95", **METADATA)
    assert entities(parsed)["date"] == "2026-03-17"
    assert entities(parsed)["amount"] == {"amount": "12500", "currency": "RSD"}
    assert entities(parsed)["bank_account"] == {"iban": "RS35160000000000012395"}


def test_a_checked_number_is_no_amount_and_no_code(understood) -> None:
    parsed = understood("iban IT60 X054 2811 1010 0000 0123 456", market="it")
    assert [entity["entity"] for entity in parsed["entities"]] == ["iban"]


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("la risonanza magnetica è coperta?", "service", "mri"),
        ("ada dokter kardiologi di Bandung?", "city", "Bandung"),
        ("ima li kardiologa u Beogradu", "city", "Београд"),
        ("има ли кардиолога у Београду", "city", "Београд"),
        ("ima li kardiologa u Beogradu", "specialty", "cardiology"),
        ("idem kod neurologa", "specialty", "neurology"),
        ("un oculista a Polignano a Mare", "city", "Polignano a Mare"),
        ("има ли зубара у Врчину", "city", "Врчин"),
    ],
)
def test_words_become_language_neutral_ids_and_proper_names(
    understood, text: str, entity: str, value: str
) -> None:
    assert entities(understood(text)).get(entity) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("il ricovero è coperto?", "inpatient"),
        ("apakah opname ditanggung?", "inpatient"),
        ("da li je fizikalna pokrivena", "physiotherapy"),
        ("је ли систематски покривен", "checkup"),
    ],
)
def test_a_word_for_a_whole_benefit_is_no_service(understood, text: str, value: str) -> None:
    assert entities(understood(text)) == {"benefit_type": value}


@pytest.mark.parametrize("text", ["таблице су КГ 045-ЛМ", "tablice su KG 045-ŠĆ"])
def test_the_town_on_a_plate_is_no_town(understood, text: str) -> None:
    assert list(entities(understood(text, **METADATA))) == ["plate_number"]


@pytest.mark.parametrize(
    ("text", "name"), [("za Milicu", "Милица"), ("за Душана", "Душан"), ("per Federica", "Federica")]
)
def test_a_first_name_is_known_in_its_plain_form(understood, text: str, name: str) -> None:
    assert entities(understood(text)).get("family_member") == name


def test_an_enclitic_is_no_part_of_the_word(understood) -> None:
    parsed = understood("istriku habis berobat, mau klaim")
    (found,) = [entity for entity in parsed["entities"] if entity["entity"] == "family_member"]
    assert (found["value"], found["start"], found["end"]) == ("spouse", 0, 5)


def test_a_word_that_only_shares_its_stem_with_a_relative_is_none(understood) -> None:
    assert "family_member" not in entities(understood("brate, gde ima kardiologa u Beogradu"))
    assert entities(understood("da li je pokriven i moj brat")).get("family_member") == "sibling"


def test_entities_do_not_overlap_unless_the_same_text_may_be_two_things(understood) -> None:
    parsed = understood(
        "sono stata dal cardiologo a Milano il 3 marzo e ho pagato 120,50 euro, cap 20121", market="it"
    )
    spans = sorted({(entity["start"], entity["end"]) for entity in parsed["entities"]})
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))


@pytest.mark.parametrize(
    ("text", "market"),
    [
        ("Napoli", "it"),
        ("a Bari", "it"),
        ("Medan", "id"),
        ("di Malang.", "id"),
        ("Niš", "rs"),
        ("u Nišu", "rs"),
        ("a u Novom Sadu?", "rs"),
        ("Нови Сад", "rs"),
    ],
)
def test_a_town_alone_informs(understood, text: str, market: str) -> None:
    assert understood(text, market=market)["intent"] == {"name": "inform", "confidence": 1.0}


def test_training_twice_gives_the_same_model(lines) -> None:
    from scripts.nlu_pipeline import ROOT, TrainedPipeline, pipeline_of

    some = lines[::8]
    pipeline = pipeline_of(ROOT / "config.yml")
    quick = [*pipeline[:-1], {**pipeline[-1], "networks": 1, "hidden": 16, "epochs": 2}]
    texts = [line.get("text") for line in lines[:40]]
    assert TrainedPipeline(quick, some).parse(texts) == TrainedPipeline(quick, some).parse(texts)


def test_every_component_is_retrained_when_what_it_stands_on_changes(root, monkeypatch, tmp_path) -> None:
    from bot.components import fingerprints
    from bot.components.intents import CalibratedIntentClassifier
    from bot.components.language import LanguageDetector
    from bot.components.lookup import LookupHits
    from bot.components.resolution import EntityResolver
    from bot.components.tagger import EntityTagger
    from bot.components.tokenizer import NormalisingTokenizer

    for component in (
        NormalisingTokenizer,
        LanguageDetector,
        LookupHits,
        EntityTagger,
        EntityResolver,
        CalibratedIntentClassifier,
    ):
        assert component.fingerprint_addon({})
    words = tmp_path / "words.yml"
    words.write_text("a", encoding="utf-8")
    before = fingerprints.fingerprint(files=[words])
    words.write_text("b", encoding="utf-8")
    assert fingerprints.fingerprint(files=[words]) != before
