"""What an agent sees of a customer, why, and what the customer agreed to have filled in."""

import asyncio

import pytest
from sqlalchemy import update

from connectors.care import consents
from connectors.care.field_proposals import FieldProposal
from connectors.core.handover.facts import NotOwner
from connectors.core.models import Conversation
from connectors.database import utc_now
from tests.connectors.care.staff_fake import Colleague
from tests.connectors.care.work.desk_fake import PICTURE
from tests.connectors.care.work.floor import Floor, words_of
from tests.connectors.gateway_world import Chat, eventually, words
from tests.connectors.handover_world import make_agent

DATE = {"draft_id": "d1", "question": "treatment_date", "item": "", "value": "2026-11-03"}


async def press(chat: Chat, title: str) -> None:
    """Press the newest button of that title, and wait for what comes of it."""
    messages = await chat.messages()
    buttons = [button for message in messages for button in message["buttons"] if button["title"] == title]
    (await chat.post(button=buttons[-1]["token"])).raise_for_status()
    await chat.quiet()


async def panel(agent: Colleague, number: int) -> str:
    return (await agent.get(f"/conversations/{number}/panel")).text


async def test_nothing_of_the_customer_is_asked_for_before_the_conversation_is_taken(floor: Floor) -> None:
    agent = floor.agent()
    chat = await floor.customer(logged_in=True)
    number = await floor.handover(chat)
    assert words("desk_take_to_see") in await panel(agent, number)
    assert floor.desk.looks == []


async def test_without_a_log_in_there_is_no_person(floor: Floor) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent)
    assert words("desk_person_none") in words_of(await panel(agent, number))


async def test_a_logged_in_customer_is_shown_masked_with_draft_requests_and_policies(floor: Floor) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent, logged_in=True)
    shown = words_of(await panel(agent, number))
    for expected in (
        "L. B.",
        "l***@example.it",
        "R-77",
        "IT-1",
        "85,50",
        words("claim_label_treatment_date"),
    ):
        assert expected in shown
    assert "Bianchi" not in shown
    assert floor.desk.looks == [("view", str(number))]


async def test_unmasking_needs_a_reason_and_is_told_to_the_backend(floor: Floor) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent, logged_in=True)
    path = f"/conversations/{number}/unmask"
    bare = await agent.post(path, data={"fields": ["name"], "reason": "no"})
    assert bare.status_code == 409 and "Bianchi" not in bare.text
    assert floor.desk.looks == []
    shown = await agent.post(path, data={"fields": ["name", "birth_date"], "reason": "richiamata"})
    assert "Luca Bianchi" in shown.text and "1984" in shown.text and "example.it" not in shown.text
    assert floor.desk.looks == [("unmask", (("name", "birth_date"), "richiamata"))]
    # The story says that it was done; the values stand nowhere.
    assert words("desk_event_unmasked", name="Ana agent-1") in words_of(
        (await agent.get(f"/conversations/{number}")).text
    )
    assert "Luca Bianchi" not in floor.world.stored()


async def test_a_customer_who_has_logged_out_meanwhile_does_not_send_the_agent_to_the_door(
    floor: Floor,
) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent, logged_in=True)
    floor.desk.nobody_proven = True
    refused = await agent.post(
        f"/conversations/{number}/unmask",
        data={"fields": ["name"], "reason": "richiamata"},
    )
    assert refused.status_code == 409 and "hx-redirect" not in refused.headers
    assert words("desk_person_none") in words_of(refused.text)


async def test_a_file_opens_where_it_can_do_nothing(floor: Floor) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent, logged_in=True)
    shown = await agent.post(f"/conversations/{number}/files/doc1")
    assert shown.content == PICTURE
    assert shown.headers["content-security-policy"].startswith("sandbox")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in shown.headers["cache-control"]
    assert (await agent.post(f"/conversations/{number}/files/doc2")).status_code == 404


async def test_a_field_is_filled_in_only_with_the_customers_yes(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent, logged_in=True)
    asked = await agent.post(f"/conversations/{number}/proposals", data=DATE)
    assert words("desk_proposal_asked") in words_of(asked.text)
    question = [text for author, text in await chat.transcript() if author == "agent"][-1]
    assert words("claim_label_treatment_date") in question and "3 novembre 2026" in question
    assert floor.desk.fills == 0
    await press(chat, words("desk_consent_yes"))
    (filled,) = floor.desk.filled.values()
    assert filled["value"] == "2026-11-03" and filled["question"] == "treatment_date"
    said = await chat.messages()
    agreed = next(m for m in said if m["id"] == int(filled["consent"]))
    assert agreed["author"] == "customer" and agreed["text"] == words("desk_consent_yes")
    done = words("desk_consent_done", field=words("claim_label_treatment_date"))
    assert said[-1]["text"] == done
    shown = words_of(await panel(agent, number))
    assert "3 novembre 2026" in shown and words("desk_proposal_applied") in shown
    # The value has done its work: the gateway keeps nothing of it beside what was said.
    (row,) = floor.world.rows(FieldProposal.__table__)
    assert row.value is None and row.agents_grant is None


async def test_a_yes_pressed_twice_or_while_the_backend_is_away_fills_once(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent, logged_in=True)
    await agent.post(f"/conversations/{number}/proposals", data=DATE)
    floor.desk.down = 1
    await press(chat, words("desk_consent_yes"))

    async def filled() -> bool:
        return bool(floor.desk.filled)

    await eventually(filled)
    await chat.quiet()
    await press(chat, words("desk_consent_yes"))
    assert list(floor.desk.filled) == ["field-proposal-1"] and floor.desk.fills == 1


async def test_a_no_changes_nothing(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent, logged_in=True)
    await agent.post(f"/conversations/{number}/proposals", data=DATE)
    await press(chat, words("desk_consent_no"))
    await press(chat, words("desk_consent_yes"))
    assert floor.desk.fills == 0
    assert words("desk_proposal_refused") in words_of(await panel(agent, number))


async def test_what_the_backend_does_not_take_is_never_asked_of_the_customer(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent, logged_in=True)
    before = await chat.messages()
    for value, key in (("2099-01-01", "desk_fault_date_in_future"), ("domani", "desk_error_value")):
        refused = await agent.post(f"/conversations/{number}/proposals", data={**DATE, "value": value})
        assert refused.status_code == 409 and words(key) in words_of(refused.text)
    closed = await agent.post(f"/conversations/{number}/proposals", data={**DATE, "draft_id": "d9"})
    assert words("desk_error_changed") in words_of(closed.text)
    assert await chat.messages() == before


async def test_a_value_that_nobody_decides_on_is_forgotten_when_its_time_is_over(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent, logged_in=True)
    await agent.post(f"/conversations/{number}/proposals", data=DATE)
    gateway = floor.world.app.state.gateway
    await gateway.clean_up()
    (row,) = floor.world.rows(FieldProposal.__table__)
    assert row.value == "2026-11-03" and row.agents_grant
    over = update(FieldProposal).values(expires_at=utc_now())
    await gateway.database.write(lambda session: session.execute(over))
    await gateway.clean_up()
    (row,) = floor.world.rows(FieldProposal.__table__)
    assert row.value is None and row.agents_grant is None
    await press(chat, words("desk_consent_yes"))
    assert floor.desk.fills == 0
    assert (await chat.transcript())[-1] == ("system", words("desk_consent_over"))


async def test_nothing_is_kept_of_a_value_that_could_not_be_asked_for(floor: Floor) -> None:
    """A colleague took the conversation over while the backend looked at the value."""
    chat = await floor.customer(logged_in=True)
    number = await floor.handover(chat)
    gateway = floor.world.app.state.gateway
    conversation = await gateway.database.read(lambda session: session.get_one(Conversation, chat.id))
    answer = {"question": "treatment_date", "kind": "date", "value": "2026-11-03"}
    proposed = {"proposal": answer, "grant": "g", "expires_at": "2126-11-03T10:00:00Z"}
    asked = {"draft_id": "d1", "kind": "claim", "market": "it", "value": "2026-11-03"}
    with pytest.raises(NotOwner):
        await consents.ask(gateway, make_agent(), number, conversation, proposed, **asked)
    (row,) = floor.world.rows(FieldProposal.__table__)
    assert row.value is None and row.agents_grant is None
    assert [text for author, text in await chat.transcript() if author == "agent"] == []


async def test_a_newer_proposal_makes_the_older_one_void(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent, logged_in=True)
    await agent.post(f"/conversations/{number}/proposals", data=DATE)
    old = [b for m in await chat.messages() for b in m["buttons"] if b["title"] == words("desk_consent_yes")][
        -1
    ]
    await agent.post(f"/conversations/{number}/proposals", data={**DATE, "value": "2026-11-04"})
    (await chat.post(button=old["token"])).raise_for_status()
    await chat.quiet()
    assert floor.desk.fills == 0
    await press(chat, words("desk_consent_yes"))
    assert [one["value"] for one in floor.desk.filled.values()] == ["2026-11-04"]


async def test_what_fails_at_the_backend_is_said_to_both(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent, logged_in=True)
    await agent.post(f"/conversations/{number}/proposals", data=DATE)
    floor.desk.refuse_fill = "draft_closed"
    await press(chat, words("desk_consent_yes"))
    failed = words("desk_consent_failed", field=words("claim_label_treatment_date"))
    assert (await chat.transcript())[-1] == ("system", failed)
    assert words("desk_fault_draft_closed") in words_of(await panel(agent, number))


async def test_while_the_backend_is_away_the_conversation_goes_on(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent, logged_in=True)
    floor.desk.down = 1
    assert words("desk_person_unavailable") in words_of(await panel(agent, number))
    said = await agent.post(f"/conversations/{number}/answer", data={"answer_id": "y" * 12, "text": "Eccomi"})
    assert said.status_code == 200 and ("agent", "Eccomi") in await chat.transcript()


async def test_another_conversation_of_the_person_is_shown_only_if_the_backend_names_it(floor: Floor) -> None:
    agent = floor.agent()
    other = await floor.world.open()
    await other.say("vecchia domanda")
    stranger = await floor.world.open()
    await stranger.say("non mia")
    _, number = await floor.taken(agent, logged_in=True)
    floor.desk.others = [other.id]
    shown = await agent.get(f"/conversations/{number}/others/{other.id}")
    assert "vecchia domanda" in shown.text
    assert (await agent.get(f"/conversations/{number}/others/{stranger.id}")).status_code == 404


async def test_two_agents_and_one_customer_never_give_two_owners(floor: Floor) -> None:
    agents = [floor.agent(limit=50), floor.agent(limit=50)]
    for _ in range(5):
        chat = await floor.customer()
        number = await floor.handover(chat)
        answers = await asyncio.gather(*(a.post(f"/conversations/{number}/take") for a in agents))
        assert sum('id="answer"' in answer.text for answer in answers) == 1
