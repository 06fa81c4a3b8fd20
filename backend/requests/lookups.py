"""Everything the questionnaire asks the world: named sources and predicates, and what is known of the person."""

from typing import Any

from backend.requests.kinds import Option
from backend.requests.person_facts import PersonFacts
from backend.requests.predicates import PREDICATES
from backend.requests.questionnaire import Suggestion
from backend.requests.sources import NEEDS, SUGGESTIONS, find_options


class PersonLookups(PersonFacts):
    """The world as the questionnaire asks it (questionnaire.Lookups), for one person and one transaction."""

    def options(self, name: str, given: dict[str, Any]) -> list[Option]:
        """What can be chosen."""
        return find_options(self, name, given)

    def holds(self, name: str, given: dict[str, Any]) -> bool:
        """Whether a predicate holds."""
        return self.once("holds", name, given, lambda: PREDICATES[name](self, given))

    def suggest(self, name: str, given: dict[str, Any]) -> Suggestion | None:
        """What is known already."""
        return self.once("suggest", name, given, lambda: SUGGESTIONS[name](self, given))

    def needs(self, name: str, given: dict[str, Any]) -> list[str]:
        """Which document types have to be handed in."""
        return self.once("needs", name, given, lambda: NEEDS[name](self, given))
