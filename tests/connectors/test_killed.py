"""kill -9 in the middle of a turn: after the restart it is worked again and answered once."""

import asyncio
import signal
from pathlib import Path

import httpx

from connectors.migrate import migrate
from tests.connectors.gateway_fakes import FakeBackend, FakeRasa
from tests.connectors.gateway_world import PATIENCE, eventually
from tests.connectors.live_gateway import free_port, serve, start_process


async def test_a_killed_gateway_answers_after_its_restart_and_only_once(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/connectors.db")
    rasa, backend = FakeRasa(), FakeBackend()
    rasa.seconds = 1.5
    port = free_port()
    with serve(rasa.app) as rasa_url, serve(backend.asgi) as backend_url:
        process = await asyncio.to_thread(start_process, tmp_path, port, rasa_url, backend_url)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as http:
            opened = (await http.post("/api/website/conversations", json={"market": "it"})).json()
            path = f"/api/website/conversations/{opened['conversation_id']}/messages"
            headers = {"Authorization": f"Bearer {opened['token']}"}
            body = {"client_message_id": "m1", "text": "ciao"}
            assert (await http.post(path, json=body, headers=headers)).status_code == 202

            async def begun() -> bool:
                return bool(rasa.turns)

            try:
                await eventually(begun)
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()
        process = await asyncio.to_thread(start_process, tmp_path, port, rasa_url, backend_url)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as http:
                assert (await http.post(path, json=body, headers=headers)).status_code == 200

                async def answered() -> bool:
                    messages = (await http.get(path, headers=headers)).json()["messages"]
                    # Where starting takes long the customer was told so in between.
                    return [m["text"] for m in messages if m["author"] != "system"] == ["ciao", "echo: ciao"]

                await eventually(answered)
        finally:
            process.terminate()
            process.wait()
    assert len(rasa.executed) == 1
    assert {turn["message_id"] for turn in rasa.turns} == {rasa.turns[0]["message_id"]}
