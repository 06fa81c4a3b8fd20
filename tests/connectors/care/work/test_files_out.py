"""Files that an agent sends to the customer."""

import html
from typing import Any

import httpx

from tests.connectors.care.staff_fake import Colleague
from tests.connectors.care.work.floor import Floor, words_of
from tests.connectors.gateway_world import words

PDF, PNG = b"%PDF-1.7 a form", b"\x89PNG a picture"


async def send(
    agent: Colleague, number: int, *files: tuple[str, bytes], text: str = "", answer_id: str = "answer-0001"
) -> httpx.Response:
    body: dict[str, Any] = {"answer_id": answer_id, "text": text}
    parts = [("file", (name, content, "application/octet-stream")) for name, content in files]
    return await agent.post(f"/conversations/{number}/answer", data=body, files=parts)


async def test_files_reach_the_customer_once_and_open_by_their_links(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    for _ in range(2):
        sent = await send(agent, number, ("modulo.pdf", PDF), ("mappa.png", PNG), text="Ecco il modulo")
        assert sent.status_code == 200, sent.text
    (message,) = [m for m in await chat.messages() if m["author"] == "agent"]
    form, picture = message["cards"]
    assert message["text"] == "Ecco il modulo"
    assert (form["title"], form["link"]["title"]) == ("modulo.pdf", words("care_file_open"))
    assert picture["picture"]["alt"] == "mappa.png"
    for url, content, media_type in (
        (form["link"]["url"], PDF, "application/pdf"),
        (picture["picture"]["url"], PNG, "image/png"),
    ):
        opened = await floor.world.http.get(url)
        assert (opened.content, opened.headers["content-type"]) == (content, media_type)
        assert opened.headers["cache-control"] == "no-store"
    # The desk shows that they were sent, and carries no link that opens them.
    page = (await agent.get(f"/conversations/{number}")).text
    assert "modulo.pdf" in page and "token-of-file" not in page


async def test_a_file_alone_is_an_answer_and_nothing_at_all_is_none(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    empty = await send(agent, number, ("", b""))
    assert empty.status_code == 409 and words("desk_error_empty") in words_of(empty.text)
    assert (await send(agent, number, ("modulo.pdf", PDF))).status_code == 200
    assert (await chat.messages())[-1]["cards"][0]["title"] == "modulo.pdf"


async def test_what_is_refused_sends_nothing_and_says_why(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    wrong = await send(agent, number, ("modulo.pdf", PDF), ("virus.exe", b"MZ"), text="Ecco")
    assert wrong.status_code == 409 and "virus.exe" in words_of(wrong.text)
    many = await send(agent, number, *[(f"{n}.pdf", PDF) for n in range(6)])
    assert words("desk_error_files_many", limit=5) in words_of(many.text)
    assert all(author != "agent" for author, _ in await chat.transcript())


async def test_a_large_form_is_not_read_before_it_is_known_who_sends_it(floor: Floor) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent)
    large = b"%PDF" + b"x" * 300_000
    assert (await send(agent, number, ("grande.pdf", large))).status_code == 200
    floor.desk.looks.clear()
    stranger = floor.agent(markets=["rs"])
    assert (await send(stranger, number, ("grande.pdf", large))).status_code == 404
    path = f"/care/conversations/{number}/answer"
    part = {"file": ("grande.pdf", large, "application/pdf")}
    forged = await floor.world.http.post(path, files=part, headers=agent.headers)
    assert forged.status_code == 403 and floor.desk.looks == []


async def test_an_old_link_says_so(floor: Floor) -> None:
    old = await floor.world.http.get(f"/secure/file/{'o' * 20}/file.pdf")
    assert old.status_code == 404 and words("care_file_old") in html.unescape(old.text)
