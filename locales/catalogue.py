"""The language-neutral ids of benefits, services, specialties ... and their names in each language."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterable, List, Mapping, Optional, Tuple

import yaml

from locales.script import normalise

CATALOGUE_FOLDER = Path(__file__).resolve().parent.parent / "data" / "catalogue"


@lru_cache(maxsize=None)
def _read(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((CATALOGUE_FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
    return found


def ids(group: str) -> List[str]:
    """The ids of a group: benefit_type, service, specialty, policy_type, document_type ..."""
    return list(_read("ids")[group])


def service(service_id: str) -> Mapping[str, Any]:
    """`{benefit, specialty, documents}` of a service; KeyError for an unknown one."""
    found: Mapping[str, Any] = _read("ids")["service"][service_id]
    return found


def visit_of(specialty: Optional[str]) -> Optional[str]:
    """The service that is a visit to a doctor of this specialty, if the catalogue has one."""
    if not specialty:
        return None
    return next(
        (
            s
            for s in ids("service")
            if service(s)["specialty"] == specialty and s.endswith(("_visit", "_session"))
        ),
        None,
    )


def benefit_of(specialty: Optional[str]) -> Optional[str]:
    """The benefit that pays for everything a specialty does (a dentist: dental), if it is one only."""
    benefits = {service(s)["benefit"] for s in ids("service") if service(s)["specialty"] == specialty}
    return str(benefits.pop()) if len(benefits) == 1 else None


def name(group: str, item: str, language: str) -> str:
    """What an agent calls it; Serbian in Cyrillic. KeyError for an unknown id."""
    found: str = _read(language)[group][item]["name"]
    return found


def words(group: str, item: str, language: str) -> List[str]:
    """The other words customers use for it."""
    return list(_read(language)[group][item].get("words") or [])


def words_when_asked(group: str, item: str, language: str) -> List[str]:
    """Words that stand for it only as the answer to a question ("me")."""
    return list(_read(language)[group][item].get("when_asked") or [])


def standard_service(benefit: str) -> Optional[str]:
    """The service meant by who names the whole benefit where a service is asked for, if there is one."""
    found: Optional[str] = _read("ids")["standard_service"].get(benefit)
    return found


def named_in(group: str, text: str, language: str) -> Optional[str]:
    """The id of the group whose name or word stands in the text, the longest word first."""
    said = f" {' '.join(re.findall(r'[a-z0-9]+', normalise(text)))} "
    found = [(len(word), item) for word, item in _names(group, language) if f" {word} " in said]
    return max(found)[1] if found else None


def _names(group: str, language: str) -> Iterable[Tuple[str, str]]:
    for item in ids(group):
        for word in (name(group, item, language), *words(group, item, language)):
            yield normalise(word), item
    if group == "service":
        for word, benefit in _names("benefit_type", language):
            meant = standard_service(benefit)
            if meant:
                yield word, meant
