"""What `make run` and the tests give the gateway and the simulators so that they speak with each other."""

from __future__ import annotations

import json
from collections.abc import Mapping

LANGUAGES = {"id": "id", "rs": "sr", "it": "it"}
# Known to everybody, like all demo secrets; the gateway refuses them in production.
TELEGRAM = [
    {
        "name": market,
        "market": market,
        "language": language,
        "token": f"70000000{number:02}:demo-telegram-token-{market}-0123456789",
        "webhook_secret": f"demo-telegram-webhook-secret-{market}",
        "mode": "webhook",
    }
    for number, (market, language) in enumerate(LANGUAGES.items(), 1)
]
# What an agent may send after 24 hours: words that Meta would have approved.
QUESTIONS = {
    "id": "Halo, saya {{1}} dari CARE. Ada hal yang perlu kami tanyakan; silakan balas di sini atau hubungi {{2}} ya.",
    "sr": "Добар дан, овде {{1}} из CARE тима. Имамо једно питање за Вас: одговорите нам овде или позовите {{2}}, молим Вас.",
    "it": "Buongiorno, sono {{1}} di CARE. Avremmo una domanda per Lei: ci risponda qui o chiami {{2}}, per favore.",
}
WHATSAPP = [
    {
        "name": market,
        "market": market,
        "language": language,
        "phone_number_id": f"1000000000000{number:02}",
        "access_token": f"demo-whatsapp-access-token-{market}",
        "app_secret": f"demo-whatsapp-app-secret-{market}-01234567",
        "verify_token": f"demo-whatsapp-verify-token-{market}",
        "templates": [
            {
                "name": "care_question",
                "languages": {language: language},
                "parameters": ["agent", "phone"],
                "texts": {language: QUESTIONS[language]},
            }
        ],
    }
    for number, (market, language) in enumerate(LANGUAGES.items(), 1)
]


def wire_simulators(port: int, connectors_port: int, given: Mapping[str, str]) -> dict[str, str]:
    """Variables that put the simulators into the vendors' places.

    A messenger with accounts of its own in `given` stays with its real vendor: no token of a real account is
    ever sent to a simulator. Nothing at all outside demo mode.
    """
    if given.get("CONNECTORS_PROFILE", "demo") != "demo":
        return {}
    wired: dict[str, str] = {}
    for vendor, accounts in (("TELEGRAM", TELEGRAM), ("WHATSAPP", WHATSAPP)):
        if f"CONNECTORS_{vendor}_ACCOUNTS" in given or f"CONNECTORS_{vendor}_API_URL" in given:
            continue
        wired[f"CONNECTORS_{vendor}_ACCOUNTS"] = json.dumps(accounts)
        wired[f"CONNECTORS_{vendor}_API_URL"] = f"http://127.0.0.1:{port}"
        wired[f"SIMULATORS_{vendor}_ACCOUNTS"] = json.dumps(accounts)
    if wired:
        wired["CONNECTORS_SIMULATORS_URL"] = f"http://127.0.0.1:{port}"
        wired["SIMULATORS_PORT"] = str(port)
        wired["SIMULATORS_CONNECTORS_URL"] = f"http://127.0.0.1:{connectors_port}"
    return wired
