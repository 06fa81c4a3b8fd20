"""A small Rasa of the tests' own behind the real channel: rules only, trained in seconds, with a fake action server.

Runs on Python 3.10. What it understands and says is of no importance; how a turn is taken is.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from rasa.core import channels
from rasa.core.agent import Agent, load_agent
from rasa.core.utils import AvailableEndpoints
from rasa.model_training import train
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic

from bot.channel import GatewayInput

TOKEN = "channel-token-of-the-tests"
Json = dict[str, Any]

CONFIG = """
recipe: default.v1
assistant_id: small
language: id
pipeline:
  - name: bot.components.tokenizer.NormalisingTokenizer
  - name: bot.components.language.LanguageDetector
    folder: {folder}/nlu
  - name: KeywordIntentClassifier
policies:
  - name: RulePolicy
    core_fallback_action_name: action_listen
"""
DOMAIN = """
version: "3.1"
intents: [greet, view_policies, find_provider, medical_emergency, stop, claim, inform, nlu_fallback]
entities: [choice]
slots:
  language: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  script: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  market: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  channel: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  kept: {type: any, mappings: [{type: custom}]}
  pending: {type: any, mappings: [{type: custom}]}
  next_wish: {type: any, mappings: [{type: custom}]}
  asks: {type: any, mappings: [{type: custom}]}
  step: {type: any, mappings: [{type: custom}]}
  answer: {type: text, influence_conversation: false, mappings: [{type: custom}]}
forms:
  request_form: {required_slots: [answer]}
actions: [action_say, action_find, action_begin, validate_request_form, action_ask_answer]
session_config: {session_expiration_time: 0, carry_over_slots_to_new_session: true}
"""
RULES = """
version: "3.1"
rules:
- rule: Greeting
  steps: [{intent: greet}, {action: action_say}]
- rule: Anything else
  steps: [{intent: view_policies}, {action: action_say}]
- rule: Looking for a place
  steps: [{intent: find_provider}, {action: action_find}]
- rule: In danger
  steps: [{intent: medical_emergency}, {action: action_say}]
- rule: Stopped
  steps: [{intent: stop}, {action: action_say}]
- rule: The form begins
  steps: [{intent: claim}, {action: action_begin}, {action: request_form}, {active_loop: request_form}]
"""
LINES = {
    "it": [
        "buongiorno, vorrei sapere",
        "buongiorno, vorrei la mia polizza",
        "grazie, vorrei sapere la polizza",
    ],
    "sr": ["добар дан, хвала", "dobar dan, hvala", "dobar dan, zanima me moja polisa, hvala"],
    "id": ["selamat pagi, saya mau tanya", "selamat pagi, terima kasih", "saya mau tanya polis saya"],
}


class ActionServer:
    """Answers each action as it was told to, counts the calls, and says nothing otherwise."""

    def __init__(self) -> None:
        self.answers: dict[str, Json | Callable[[Json], Json]] = {}
        self.calls: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.calls.append(call["next_action"])
                answer = outer.answers.get(call["next_action"], {})
                content = json.dumps({"events": [], "responses": [], **_called(answer, call)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/webhook"

    def say(self, *messages: Json, action: str = "action_say", **slots: Any) -> None:
        """What the action says and stores from now on."""
        events = [{"event": "slot", "name": name, "value": value} for name, value in slots.items()]
        self.answers[action] = {"events": events, "responses": list(messages)}


def _called(answer: Json | Callable[[Json], Json], call: Json) -> Json:
    return answer(call) if callable(answer) else answer


def train_small_model(folder: Path) -> Path:
    """Train the small assistant; tells the model's file."""
    for language, lines in LINES.items():
        (folder / "nlu" / language).mkdir(parents=True)
        written = "".join(f"    - {line}\n" for line in lines)
        (folder / "nlu" / language / "lines.yml").write_text(
            f'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n{written}', encoding="utf-8"
        )
    others = "".join(
        f"- intent: {intent}\n  examples: |\n    - {intent}\n"
        for intent in ("view_policies", "find_provider", "medical_emergency", "stop", "claim", "inform")
    )
    (folder / "others.yml").write_text(f'version: "3.1"\nnlu:\n{others}', encoding="utf-8")
    (folder / "config.yml").write_text(CONFIG.format(folder=folder), encoding="utf-8")
    (folder / "domain.yml").write_text(DOMAIN, encoding="utf-8")
    (folder / "rules.yml").write_text(RULES, encoding="utf-8")
    result = train(
        str(folder / "domain.yml"),
        str(folder / "config.yml"),
        [str(folder / "nlu"), str(folder / "others.yml"), str(folder / "rules.yml")],
        str(folder / "models"),
    )
    assert result.model
    return Path(result.model)


class Assistant:
    """The channel as the gateway sees it, and the tracker behind it."""

    def __init__(
        self, agent: Agent, actions: ActionServer, loop: asyncio.AbstractEventLoop, url: str
    ) -> None:
        self.agent = agent
        self.actions = actions
        self._loop = loop
        self.url = url

    def post(self, body: Json, token: str = TOKEN) -> requests.Response:
        """One turn, as it stands."""
        headers = {"Authorization": f"Bearer {token}"}
        return requests.post(f"{self.url}/webhooks/gateway/turn", json=body, headers=headers, timeout=60)

    def turn(self, conversation_id: str, message_id: str, text: str, **metadata: Any) -> Json:
        """One turn that succeeds; tells the answer."""
        body = turn_of(conversation_id, message_id, text, **metadata)
        answer = self.post(body)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def tracker(self, conversation_id: str) -> DialogueStateTracker:
        """What is stored of the conversation: the session that goes on."""
        assert self.agent.processor
        stored = self.agent.processor.get_tracker(conversation_id)
        return asyncio.run_coroutine_threadsafe(stored, self._loop).result(10)


def turn_of(conversation_id: str, message_id: str, text: str, **metadata: Any) -> Json:
    """The body of a turn."""
    known: Json = {"market": "it", "channel": "website", "language": "it", "today": "2026-11-20"}
    known |= {"attachments": [], "notice": None, "detail": {}, **metadata}
    return {"conversation_id": conversation_id, "message_id": message_id, "text": text, "metadata": known}


@contextlib.contextmanager
def running_assistant(model: Path, folder: Path) -> Iterator[Assistant]:
    """The real channel on a Sanic server on loopback, until the block ends."""
    actions = ActionServer()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    listening = socket.create_server(("127.0.0.1", 0))

    async def start() -> tuple[Agent, Any]:
        endpoints = AvailableEndpoints(
            action=EndpointConfig(actions.url),
            tracker_store=EndpointConfig(
                type="bot.tracker_store.KeepingTrackerStore", url=f"sqlite:///{folder}/rasa.db"
            ),
        )
        agent = await load_agent(str(model), endpoints=endpoints, loop=loop)
        app = Sanic("small_assistant", configure_logging=False)
        app.ctx.agent = agent
        channels.channel.register([GatewayInput(TOKEN)], app, "/webhooks/")
        # Sanic takes port 0 for "none given" and uses 8000: the socket is ours.
        server = await app.create_server(sock=listening, return_asyncio_server=True, access_log=False)
        await server.startup()
        return agent, server

    agent, server = asyncio.run_coroutine_threadsafe(start(), loop).result(120)
    yield Assistant(agent, actions, loop, f"http://127.0.0.1:{listening.getsockname()[1]}")

    async def stop() -> None:
        server.close()
        await server.wait_closed()

    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    actions.server.shutdown()
    actions.server.server_close()
