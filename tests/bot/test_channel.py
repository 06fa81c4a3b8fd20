"""The gateway's channel as the gateway sees it: over HTTP, with a small Rasa behind it.

In the services' environment, which has no Rasa, these tests are passed over.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("rasa")

import requests

from bot.channel import EVENTS_A_SESSION, GatewayInput
from tests.bot.small_assistant import TOKEN, Assistant, running_assistant, train_small_model, turn_of

EXAMPLES = sorted((Path(__file__).parent.parent / "contracts" / "examples").glob("*.json"))


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("small")
    with running_assistant(train_small_model(folder), folder) as assistant:
        yield assistant


@pytest.fixture
def assistant(started: Assistant) -> Assistant:
    """The same assistant, with actions that were told nothing yet."""
    started.actions.answers.clear()
    started.actions.calls.clear()
    return started


@pytest.fixture
def cid() -> str:
    """A conversation of the test's own."""
    return uuid.uuid4().hex


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_channel_answers_as_the_contract_says(assistant: Assistant, path: Path) -> None:
    example = json.loads(path.read_text(encoding="utf-8"))
    assistant.actions.say(*example["said_by_action"])
    answer = assistant.post(example["request"], example.get("token", TOKEN))
    assert (answer.status_code, answer.json()) == (example["status"], example["answer"])


def test_the_channel_does_not_open_without_a_token() -> None:
    with pytest.raises(ValueError, match="BOT_CHANNEL_TOKEN"):
        GatewayInput("")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer "}, {"Authorization": TOKEN}])
def test_a_turn_without_the_token_is_refused_and_not_executed(
    assistant: Assistant, cid: str, header: dict[str, str]
) -> None:
    url = f"{assistant.url}/webhooks/gateway/turn"
    answer = requests.post(url, json=turn_of(cid, "m1", "/greet"), headers=header, timeout=60)
    assert answer.status_code == 401
    assert assistant.actions.calls == []


def test_a_message_is_executed_once_and_answered_the_same_again(assistant: Assistant, cid: str) -> None:
    said = {
        "text": "Prego",
        "buttons": [{"title": "Sì", "payload": "/affirm"}],
        "custom": {"transition": "x"},
    }
    assistant.actions.say(said, {"text": "Altro?"})
    first = assistant.turn(cid, "m1", "/greet")
    assistant.actions.say({"text": "something else"})
    assert assistant.turn(cid, "m1", "/greet") == first
    assert assistant.actions.calls == ["action_say"]
    assert [message["text"] for message in first["messages"]] == ["Prego", "Altro?"]


def test_a_text_is_understood_outside_of_any_dialogue(assistant: Assistant, cid: str) -> None:
    url = f"{assistant.url}/webhooks/gateway/understand"
    asked = {"text": "/greet", "metadata": {"market": "it", "today": "2026-11-20"}}
    assert requests.post(url, json=asked, timeout=60).status_code == 401
    answer = requests.post(url, json=asked, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["ranking"][0] == {"name": "greet", "confidence": 1.0}
    assert assistant.actions.calls == []


def test_an_earlier_message_is_still_answered_the_same_after_later_ones(
    assistant: Assistant, cid: str
) -> None:
    for number in range(3):
        assistant.actions.say({"text": f"answer {number}"})
        assistant.turn(cid, f"m{number}", "/greet")
    again = assistant.turn(cid, "m1", "/greet")
    assert again["messages"] == [{"text": "answer 1"}]
    assert len(assistant.actions.calls) == 3


def test_a_turn_without_the_backend_leaves_no_trace_and_can_be_sent_again(
    assistant: Assistant, cid: str
) -> None:
    assistant.turn(cid, "m0", "/greet")
    before = len(assistant.tracker(cid).events)
    assistant.actions.say({"text": "half"}, {"custom": {"backend_unavailable": True}}, kept="half")
    answer = assistant.post(turn_of(cid, "m1", "/greet"))
    assert (answer.status_code, answer.json()) == (503, {"error": "backend_unavailable"})
    assert len(assistant.tracker(cid).events) == before
    assert assistant.tracker(cid).get_slot("kept") is None
    assistant.actions.say({"text": "whole"}, kept="whole")
    assert assistant.turn(cid, "m1", "/greet")["messages"] == [{"text": "whole"}]
    assert assistant.tracker(cid).get_slot("kept") == "whole"


def test_a_caller_that_hangs_up_does_not_stop_the_turn(assistant: Assistant, cid: str) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def slowly(_: dict[str, Any]) -> dict[str, Any]:
        entered.set()
        go_on.wait(60)
        return {"responses": [{"text": "done"}]}

    assistant.actions.answers["action_say"] = slowly
    with pytest.raises(requests.exceptions.ReadTimeout):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        url = f"{assistant.url}/webhooks/gateway/turn"
        requests.post(url, json=turn_of(cid, "m1", "/greet"), headers=headers, timeout=1)
    assert entered.wait(60)
    go_on.set()
    # The same message waits for the conversation's lock and finds the answer there.
    assert assistant.turn(cid, "m1", "/greet")["messages"] == [{"text": "done"}]
    assert assistant.actions.calls == ["action_say"]


def test_turns_of_one_conversation_run_one_after_the_other(assistant: Assistant, cid: str) -> None:
    inside, most = [0], [0]

    def counted(_: dict[str, Any]) -> dict[str, Any]:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.1)
        inside[0] -= 1
        return {}

    assistant.actions.answers["action_say"] = counted
    threads = [threading.Thread(target=assistant.turn, args=(cid, f"m{n}", "/greet")) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(assistant.actions.calls), most[0]) == (3, 1)


def test_a_payload_is_executed_as_its_intent_with_its_entities(assistant: Assistant, cid: str) -> None:
    seen: list[dict[str, Any]] = []
    assistant.actions.answers["action_say"] = lambda call: seen.append(call["tracker"]) or {}
    assistant.turn(cid, "m1", '/view_policies{"choice": "p-1"}')
    message = seen[0]["latest_message"]
    assert message["intent"]["name"] == "view_policies"
    assert [(entity["entity"], entity["value"]) for entity in message["entities"]] == [("choice", "p-1")]
    assert message["metadata"]["today"] == "2026-11-20"


def test_market_channel_language_and_script_are_known_to_the_first_action(
    assistant: Assistant, cid: str
) -> None:
    seen: list[dict[str, Any]] = []
    assistant.actions.answers["action_say"] = lambda call: seen.append(call["tracker"]["slots"]) or {}
    assistant.turn(cid, "m1", "/greet", market="id", language="id")
    known = {name: seen[0][name] for name in ("market", "channel", "language", "script")}
    assert known == {"market": "id", "channel": "website", "language": "id", "script": "Latn"}


@pytest.mark.parametrize(
    ("text", "script", "shown"),
    [("dobar dan, hvala", "Latn", "Ljubav i džep"), ("добар дан, хвала", "Cyrl", "Љубав и џеп")],
)
def test_the_answer_is_in_the_script_the_customer_writes(
    assistant: Assistant, cid: str, text: str, script: str, shown: str
) -> None:
    said = {
        "text": "Љубав и џеп",
        "buttons": [{"title": "Љубав и џеп", "payload": '/inform{"choice": "Љубав"}'}],
        "custom": {"link": {"title": "Љубав и џеп", "url": "https://example.org/Љубав"}},
    }
    assistant.actions.say(said)
    answer = assistant.turn(cid, "m1", text, market="rs", language="it")
    assert (answer["language"], answer["script"]) == ("sr", script)
    message = answer["messages"][0]
    assert message["text"] == message["buttons"][0]["title"] == message["custom"]["link"]["title"] == shown
    assert message["buttons"][0]["payload"] == '/inform{"choice": "Љубав"}'
    assert message["custom"]["link"]["url"] == "https://example.org/Љубав"


def test_a_payload_changes_neither_language_nor_script(assistant: Assistant, cid: str) -> None:
    assistant.turn(cid, "m1", "добар дан, хвала", market="rs", language="it")
    answer = assistant.turn(cid, "m2", '/view_policies{"choice": "buongiorno, vorrei sapere"}', language="it")
    assert (answer["language"], answer["script"]) == ("sr", "Cyrl")


def test_a_new_session_keeps_the_slots_and_the_open_form(assistant: Assistant, cid: str) -> None:
    assistant.actions.say({"text": "began"}, action="action_begin", kept={"draft": "d-1"})
    assistant.actions.say({"text": "Which day?"}, action="action_ask_answer")
    # As ours does: without an event of the validation Rasa takes the form's turn for somebody else's.
    assistant.actions.answers["validate_request_form"] = lambda _: {
        "events": [{"event": "slot", "name": "step", "value": uuid.uuid4().hex}]
    }
    assistant.turn(cid, "m0", "/claim", market="rs", language="sr")
    turns, sizes = 0, [len(assistant.tracker(cid).events)]
    while sizes[-1] >= sizes[0] or turns < 2:
        turns += 1
        assert turns < EVENTS_A_SESSION, "no new session was started"
        answer = assistant.turn(cid, f"m{turns}", f'/inform{{"choice": "{turns}"}}', market="rs")
        assert answer["messages"] == [{"text": "Which day?"}]
        sizes.append(len(assistant.tracker(cid).events))
        if sizes[-1] < sizes[-2]:
            break
    assert max(sizes) < 2 * EVENTS_A_SESSION
    tracker = assistant.tracker(cid)
    assert tracker.active_loop_name == "request_form"
    assert tracker.get_slot("requested_slot") == "answer"
    assert tracker.get_slot("kept") == {"draft": "d-1"}
    assert (tracker.get_slot("market"), tracker.get_slot("language")) == ("rs", "sr")
    # It goes on from there, and the newest turn is still known.
    assert assistant.turn(cid, f"m{turns}", "/inform")["messages"] == [{"text": "Which day?"}]


def test_what_fails_is_logged_without_the_customers_words(
    assistant: Assistant, cid: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(message: Any, *_: Any) -> None:
        raise RuntimeError(f"could not read: {message.text}")

    assert assistant.agent.processor
    monkeypatch.setattr(assistant.agent.processor, "parse_message", fail)
    with caplog.at_level(logging.DEBUG):
        answer = assistant.post(turn_of(cid, "m1", "my secret illness"))
    assert (answer.status_code, answer.json()) == (500, {"error": "turn_failed"})
    assert cid in caplog.text
    assert "RuntimeError" in caplog.text
    assert "illness" not in caplog.text


BOTH = "please view_policies of ours. Then find_provider near here"


def texts_of(answer: dict[str, Any]) -> list[str]:
    return [message.get("text", "") for message in answer["messages"]]


def test_two_wishes_are_served_one_after_the_other_in_one_turn(assistant: Assistant, cid: str) -> None:
    assistant.actions.say({"text": "your policies"})
    assistant.actions.say({"text": "a place"}, action="action_find")
    answer = assistant.turn(cid, "m1", BOTH)
    said = texts_of(answer)
    assert [text for text in said if text in {"your policies", "a place"}] == ["your policies", "a place"]
    assert (
        said[0]
        == "Va bene, una cosa alla volta. Prima: «Vedere le mie polizze». Poi: «Trovare una struttura o un medico»."
    )
    calls = list(assistant.actions.calls)
    assert assistant.turn(cid, "m1", BOTH) == answer and assistant.actions.calls == calls


def test_the_second_wish_waits_until_what_was_asked_is_answered(assistant: Assistant, cid: str) -> None:
    assistant.actions.say({"text": "whose?"}, asks="m1")
    assistant.actions.say({"text": "a place"}, action="action_find")
    assert "a place" not in texts_of(assistant.turn(cid, "m1", BOTH))
    assert assistant.tracker(cid).get_slot("next_wish")
    assistant.actions.say({"text": "hers"})
    said = texts_of(assistant.turn(cid, "m2", "view_policies"))
    assert (said[0], said[-1]) == ("hers", "a place")


def test_a_wish_made_again_is_not_served_twice(assistant: Assistant, cid: str) -> None:
    assistant.actions.say({"text": "whose?"}, asks="m1")
    assistant.actions.say({"text": "a place"}, action="action_find")
    assistant.turn(cid, "m1", BOTH)
    assert texts_of(assistant.turn(cid, "m2", "find_provider")) == ["a place"]
    assert assistant.tracker(cid).get_slot("next_wish") is None


def test_after_an_emergency_the_other_wish_is_only_offered(assistant: Assistant, cid: str) -> None:
    assistant.actions.say({"text": "call 112"})
    assistant.actions.say({"text": "a place"}, action="action_find")
    answer = assistant.turn(cid, "m1", "I must find_provider here. This is a medical_emergency now")
    assert texts_of(answer)[0] == "call 112" and "a place" not in texts_of(answer)
    assert answer["messages"][-1]["buttons"][0]["payload"] == "/find_provider"


def test_in_a_form_nothing_is_cut(assistant: Assistant, cid: str) -> None:
    assistant.actions.say(action="validate_request_form")
    assistant.turn(cid, "m1", "claim")
    assistant.turn(cid, "m2", BOTH)
    assert assistant.tracker(cid).get_slot("next_wish") is None


def test_a_turn_taken_back_takes_both_wishes_back(assistant: Assistant, cid: str) -> None:
    assistant.actions.say({"text": "your policies"})
    assistant.actions.say({"custom": {"backend_unavailable": True}}, action="action_find")
    assert assistant.post(turn_of(cid, "m1", BOTH)).status_code == 503
    assistant.actions.say({"text": "a place"}, action="action_find")
    assert "a place" in texts_of(assistant.turn(cid, "m1", BOTH))


LIST = {
    "text": "which?",
    "buttons": [{"title": "a", "payload": "/view_policies"}, {"title": "b", "payload": "/find_provider"}],
}


@pytest.mark.parametrize("text", ["la numero 2", "2", "la seconda", "l'ultima", "numero due"])
def test_an_entry_of_a_list_is_picked_by_its_place(assistant: Assistant, cid: str, text: str) -> None:
    assistant.actions.say(LIST)
    assistant.actions.say({"text": "a place"}, action="action_find")
    assistant.turn(cid, "m1", "view_policies")
    assert texts_of(assistant.turn(cid, "m2", text)) == ["a place"]


def test_a_hospital_of_the_list_is_picked_by_its_place_although_it_has_no_button(
    assistant: Assistant, cid: str
) -> None:
    hospitals = [{"title": name, "place": {"lat": 1, "lon": 2}} for name in ("a", "b")]
    assistant.actions.say({"text": "two of them", "custom": {"cards": hospitals}})
    assistant.actions.say({"text": "a place"}, action="action_find")
    assistant.turn(cid, "m1", "view_policies")
    assert texts_of(assistant.turn(cid, "m2", "la seconda")) == ["a place"]
    pressed = [
        e
        for e in assistant.tracker(cid).events
        if getattr(e, "text", "") == '/find_provider{"choice": "shown:2"}'
    ]
    assert len(pressed) == 1


def test_a_number_without_a_list_and_one_beyond_it_pick_nothing(assistant: Assistant, cid: str) -> None:
    assistant.actions.say({"text": "a place"}, action="action_find")
    assert texts_of(assistant.turn(cid, "m1", "2")) == []
    assistant.actions.say(LIST)
    assistant.turn(cid, "m2", "view_policies")
    assert "a place" not in texts_of(assistant.turn(cid, "m3", "la terza"))


def test_a_score_is_the_button_called_so(assistant: Assistant, cid: str) -> None:
    scores = [
        {"title": "5 – ottimo", "payload": "/find_provider"},
        {"title": "1 – pessimo", "payload": "/view_policies"},
    ]
    assistant.actions.say({"text": "how was it?", "buttons": scores})
    assistant.actions.say({"text": "a place"}, action="action_find")
    assistant.turn(cid, "m1", "view_policies")
    assert texts_of(assistant.turn(cid, "m2", "5")) == ["a place"]
