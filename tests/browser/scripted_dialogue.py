"""What the fake dialogue says in browser tests: one word brings one kind of answer."""

from typing import Any

from tests.connectors.gateway_world import words

CARDS = [
    {
        "title": "Ospedale San Raffaele",
        "subtitle": "Via Olgettina 60, 20132 Milano",
        "lines": ["Cardiologia, ortopedia", "02 26431", "a 2,4 km"],
        "link": {"title": "Mappa", "url": "https://www.openstreetmap.org/?mlat=45.5&mlon=9.2"},
        "buttons": [{"title": "Scelgo questo", "payload": '/inform{"provider":"p1"}'}],
    },
    {
        "title": "Visite specialistiche",
        "lines": ["Limite: 2.000,00 €", "Usato: 350,00 €", "Rimasto: 1.650,00 €"],
    },
]
ANSWERS: dict[str, list[dict[str, Any]]] = {
    "pulsanti": [
        {
            "text": "Per chi è la richiesta?",
            "buttons": [
                {"title": "Per me", "payload": "/inform_me"},
                {"title": "Per mio figlio Luca", "payload": "/inform_child"},
            ],
        }
    ],
    "schede": [{"text": "Ho trovato questo:", "custom": {"cards": CARDS}}],
    "data": [
        {"text": "Quando è stata la visita?", "custom": {"input": {"kind": "date", "max": "2026-11-20"}}}
    ],
    "file": [
        {
            "text": "Mi mandi la fattura.",
            "custom": {"input": {"kind": "file", "media_types": ["application/pdf"], "max_bytes": 10485760}},
        }
    ],
    "accedi": [
        {
            "text": "Per proteggere i Suoi dati, acceda dalla pagina sicura.",
            "custom": {
                "link": {"title": "Accedi in sicurezza", "url": "/secure/" + "t" * 24, "kind": "login"},
                "transition": "login_pending",
            },
        }
    ],
    "markup": [{"text": "<img src=x onerror=alert(1)> & <b>no</b>"}],
}


def answer_for_browsers(turn: dict[str, Any]) -> dict[str, Any]:
    language, script, text = "it", "Latn", turn["text"]
    if text == words("widget_language_wish", "sr", "Cyrl"):
        language, script = "sr", "Cyrl"
        return {
            "language": language,
            "script": script,
            "messages": [{"text": "Наравно."}],
        }
    if turn["metadata"]["notice"] == "login_changed":
        return {
            "language": language,
            "messages": [{"text": f"accesso: {turn['metadata']['detail']['result']}"}],
        }
    if turn["metadata"]["attachments"]:
        return {"language": language, "messages": [{"text": "Ho ricevuto il file."}]}
    return {
        "language": language,
        "script": script,
        "messages": ANSWERS.get(text, [{"text": f"echo: {text}"}]),
    }
