"""Whether a business number is set up: its token, its webhook at Meta, and our own door that the webhook leads to."""

import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

import httpx

from connectors.findings import Finding, bad, good
from connectors.settings import Settings, WhatsAppAccount
from connectors.whatsapp.graph_client import GraphClient, GraphRefused, GraphUnavailable

VARIABLE = "CONNECTORS_WHATSAPP_ACCOUNTS"
HTTPS_ADVICE = (
    "Set CONNECTORS_PUBLIC_URL to the https address of a tunnel or proxy that leads to the gateway."
)


async def check_number(
    account: WhatsAppAccount,
    settings: Settings,
    web: httpx.AsyncClient,
    set_up: bool,
    graph_transport: httpx.AsyncBaseTransport | None = None,
) -> list[Finding]:
    """What is right and what is not; with `set_up` the webhook is put right first. `web` reaches our public address."""
    client = GraphClient(account, settings.whatsapp_api_url, graph_transport)
    try:
        return await _check(client, account, settings, web, set_up)
    except GraphRefused as refused:
        return [_explain(refused)]
    except GraphUnavailable as error:
        advice = "Is the network there? CONNECTORS_WHATSAPP_API_URL is for simulators only."
        return [bad(f"{settings.whatsapp_api_url} does not answer ({error.reason}).", advice)]
    finally:
        await client.close()


def _explain(refused: GraphRefused) -> Finding:
    if refused.token_wrong:
        advice = (
            "Make a permanent token of a system user with whatsapp_business_messaging and "
            f"whatsapp_business_management, and put it into {VARIABLE} (docs/whatsapp.md)."
        )
        return bad(f"Meta does not take the access token (code {refused.code}).", advice)
    advice = f"Copy phone_number_id (not the number) from the app's API setup into {VARIABLE}."
    return bad(f"Meta knows no such phone number, or not for this token (code {refused.code}).", advice)


async def _check(
    client: GraphClient, account: WhatsAppAccount, settings: Settings, web: httpx.AsyncClient, set_up: bool
) -> list[Finding]:
    number = await client.look_up_number()
    shown = f"{number.get('verified_name')} {number.get('display_phone_number')}"
    found = [good(f"The token is valid; the number is {shown}, quality {number.get('quality_rating')}.")]
    wanted = f"{settings.public_url}/webhooks/whatsapp/{account.name}"
    if settings.whatsapp_api_url.startswith("https://") and urlsplit(wanted).scheme != "https":
        return [*found, bad(f"Meta does not call {wanted}.", HTTPS_ADVICE)]
    door = await _check_door(account, wanted, web)
    if set_up and door.right:
        # Meta knocks at the address at once and takes it only when the gateway answers.
        await client.set_webhook(wanted)
    actual = webhook_of(await client.look_up_webhook())
    if actual == wanted:
        found.append(good(f"The webhook is {wanted}."))
    else:
        text = f"The webhook is {actual or 'not set'}, it should be {wanted}."
        found.append(bad(text, "Run `make channels SET=1` while the gateway runs."))
    return [*found, door]


def webhook_of(number: dict[str, Any]) -> str | None:
    """The address that counts: the number's own, else its business account's, else the app's."""
    known = number.get("webhook_configuration")
    if not isinstance(known, dict):
        return None
    levels = ("phone_number", "whatsapp_business_account", "application")
    return next((str(known[level]) for level in levels if known.get(level)), None)


async def _check_door(account: WhatsAppAccount, url: str, web: httpx.AsyncClient) -> Finding:
    """Knock as Meta does. A webhook without entries is taken and means nothing."""
    challenge = secrets.token_hex(8)
    asked = {
        "hub.mode": "subscribe",
        "hub.verify_token": account.verify_token.get_secret_value(),
        "hub.challenge": challenge,
    }
    body = json.dumps({"object": "whatsapp_business_account", "entry": []}).encode()
    digest = hmac.new(account.app_secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
    try:
        verified = await web.get(url, params=asked)
        signed = await web.post(url, content=body, headers={"X-Hub-Signature-256": f"sha256={digest}"})
        unsigned = await web.post(url, content=body)
    except httpx.HTTPError as error:
        text = f"The gateway does not answer at {url} ({type(error).__name__})."
        return bad(text, "Is it running, and does the tunnel or proxy lead to it?")
    codes = (verified.status_code, signed.status_code, unsigned.status_code)
    if codes == (200, 200, 403) and verified.text == challenge:
        return good("The gateway answers there and knows verify_token and app_secret.")
    if unsigned.status_code == 403:
        names = [
            name
            for name, answer in (("verify_token", verified), ("app_secret", signed))
            if answer.status_code == 403
        ]
        text = f"The gateway that answers there has another {' and '.join(names)}, or no such account."
        return bad(text, "Start it again with the settings of this computer.")
    return bad(f"Something else than the gateway answers there: {codes}.", "Look at the tunnel or proxy.")
