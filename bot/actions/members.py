"""Whom the customer means: "my wife", "Luca", "the kids"."""

from __future__ import annotations

from bot.actions.backend_client import Json
from bot.actions.turn import Reply
from locales import catalogue
from locales.script import normalise

RELATIONS = {"self", "spouse", "child", "parent", "sibling", "in-law"}


def members_meant(members: list[Json], reply: Reply) -> list[Json]:
    """The members that the reply names, by relation or by name; empty when it names nobody."""
    meant: list[Json] = []
    for value in reply.values("family_member"):
        if value in RELATIONS:
            named = [member for member in members if member["relation"] == value]
        else:
            named = members_named(members, str(value))
        meant += [member for member in named if member not in meant]
    return meant


def members_named(members: list[Json], text: str) -> list[Json]:
    """Members one of whose names stands in the text; the full name beats the first name."""
    said = f" {normalise(text)} "
    full = [member for member in members if f" {normalise(member['full_name'])} " in said]
    return full or [member for member in members if f" {normalise(member['first_name'])} " in said]


def members_called(members: list[Json], text: str, language: str) -> list[Json]:
    """Members by the words for a relation ("per me", "žena"), for when a person was asked for."""
    said = set(normalise(text).replace(",", " ").replace(".", " ").split())
    relations = {relation for relation in RELATIONS if said & _words_for(relation, language)}
    return [member for member in members if member["relation"] in relations]


def _words_for(relation: str, language: str) -> set[str]:
    group = "family_member"
    words = [
        catalogue.name(group, relation, language),
        *catalogue.words(group, relation, language),
        *catalogue.words_when_asked(group, relation, language),
    ]
    return {normalise(word) for word in words}
