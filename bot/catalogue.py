"""The catalogue of texts as Rasa responses. Only one-turn answers named in rules are responses; actions
render their own texts from the same catalogue.
"""

from typing import Any, Dict, List

from locales import texts

PREFIX = "utter_"


def responses() -> Dict[str, List[Dict[str, Any]]]:
    """Every `utter_*` text of every language, each only for its language.

    There is deliberately no variation without a condition: the gateway's channel sets `language` before any
    action runs, and a text in the wrong language must not go out unnoticed.
    """
    found: Dict[str, List[Dict[str, Any]]] = {}
    for language in texts.languages():
        for key, text in texts.load(language).items():
            if not key.startswith(PREFIX):
                continue
            variation: Dict[str, Any] = {
                "text": text.forms["other"],
                "condition": [{"type": "slot", "name": "language", "value": language}],
            }
            if text.buttons:
                variation["buttons"] = [{"title": b.title, "payload": b.payload} for b in text.buttons]
            found.setdefault(key, []).append(variation)
    return found
