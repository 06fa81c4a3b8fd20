"""Files sent in the chat: passed through to the backend, then a turn with an attachment."""

import pytest
from starlette.types import Message
from structlog.testing import capture_logs

from tests.connectors.gateway_world import World, words


async def test_a_file_becomes_a_message_and_a_turn_with_an_attachment(world: World) -> None:
    chat = await world.open()
    answer = await chat.upload("C:\\foto\\ricevuta 1.pdf", b"%PDF-1.7")
    assert answer.status_code == 202
    assert answer.json()["document"]["document_id"] == "doc-1"
    messages = await chat.quiet()
    assert messages[0]["files"] == [
        {"document_id": "doc-1", "filename": "ricevuta 1.pdf", "kind": "pdf", "size": 8}
    ]
    turn = world.rasa.turns[0]
    assert turn["text"] == "/inform"
    assert turn["metadata"]["attachments"][0]["document_id"] == "doc-1"


async def test_the_same_upload_twice_is_one_document(world: World) -> None:
    chat = await world.open()
    await chat.upload("a.jpg", b"x", "same")
    assert (await chat.upload("a.jpg", b"x", "same")).status_code == 200
    assert len(world.backend.documents) == 1


async def test_a_refused_file_is_explained_in_the_answer_and_in_the_chat(world: World) -> None:
    chat = await world.open("id", "id")
    answer = await chat.upload("catatan.txt", b"halo")
    assert (answer.status_code, answer.json()["error"]) == (415, "file_type_not_allowed")
    assert "catatan.txt" in answer.json()["message"]
    assert await chat.transcript() == [("system", answer.json()["message"])]
    assert world.rasa.turns == []


@pytest.mark.parametrize("filename", ["IMG_0042.heic", "slika.webp"])
async def test_a_photo_in_a_format_of_phones_is_refused_with_what_to_do(world: World, filename: str) -> None:
    chat = await world.open("rs", "sr")
    answer = await chat.upload(filename, b"x")
    assert (answer.status_code, answer.json()["error"]) == (415, "file_type_not_allowed")
    assert answer.json()["message"] == words("system_photo_format_unknown", "sr", filename=filename)


async def test_a_file_that_is_too_large_is_refused_with_the_limit(world: World) -> None:
    chat = await world.open()
    answer = await chat.upload("foto.jpg", b"\0" * (12 * 1024 * 1024))
    assert (answer.status_code, answer.json()["error"]) == (413, "file_too_large")
    assert "10 MB" in answer.json()["message"]


async def test_a_file_while_the_backend_is_down_may_be_sent_again(world: World) -> None:
    chat = await world.open()
    world.backend.down = True
    assert (await chat.upload("a.jpg", b"x")).status_code == 503
    world.backend.down = False
    assert (await chat.upload("a.jpg", b"x")).status_code == 202


async def test_an_upload_that_breaks_off_is_no_fault_of_ours(world: World) -> None:
    """Phones lose their net all day long: nobody is to be alarmed, and the file may be sent again."""
    chat = await world.open()
    coming = iter([{"type": "http.request", "body": b"%PDF", "more_body": True}, {"type": "http.disconnect"}])
    answered: list[Message] = []

    async def receive() -> Message:
        return next(coming)

    async def send(message: Message) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"{chat.path}/files",
        "query_string": b"filename=a.pdf&client_message_id=f1",
        "headers": [(b"authorization", chat.headers["Authorization"].encode())],
    }
    with capture_logs() as logged:
        await world.app(scope, receive, send)
    assert answered[0]["status"] == 400
    assert [one for one in logged if one["log_level"] == "error"] == []
    assert await chat.transcript() == []
    assert (await chat.upload("a.pdf", b"%PDF-1.7")).status_code == 202
