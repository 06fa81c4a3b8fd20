"""Who may post, and what each kind of webhook that Meta documents becomes."""

import hashlib
import hmac
import json
import random

import httpx

from tests.connectors.gateway_world import words
from tests.connectors.whatsapp.conftest import ACCOUNTS, PAYLOADS, Mobile

SECRET = ACCOUNTS[0]["app_secret"]
ANSWERED = "system_only_text_photos_pdf"


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def signature(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


async def post(mobile: Mobile, body: bytes, signed: str | None = None, account: str = "it") -> int:
    transport = httpx.ASGITransport(mobile.app, raise_app_exceptions=False)
    headers = {"X-Hub-Signature-256": signed} if signed is not None else {}
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        answer = await http.post(f"/webhooks/whatsapp/{account}", content=body, headers=headers)
        return answer.status_code


async def deliver(mobile: Mobile, *names: str) -> None:
    for name in names:
        body = payload(name)
        assert await post(mobile, body, signature(body)) == 200, name
    await mobile.quiet()


async def test_the_address_proves_that_it_knows_the_verify_token(mobile: Mobile) -> None:
    assert await mobile.meta.verify("it")


async def test_the_address_tells_nobody_else(mobile: Mobile) -> None:
    right = ACCOUNTS[0]["verify_token"]
    asked = [
        ("it", {"hub.mode": "subscribe", "hub.verify_token": "wrong", "hub.challenge": "1"}),
        ("it", {"hub.mode": "subscribe", "hub.challenge": "1"}),
        ("it", {"hub.mode": "forget", "hub.verify_token": right}),
        ("rs", {"hub.mode": "subscribe", "hub.verify_token": right}),
        ("nobody", {"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"}),
    ]
    transport = httpx.ASGITransport(mobile.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as http:
        for account, given in asked:
            answer = await http.get(f"/webhooks/whatsapp/{account}", params=given)
            assert (answer.status_code, answer.content) == (403, b""), given


async def test_what_is_not_signed_is_refused_and_has_no_effect(mobile: Mobile) -> None:
    body = payload("text")
    forged: list[tuple[str, bytes, str | None]] = [
        ("it", body, None),
        ("it", body, ""),
        ("it", body, "sha256="),
        ("it", body, signature(body).removeprefix("sha256=")),
        ("it", body, signature(body, "another secret")),
        ("it", body + b" ", signature(body)),
        ("it", body.replace(b"color", b"colour"), signature(body)),
        ("it", body, "sha1=" + hmac.new(SECRET.encode(), body, "sha1").hexdigest()),
        ("rs", body, signature(body)),
        ("nobody", body, signature(body)),
        ("nobody", body, signature(body, "")),
    ]
    for account, altered, signed in forged:
        assert await post(mobile, altered, signed, account) == 403, (account, signed)
    # Bit by bit: no altered body passes with the signature of the real one.
    generator = random.Random(5)
    for _ in range(200):
        altered_body = bytearray(body)
        altered_body[generator.randrange(len(body))] ^= 1 << generator.randrange(8)
        assert await post(mobile, bytes(altered_body), signature(body)) == 403
    assert mobile.conversations() == []


async def test_what_is_no_json_or_too_large_is_refused(mobile: Mobile) -> None:
    for body in (b"{", b"\xff\xfe", b"[" * 100_000):
        assert await post(mobile, body, signature(body)) == 400
    large = b" " * (4 * 1024 * 1024 + 1)
    assert await post(mobile, large, signature(large)) == 413


async def test_what_says_nothing_is_taken_and_forgotten(mobile: Mobile) -> None:
    for body in (b"{}", b"[]", b"null", b'{"entry": 7}', b'{"entry": [{"changes": [1]}]}'):
        assert await post(mobile, body, signature(body)) == 200, body
    assert mobile.conversations() == []


async def test_words_reach_the_dialogue(mobile: Mobile) -> None:
    said = {
        "text": "Does it come in another color?",
        "text_reply_to": "Vorrei parlare di questo",
        "text_referral": "Ciao! Posso avere informazioni?",
        "text_without_phone": "Saya ingin bertanya",
        "text_without_user_id": "Добар дан",
        "contacts": "+1 (415) 555-0829",
        "edit": "Vorrei due visite",
        "edit_caption": "Fattura corretta",
    }
    await deliver(mobile, *said)
    assert sorted(mobile.rasa.texts) == sorted(said.values())


async def test_what_cannot_be_read_is_answered_politely(mobile: Mobile) -> None:
    kinds = ("audio", "video", "sticker", "order", "flow_reply", "of_the_future")
    await deliver(mobile, *kinds)
    assert mobile.rasa.turns == []
    told = [text for author, text in mobile.transcript() if author == "system"]
    assert told == [words(ANSWERED)] * len(kinds)


async def test_a_photo_that_whatsapp_keeps_back_is_asked_for_as_a_document(mobile: Mobile) -> None:
    await deliver(mobile, "unsupported")
    assert mobile.transcript()[-1] == ("system", words("whatsapp_send_as_document"))


async def test_what_asks_for_nothing_gets_no_answer(mobile: Mobile) -> None:
    await deliver(mobile, "reaction", "request_welcome", "system_number_changed", "errors")
    await deliver(mobile, "status_sent", "status_read", "status_failed", "status_delivered")
    assert mobile.transcript() == []


async def test_a_button_that_we_did_not_issue_does_nothing(mobile: Mobile) -> None:
    await deliver(mobile, "template_button", "button_reply", "list_reply")
    assert mobile.rasa.turns == []
    assert mobile.transcript() == [("system", words("system_button_old"))] * 3


async def test_a_location_is_looked_around(mobile: Mobile) -> None:
    await deliver(mobile, "location")
    [turn] = mobile.rasa.turns
    assert turn["metadata"]["detail"] == {"lat": 45.4612, "lon": 9.1912}


async def test_a_message_taken_back_before_it_came_is_not_worked(mobile: Mobile) -> None:
    await deliver(mobile, "revoke")
    body = json.loads(payload("text"))
    message = body["entry"][0]["changes"][0]["value"]["messages"][0]
    revoked = json.loads(payload("revoke"))["entry"][0]["changes"][0]["value"]["messages"][0]
    message["id"] = revoked["revoke"]["original_message_id"]
    raw = json.dumps(body).encode()
    assert await post(mobile, raw, signature(raw)) == 200
    await mobile.quiet()
    assert mobile.rasa.turns == []


async def test_a_batch_is_taken_message_by_message(mobile: Mobile) -> None:
    await deliver(mobile, "batch")
    assert sorted(mobile.rasa.texts) == ["due", "tri", "uno"]
    assert len(mobile.conversations()) == 2


async def test_the_same_webhook_again_is_worked_once(mobile: Mobile) -> None:
    await deliver(mobile, "batch", "batch", "batch")
    assert sorted(mobile.rasa.texts) == ["due", "tri", "uno"]


async def test_a_number_that_is_not_ours_is_left_alone(mobile: Mobile) -> None:
    body = payload("text").replace(b"106540352242922", b"999")
    assert await post(mobile, body, signature(body)) == 200
    assert mobile.conversations() == []


async def test_one_account_cannot_speak_for_another_app(mobile: Mobile) -> None:
    body = payload("text").replace(b"106540352242922", ACCOUNTS[1]["phone_number_id"].encode())
    assert await post(mobile, body, signature(body)) == 200
    assert mobile.conversations() == []


async def test_what_cannot_be_stored_now_is_asked_for_again(mobile: Mobile) -> None:
    mobile.backend.down = True
    no_language = payload("text").replace(b"106540352242922", ACCOUNTS[1]["phone_number_id"].encode())
    signed = signature(no_language, ACCOUNTS[1]["app_secret"])
    assert await post(mobile, no_language, signed, "rs") == 503
    mobile.backend.down = False
    assert await post(mobile, no_language, signed, "rs") == 200
    await mobile.quiet()
    assert mobile.rasa.texts == ["Does it come in another color?"]
