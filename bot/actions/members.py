"""Whom the customer means: "my wife", "Luca", "the kids"."""

from __future__ import annotations

import re

from rapidfuzz import fuzz, process

from bot.actions.backend_client import Json
from bot.actions.redaction import ALIKE, LONG_ENOUGH, known_words
from bot.actions.turn import Reply
from locales import catalogue
from locales.lexicon import load
from locales.script import normalise

# More words than these are more than the name of a person.
MOST_WORDS = 3
# What Serbian first names end in beside the nominative.
CASE_ENDINGS = {"a", "u", "e", "i", "o", "om", "em", "ov", "in"}
RELATIONS = {"self", "spouse", "child", "parent", "sibling", "in-law"}


def members_meant(members: list[Json], reply: Reply) -> list[Json]:
    """The members that the reply names, by relation or by name; empty when it names nobody."""
    said = reply.values("family_member")
    related = [member for member in members if member["relation"] in said]
    named = [
        member for value in said if value not in RELATIONS for member in members_named(members, str(value))
    ] or members_named(members, reply.text)
    # "My daughter Sofia" is Sofia and not every daughter.
    both = [member for member in named if member in related]
    return list({member["person_id"]: member for member in both or named or related}.values())


def members_named(members: list[Json], text: str) -> list[Json]:
    """Members one of whose names stands in the text; the full name beats the first name."""
    said = re.findall(r"[a-z]+", normalise(text))
    full = [m for m in members if f" {normalise(m['full_name'])} " in f" {' '.join(said)} "]
    return full or [m for m in members if any(_is_name(word, normalise(m["first_name"])) for word in said)]


def _is_name(word: str, name: str) -> bool:
    """The name, also in a Serbian case: Урош, Уроша, Урошу; Софија, Софију, Софијом."""
    stem = name[:-1] if name[-1:] in "aeo" and len(name) > 3 else name
    return word == name or (len(stem) >= 3 and word.startswith(stem) and word[len(stem) :] in CASE_ENDINGS)


def members_called(members: list[Json], text: str, language: str) -> list[Json]:
    """Members by the words for a relation ("per me", "žena"), for when a person was asked for."""
    said = set(re.findall(r"[a-z]+", normalise(text)))
    if len(said) > MOST_WORDS:
        return []  # "my account is ..." is not an answer to "who?"
    relations = {relation for relation in RELATIONS if said & _words_for(relation, language)}
    # "My wife" holds a word for "me", and is not me.
    relations = relations - {"self"} or relations
    return [member for member in members if member["relation"] in relations]


def _words_for(relation: str, language: str) -> set[str]:
    group = "family_member"
    words = [
        catalogue.name(group, relation, language),
        *catalogue.words(group, relation, language),
        *catalogue.words_when_asked(group, relation, language),
    ]
    return {normalise(word) for word in words}


def names_somebody(reply: Reply, language: str) -> bool:
    """Whether the reply holds what can only be somebody's name: "quanto resta a Laura?".

    For when none of the members is meant: a word that is no word of ours, nothing that was found, and written large
    or standing behind "for".
    """
    found = {
        word
        for entity in reply.entities
        for word in re.findall(
            r"[a-z]+", normalise(f"{entity.get('text') or ''} {entity.get('value') or ''}")
        )
    }
    known, before = known_words(language), ""
    for number, match in enumerate(re.finditer(r"[^\W\d_]+", reply.text)):
        word, folded = match.group(), normalise(match.group())
        foreign = len(folded) > 2 and folded not in known | found and not (word.isupper() and len(word) > 1)
        for_whom = before in load(language)["for_whom"]
        large = number > 0 and word[0].isupper()
        if foreign and (large or for_whom) and not _is_mistyped(folded, known):
            return True
        before = folded
    return False


def _is_mistyped(word: str, known: frozenset[str]) -> bool:
    enough = len(word) >= LONG_ENOUGH
    return enough and bool(process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=ALIKE))
