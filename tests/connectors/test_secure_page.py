"""The secure page: user name and password, and the chat that goes on by itself and takes the code."""

import html
import re

import httpx

from tests.connectors.gateway_world import World, words

SECRET = "Sunce2020!"


async def fill(world: World, token: str, **fields: str) -> httpx.Response:
    page = await world.http.get(f"/secure/{token}")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    body = {"csrf": csrf.group(1) if csrf else "", **fields}
    return await world.http.post(f"/secure/{token}", data=body)


async def password(world: World, token: str, username: str = "marko", given: str = SECRET) -> httpx.Response:
    return await fill(world, token, username=username, password=given)


async def test_after_the_password_the_code_is_typed_in_the_chat_and_the_page_says_done(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_link(chat.id)
    assert (await password(world, token)).status_code == 303
    page = html.unescape((await world.http.get(f"/secure/{token}")).text)
    assert "m***@example.rs" in page
    assert words("secure_code_in_chat", "sr", "Cyrl") in page
    await chat.quiet()  # the chat has said where the code went
    await chat.say("123 456")
    assert words("secure_done_title", "sr", "Cyrl") in (await world.http.get(f"/secure/{token}")).text
    details = [(t["text"], t["metadata"]["notice"], t["metadata"]["detail"]) for t in world.rasa.turns]
    assert details == [
        ("/login", "login_changed", {"result": "code_sent", "masked_email": "m***@example.rs"}),
        ("/login", "login_changed", {"result": "logged_in", "first_name": "Марко"}),
    ]
    assert [author for author, _ in await chat.transcript()] == ["bot", "customer", "bot"]
    assert SECRET not in world.stored()
    assert "123456" not in world.stored() and "123 456" not in world.stored()


async def test_who_was_sent_another_persons_link_cannot_log_that_chat_in_with_the_code(world: World) -> None:
    """The owner of the account types password and code on the page, or the code in a chat of their own."""
    senders, victims = await world.open("rs"), await world.open("rs")
    token = world.backend.open_link(senders.id)
    await password(world, token)
    page = await world.http.get(f"/secure/{token}")
    assert "<form" not in page.text and "<input" not in page.text
    cookie = world.http.cookies["care_secure"]
    for step in ("code", "resend", "password"):
        answer = await world.http.post(
            f"/secure/{token}", data={"csrf": cookie, "step": step, "code": "123456"}
        )
        assert answer.status_code == 303
    await victims.say("123456")
    await senders.quiet()
    assert world.backend.verified == []
    assert world.backend.state(senders.id) == "code_sent"


async def test_where_no_code_is_asked_the_page_is_done_after_the_password(world: World) -> None:
    chat = await world.open("rs")
    world.backend.asks_code = False
    token = world.backend.open_link(chat.id, "it")
    assert (await password(world, token)).status_code == 303
    assert words("secure_done_title") in html.unescape((await world.http.get(f"/secure/{token}")).text)
    await chat.quiet()
    assert world.rasa.turns[0]["metadata"]["detail"] == {"result": "logged_in", "first_name": "Марко"}


async def test_looking_at_the_page_consumes_nothing_and_is_never_cached(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_link(chat.id)
    for _ in range(3):
        page = await world.http.get(f"/secure/{token}")
        assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert "http" not in re.sub(r'xmlns="[^"]+"', "", page.text)
    assert world.backend.links[token]["state"] == "open"


async def test_the_page_speaks_the_language_and_script_of_the_link(world: World) -> None:
    chat = await world.open("rs")
    pages = {
        script: (await world.http.get(f"/secure/{world.backend.open_link(chat.id, 'sr', script)}")).text
        for script in ("Latn", "Cyrl")
    }
    assert 'lang="sr-Latn"' in pages["Latn"] and words("secure_username", "sr") in pages["Latn"]
    assert 'lang="sr-Cyrl"' in pages["Cyrl"] and words("secure_username", "sr", "Cyrl") in pages["Cyrl"]


async def test_wrong_credentials_are_said_beside_the_fields_and_the_password_is_not_shown_again(
    world: World,
) -> None:
    chat = await world.open("rs")
    token = world.backend.open_link(chat.id)
    page = await password(world, token, given="pogresna-Lozinka1")
    assert page.status_code == 401
    assert 'aria-describedby="error"' in html.unescape(page.text) and 'role="alert"' in html.unescape(
        page.text
    )
    assert "pogresna-Lozinka1" not in html.unescape(page.text)
    assert 'value="marko"' in html.unescape(page.text)
    await chat.quiet()
    assert world.rasa.turns == []


async def test_too_many_attempts_say_how_long_to_wait(world: World) -> None:
    chat = await world.open("rs")
    page = await password(world, world.backend.open_link(chat.id, "it"), username="blocked")
    assert page.status_code == 429
    assert words("secure_too_many_attempts", minutes=10) in html.unescape(page.text)


async def test_an_unknown_or_expired_link_says_how_to_get_a_new_one(world: World) -> None:
    page = await world.http.get(f"/secure/{'x' * 32}", headers={"Accept-Language": "id,en;q=0.5"})
    assert page.status_code == 404
    assert words("secure_expired", "id") in html.unescape(page.text)


async def test_a_form_from_elsewhere_is_not_accepted(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_link(chat.id)
    body = {"csrf": "guess", "username": "marko", "password": SECRET}
    assert (await world.http.post(f"/secure/{token}", data=body)).status_code == 403
    await world.http.get(f"/secure/{token}")
    assert (await world.http.post(f"/secure/{token}", data=body)).status_code == 403
    assert world.backend.state(chat.id) == "none"


async def test_a_silent_backend_is_said_honestly(world: World) -> None:
    chat = await world.open("rs")
    token = world.backend.open_link(chat.id)
    world.backend.down = True
    assert (await world.http.get(f"/secure/{token}")).status_code == 503


async def test_a_password_can_be_shown_and_says_what_is_wrong_with_it(world: World) -> None:
    chat = await world.open("it")
    token = world.backend.open_link(chat.id, "it")
    page = (await world.http.get(f"/secure/{token}")).text
    (field,) = re.findall(r'<input id="password"[^>]*>', page)
    assert 'type="password"' in field and "aria-invalid" not in field
    assert re.findall(r'data-toggles="(\w+)"', page) == ["password"]
    (field,) = re.findall(r'<input id="password"[^>]*>', (await fill(world, token, username="marko")).text)
    assert 'aria-invalid="true" aria-describedby="error" autofocus' in field
