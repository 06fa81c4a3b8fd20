"""Part of `make check`: Rasa's own validation of data, domain and rules, through our importer, warnings fatal."""

import logging
import sys

from rasa.shared.importers.importer import TrainingDataImporter
from rasa.validator import Validator


def main() -> None:
    """Exit 1 when Rasa finds anything to say."""
    logging.basicConfig(level=logging.WARNING)
    importer = TrainingDataImporter.load_from_config("config.yml", "domain.yml", ["data/nlu", "data/stories"])
    validator = Validator.from_importer(importer)
    checks = {
        "domain": validator.verify_domain_validity(),
        "nlu": validator.verify_nlu(ignore_warnings=False),
        "forms": validator.verify_forms_in_stories_rules(),
        "actions": validator.verify_actions_in_stories_rules(),
        "stories": validator.verify_story_structure(ignore_warnings=False, max_history=5),
    }
    failed = [name for name, passed in checks.items() if not passed]
    if failed:
        sys.exit(f"The data does not hold: {', '.join(failed)}")
    print("The data holds.")


if __name__ == "__main__":
    main()
