"""Adds the catalogue's texts to Rasa's domain: `utter_*` keys become responses conditioned on `language`.

Runs on Python 3.10 inside Rasa, at training and at validation. Rasa only warns when an importer cannot be
loaded and goes on without it, so a test asserts that the trained domain has the texts.
"""

from typing import Any, Dict, List, Optional

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.catalogue import responses


class CatalogueImporter(RasaFileImporter):
    """Rasa's file importer plus the texts of `data/responses/`."""

    _lines: Optional[TrainingData] = None

    def get_domain(self) -> Domain:
        """The domain of `domain.yml` with one variation of each response per language."""
        domain = super().get_domain()
        texts: Dict[str, List[Dict[str, Any]]] = responses()
        return domain.merge(Domain.from_dict({"responses": texts}))

    def get_nlu_data(self, language: Optional[str] = "en") -> TrainingData:
        """The training lines, read once: Rasa's importers each ask for them, and merge them without changing them."""
        if self._lines is None:
            self._lines = super().get_nlu_data(language)
        return self._lines
