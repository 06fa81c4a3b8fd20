"""A country that does not exist, with a language nobody speaks, written as data into a copy of the project.

Its language is Italian with every letter replaced: no word of it is known to anything but its own data, and all
of them are as many and as varied as a real language's. Its numbers and rules are its own. Only files that
docs/adding-a-market.md and docs/translating.md name are written; no code.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

MARKET, LANGUAGE, LOCALE = "zz", "xx", "eo"
ALIKE, ALIKE_LANGUAGE = "it", "it"
# Vowels become vowels and consonants consonants, so that words can still be told apart by eye.
PLAIN = "aeioubcdfghjklmnpqrstvwxyz"
FOREIGN = "eiouakzpvhgwbrnmljdftysqxc"
_LETTERS = str.maketrans(PLAIN + PLAIN.upper(), FOREIGN + FOREIGN.upper())
# What stays as it is: values to fill in, addresses, words with digits, escapes of regular expressions.
_KEPT = re.compile(r"\{[^}]*\}|\[\[[^\]]*\]\]|\S*@\S*|https?://\S+|\b\w*\d\w*\b|\\.|&\w+;|<[^>]*>")
_ANNOTATED = re.compile(r"\[([^\]]+)\](?:\((\w+)\)|(\{[^}]*\}))")
NAMES = {"city", "doctor", "provider"}
# A right and a wrong account of the country.
ACCOUNT, BAD_ACCOUNT = "EE382200221020145685", "EE382200221020145686"

LOCAL = {
    "language": LANGUAGE,
    "currency": "SEK",
    "country": "EE",
    "policy_prefix": "ZZ",
    "request_letter": "Z",
    "postal_code": {"pattern": r"\d{5}"},
    "national_id": {
        "name": "isikukood",
        "stdnum": "ee.ik",
        "pattern": r"\d{11}",
        "written": r"\d(?:[\s.\-]?\d){10}",
    },
    "plate": {
        "pattern": r"(\d{3})([A-Z]{3})",
        "written": r"\d{3}[\s\-]?[a-z]{3}",
        "joined": " ",
        "closed": True,
    },
}


def foreign(text: str) -> str:
    """The text in the invented language."""
    written, place = [], 0
    for kept in _KEPT.finditer(text):
        written += [_letters(text[place : kept.start()]), kept.group()]
        place = kept.end()
    return "".join([*written, _letters(text[place:])])


def _letters(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(_LETTERS))


def foreign_line(line: str) -> str:
    """A training line: names are foreign, too, and ids stay what they are."""

    def piece(match: re.Match[str]) -> str:
        said, entity, annotation = match.groups()
        if entity:
            return f"[{foreign(said)}]({entity})"
        found = json.loads(annotation)
        if found["entity"] in NAMES and "value" in found:
            found["value"] = foreign(found["value"])
        return f"[{foreign(said)}]{json.dumps(found, ensure_ascii=False)}"

    written, place = [], 0
    for match in _ANNOTATED.finditer(line):
        written += [foreign(line[place : match.start()]), piece(match)]
        place = match.end()
    return "".join([*written, foreign(line[place:])])


def found_country(project: Path) -> None:
    """Write all its data into a copy of the project."""
    _texts(project)
    _words(project)
    _places(project)
    _rules(project)
    _people(project)
    _phrases(project)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _change(path: Path, target: Path, change: Callable[[Any], Any]) -> None:
    _write(target, change(_read(path)))


def _every(value: Any, but: frozenset[str] = frozenset()) -> Any:
    """All strings of a structure, keys not and nothing below the keys named."""
    if isinstance(value, str):
        return foreign(value)
    if isinstance(value, list):
        return [_every(item, but) for item in value]
    if isinstance(value, dict):
        return {key: item if key in but else _every(item, but) for key, item in value.items()}
    return value


def _texts(project: Path) -> None:
    responses = project / "data" / "responses"
    shutil.copytree(responses / ALIKE_LANGUAGE, responses / LANGUAGE)
    for path in (responses / LANGUAGE).glob("*.yml"):
        _change(path, path, lambda texts: _every(texts, frozenset({"payload", "plural"})))
    for path in responses.glob("*/*.yml"):
        content = _read(path)
        texts = content["texts"]
        for key in [key for key in texts if key.endswith(f"_{ALIKE}") and not key.startswith("language_")]:
            texts[f"{key.removesuffix(ALIKE)}{MARKET}"] = texts[key]
        if f"language_{ALIKE_LANGUAGE}" in texts:
            texts[f"language_{LANGUAGE}"] = foreign("Italiano")
        _write(path, content)


def _words(project: Path) -> None:
    catalogue = project / "data" / "catalogue"
    _change(catalogue / f"{ALIKE_LANGUAGE}.yml", catalogue / f"{LANGUAGE}.yml", _every)
    concepts = project / "data" / "lexicon"
    _change(concepts / f"{ALIKE_LANGUAGE}.yml", concepts / f"{LANGUAGE}.yml", _every)
    lexicon = project / "locales" / "lexicon"
    _change(lexicon / f"{ALIKE_LANGUAGE}.yml", lexicon / f"{LANGUAGE}.yml", _lexicon)
    nlu = project / "data" / "nlu"
    for path in (nlu / ALIKE_LANGUAGE).glob("*.yml"):
        content = _read(path)
        for entry in content["nlu"]:
            lines = (foreign_line(line) for line in entry["examples"].splitlines())
            entry["examples"] = "\n".join(lines) + "\n"
        _write(nlu / LANGUAGE / path.name, content)
    _thin_out(nlu)


def _thin_out(nlu: Path) -> None:
    """Of the real languages every third line is kept: training takes as long as it has lines."""
    for path in nlu.glob("*/*.yml"):
        if path.parent.name != LANGUAGE:
            content = _read(path)
            for entry in content["nlu"]:
                entry["examples"] = "\n".join(entry["examples"].splitlines()[::3]) + "\n"
            _write(path, content)


def _lexicon(said: dict[str, Any]) -> dict[str, Any]:
    head = {"locale": LOCALE, "stemmer": "esperanto", "recognition": []}
    endings = [foreign(ending) for ending in said["language"]["endings"]]
    numbers, money = said["numbers"], said["money"]
    for words in ("words", "elided", "ordinals", "magnitudes"):
        numbers[words] = {foreign(word): value for word, value in numbers[words].items()}
    local = {"EUR": LOCAL["currency"]}
    money["words"] = {foreign(word): local.get(value, value) for word, value in money["words"].items()}
    kept = {"words", "elided", "ordinals", "magnitudes", "language"}
    return {**_every(said, frozenset(kept)), "language": {**head, "endings": endings}}


def _places(project: Path) -> None:
    places = project / "data" / "places"
    with (places / f"{ALIKE}.csv").open(encoding="utf-8", newline="") as lines:
        rows = [{**row, "name": foreign(row["name"])} for row in csv.DictReader(lines)]
    with (places / f"{MARKET}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _rules(project: Path) -> None:
    _write(project / "locales" / "markets" / f"{MARKET}.yml", LOCAL)
    markets = project / "backend" / "markets"
    for path in markets.glob(f"*/{ALIKE}.yml"):
        shutil.copy(path, path.with_name(f"{MARKET}.yml"))
    pack = _read(markets / f"{ALIKE}.yml")
    pack |= {"market": MARKET, "name": "Freedonia", "insurer_name": "Freedonia Generali", "currency": "SEK"}
    pack |= {"languages": [LANGUAGE, ALIKE_LANGUAGE], "timezone": "Europe/Tallinn"}
    pack["emergency"] = [{"service": "general", "number": "119"}]
    pack["care"]["holidays"] = {"country": LOCAL["country"]}
    pack["accounts"]["iban_countries"] = [LOCAL["country"]]
    _write(markets / f"{MARKET}.yml", pack)
    products = _read(project / "backend" / "policies" / "products" / f"{ALIKE}.yml")
    named = {
        _product(code): {**product, "name": foreign(product["name"])}
        for code, product in products["products"].items()
    }
    changed = {**products, "currency": "SEK", "products": named}
    _write(project / "backend" / "policies" / "products" / f"{MARKET}.yml", changed)


def _product(code: str) -> str:
    return f"{MARKET}-{code.removeprefix(f'{ALIKE}-')}"


def _people(project: Path) -> None:
    recipes = project / "backend" / "demo" / "markets"
    said = _read(recipes / f"{ALIKE}.yml")
    areas = dict.fromkeys(said["phone_areas"], "")
    density = {key if key == "default" else foreign(key): value for key, value in said["density"].items()}
    patterns = said["patterns"]
    kept = frozenset({"kind", "postal_code", "sex", "born", "birth_place", "spouse", "parents"})
    policies = {
        key: {**policy, "product": _product(policy["product"])} for key, policy in said["policies"].items()
    }
    names = ("surnames", "male", "female", "towns", "companies", "streets", "saint", "flower")
    _write(
        recipes / f"{MARKET}.yml",
        {
            **said,
            **{name: _every(said[name]) for name in names},
            "language": LANGUAGE,
            "accounts": "EE##{bank}##############",
            "national_id": "{half}{born:%y%m%d}####",
            "banks": [["22"], ["10"]],
            "mobile": "+3725",
            "phone_country": "+372",
            "phone_areas": areas,
            "density": density,
            "provider_names": {kind: _every(names) for kind, names in said["provider_names"].items()},
            "known": [_every(known, kept) for known in said["known"]],
            "people": {key: _every(person, kept) for key, person in said["people"].items()},
            "patterns": {
                kind: [_product(code) for code in codes] if isinstance(codes, list) else _product(codes)
                for kind, codes in patterns.items()
            },
            "policies": {
                key: {**policy, **({"company": foreign(policy["company"])} if policy.get("company") else {})}
                for key, policy in policies.items()
            },
        },
    )


def _phrases(project: Path) -> None:
    path = project / "tests" / "conversations" / "phrases.yml"
    kept = frozenset({"market", "language", "script", "stranger_born"})
    said = _every(_read(path)[ALIKE], kept)
    said |= {"market": MARKET, "language": LANGUAGE, "account": ACCOUNT, "bad_account": BAD_ACCOUNT}
    _write(path, {LANGUAGE: said})
