"""Adds the catalogue's texts to Rasa's domain: `utter_*` keys become responses conditioned on `language`.

Runs on Python 3.10 inside Rasa, at training and at validation. Rasa only warns when an importer cannot be
loaded and goes on without it, so a test asserts that the trained domain has the texts.
"""

from typing import Any, Dict, List

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter

from bot.catalogue import responses


class CatalogueImporter(RasaFileImporter):
    """Rasa's file importer plus the texts of `data/responses/`."""

    def get_domain(self) -> Domain:
        """The domain of `domain.yml` with one variation of each response per language."""
        domain = super().get_domain()
        texts: Dict[str, List[Dict[str, Any]]] = responses()
        return domain.merge(Domain.from_dict({"responses": texts}))
