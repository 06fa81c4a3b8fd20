"""An agent's work at the desk, page by page, against a whole gateway."""

from datetime import timedelta

import httpx
import pytest

from connectors.core.handover.models import Handover
from connectors.database import utc_now
from tests.connectors.care.staff_fake import Colleague
from tests.connectors.care.work.floor import Floor, answer_id, page_closed_for, words_of
from tests.connectors.gateway_world import words


async def test_the_queue_shows_who_waits_urgent_first_with_reason_channel_and_language(floor: Floor) -> None:
    agent = floor.agent()
    await floor.customer()
    await floor.customer("operatore urgente reclamo")
    page = (await agent.get("/queue")).text
    shown = words_of(page)
    assert shown.index(words("desk_reason_complaint")) < shown.index(words("desk_reason_asked"))
    assert words("desk_urgent") in shown and words("desk_channel_website") in shown
    assert words("desk_language_it") in shown


async def test_what_is_not_drawn_of_a_long_queue_is_a_number_and_a_click(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.care.queue_view.FIRST_ROWS", 1)
    agent, supervisor = floor.agent(), floor.agent("supervisor")
    for _ in range(2):
        await floor.taken(agent)
        await floor.customer()
    shown = (await supervisor.get("/queue")).text
    assert words_of(shown).count(words("desk_queue_more", count=1)) == 2
    whole = (await supervisor.get("/queue/list?all=1")).text
    assert words("desk_queue_more", count=1) not in words_of(whole)
    assert (shown.count('<a id="q'), whole.count('<a id="q')) == (2, 4)


async def test_an_agent_sees_only_the_languages_and_markets_they_serve(floor: Floor) -> None:
    await floor.customer()
    other = floor.agent(languages=["sr"], markets=["it"])
    elsewhere = floor.agent(markets=["rs"])
    for one in (other, elsewhere):
        assert words("desk_reason_asked") not in (await one.get("/queue")).text


async def test_an_administrator_has_no_queue(floor: Floor) -> None:
    administrator = floor.agent("administrator", markets=["it"])
    assert (await administrator.get("/queue")).status_code == 403


async def test_taking_tells_the_customer_who_speaks_and_opens_the_composer(floor: Floor) -> None:
    agent = floor.agent()
    chat = await floor.customer()
    number = await floor.handover(chat)
    waiting = (await agent.get(f"/conversations/{number}")).text
    assert words("desk_take_to_answer") in waiting and 'id="answer"' not in waiting
    taken = await agent.post("/queue/next")
    assert taken.headers["hx-push-url"] == f"/care/conversations/{number}"
    assert 'id="answer"' in taken.text
    assert ("system", words("care_taken", name="Ana agent-1")) in await chat.transcript()


async def test_a_second_agent_is_told_who_was_first(floor: Floor) -> None:
    first, second = floor.agent(), floor.agent()
    chat = await floor.customer()
    number = await floor.handover(chat)
    assert (await first.post(f"/conversations/{number}/take")).status_code == 200
    again = await first.post(f"/conversations/{number}/take")
    late = await second.post(f"/conversations/{number}/take")
    assert again.status_code == 200
    assert late.status_code in {404, 409}
    assert 'id="answer"' not in late.text


async def test_who_logs_out_leaves_no_customer_waiting_for_nobody(floor: Floor) -> None:
    agent, colleague = floor.agent(), floor.agent()
    chat, number = await floor.taken(agent)
    assert (await agent.post("/logout")).status_code == 303
    assert ("system", words("care_back_in_queue")) in await chat.transcript()
    assert (await colleague.post(f"/conversations/{number}/take")).status_code == 200


async def test_nobody_waits_is_said(floor: Floor) -> None:
    answer = await floor.agent().post("/queue/next")
    assert answer.status_code == 409
    assert words("desk_error_none_waiting") in words_of(answer.text)


async def test_an_answer_reaches_the_customer_once_however_often_it_is_sent(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    page = (await agent.get(f"/conversations/{number}")).text
    body = {"answer_id": answer_id(page), "text": "Buongiorno <b>Luca</b>"}
    for _ in range(2):
        sent = await agent.post(f"/conversations/{number}/answer", data=body)
        assert sent.status_code == 200
    # The form that comes back is for the next answer.
    assert answer_id(sent.text) != body["answer_id"]
    assert (await chat.transcript()).count(("agent", "Buongiorno <b>Luca</b>")) == 1
    lines = (await agent.get(f"/conversations/{number}/lines?after=0")).text
    assert "&lt;b&gt;Luca" in lines and words("desk_author_me") in lines


async def test_an_empty_or_endless_answer_is_refused_with_words(floor: Floor) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent)
    for text, key in (("  ", "desk_error_empty"), ("a" * 5001, "desk_error_too_long")):
        body = {"answer_id": "x" * 12, "text": text}
        refused = await agent.post(f"/conversations/{number}/answer", data=body)
        assert refused.status_code == 409
        assert words(key, limit=5000) in words_of(refused.text)


async def test_a_note_is_for_colleagues_only(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    noted = await agent.post(f"/conversations/{number}/note", data={"text": "chiamare domani"})
    assert noted.status_code == 200
    page = (await agent.get(f"/conversations/{number}")).text
    assert words("desk_note_of", name="Ana agent-1") in words_of(page) and "chiamare domani" in page
    assert all("domani" not in text for _, text in await chat.transcript())


async def test_the_summary_says_in_the_agents_language_why_the_person_is_here(floor: Floor) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent)
    page = words_of((await agent.get(f"/conversations/{number}")).text)
    assert words("desk_why_wish", wish=words("wish_claim_reimbursement")) in page
    assert words("desk_why_step", step=words("claim_label_treatment_date")) in page


async def test_canned_answers_are_in_the_customers_language_and_only_with_known_fields(floor: Floor) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent)
    page = (await agent.get(f"/conversations/{number}")).text
    assert f'data-text="{words("canned_one_moment")}"' in page
    assert words("canned_greeting", agent="Ana agent-1") in page
    assert "{first_name}" not in page


async def test_a_transfer_needs_a_note_and_a_colleague_who_is_there(floor: Floor) -> None:
    first, second = floor.agent(), floor.agent()
    chat, number = await floor.taken(first)
    path = f"/conversations/{number}/transfer"
    bare = await first.post(path, data={"to": "queue", "note": " "})
    assert words("desk_error_note_needed") in words_of(bare.text)
    away = await first.post(path, data={"to": f"agent:{second.staff_id}", "note": "Serve un rimborso"})
    assert words("desk_error_agent_away") in words_of(away.text)
    await second.get("/queue")
    gone = await first.post(path, data={"to": f"agent:{second.staff_id}", "note": "Serve un rimborso"})
    assert gone.status_code == 200 and words("desk_pick") in words_of(gone.text)
    page = (await second.get(f"/conversations/{number}")).text
    assert "Serve un rimborso" in page and 'id="answer"' in page
    assert (await first.get(f"/conversations/{number}")).status_code == 404
    assert ("system", words("care_transferred", name="Ana agent-2")) in await chat.transcript()


async def test_a_conversation_goes_to_teams_of_its_own_market_only(floor: Floor) -> None:
    """A page offers no others: whoever is named to all the same would never see it, or see what is not theirs."""
    agent = floor.agent(languages=["sr"], markets=["rs"])
    chat = await floor.world.open("rs")
    await chat.say("operatore")
    number = await floor.handover(chat)
    await agent.post(f"/conversations/{number}/take")
    path, note = f"/conversations/{number}/transfer", "Piše na italijanskom"
    for foreign in ("team:it:it", "team:rs:id", "team:xx:it"):
        refused = await agent.post(path, data={"to": foreign, "note": note})
        assert refused.status_code == 409 and words("desk_error_skills_missing") in words_of(refused.text)
    assert (await agent.post(path, data={"to": "team:rs:it", "note": note})).status_code == 200
    [row] = floor.world.rows(Handover.__table__)
    assert (row.market, row.language, row.state) == ("rs", "it", "waiting")


async def test_handed_back_the_assistant_goes_on_and_knows_what_was_done(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    body = {"resume": "1", "done": ["question_answered", "nonsense"]}
    assert (await agent.post(f"/conversations/{number}/hand-back", data=body)).status_code == 200
    await chat.quiet()
    notice = floor.world.rasa.turns[-1]["metadata"]
    assert notice["notice"] == "handed_back"
    assert notice["detail"]["done"] == ["question_answered"] and notice["detail"]["resume"] is True
    assert ("bot", "di nuovo io: True") in await chat.transcript()
    refused = await agent.post(
        f"/conversations/{number}/answer", data={"answer_id": "x" * 12, "text": "Ancora"}
    )
    assert refused.status_code in {403, 409}
    assert all(text != "Ancora" for _, text in await chat.transcript())


async def test_what_comes_long_after_the_end_is_not_theirs_to_read(floor: Floor) -> None:
    agent, supervisor = floor.agent(), floor.agent("supervisor")
    chat, number = await floor.taken(agent)
    await agent.post(f"/conversations/{number}/close", data={"outcome": "solved", "note": ""})
    await chat.say("il mio gatto Fufi")
    assert "il mio gatto Fufi" in (await agent.get(f"/conversations/{number}")).text
    with floor.world.app.state.gateway.database.engine.begin() as connection:
        handovers = Handover.__table__
        connection.execute(handovers.update().values(ended_at=utc_now() - timedelta(days=1)))
    assert "il mio gatto Fufi" not in (await agent.get(f"/conversations/{number}")).text
    assert "il mio gatto Fufi" not in (await agent.get(f"/conversations/{number}/lines?after=1")).text
    assert "il mio gatto Fufi" in (await supervisor.get(f"/conversations/{number}")).text


async def test_closing_asks_the_customer_for_a_rating(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    body = {"outcome": "solved", "note": ""}
    assert (await agent.post(f"/conversations/{number}/close", data=body)).status_code == 200
    good_bye = (await chat.quiet())[-1]
    assert good_bye["text"] == words("care_closed", name=f"Ana {agent.staff_id}")
    assert [button["title"] for button in good_bye["buttons"]] == [
        words(f"care_score_{score}") for score in (5, 4, 3, 2, 1)
    ]
    assert words("desk_queue_ended") in words_of((await agent.get("/queue")).text)


async def test_changed_hands_the_page_of_the_one_who_lost_it_becomes_empty(floor: Floor) -> None:
    first, second = floor.agent(), floor.agent()
    chat = await floor.customer()
    number = await floor.handover(chat)
    assert (await first.get(f"/conversations/{number}")).status_code == 200
    await second.post(f"/conversations/{number}/take")
    now = await first.get(f"/conversations/{number}/now")
    assert words("desk_gone") in words_of(now.text)


async def test_older_lines_come_on_demand(floor: Floor) -> None:
    agent = floor.agent()
    _, number = await floor.taken(agent)
    for index in range(70):
        await agent.post(
            f"/conversations/{number}/answer", data={"answer_id": f"id-{index:06}", "text": f"riga {index}"}
        )
    page = (await agent.get(f"/conversations/{number}")).text
    assert "riga 69" in page and "operatore</p>" not in page
    older = page.split("/older?number=")[1].split('"')[0]
    before = (await agent.get(f"/conversations/{number}/older?number={older}")).text
    assert "operatore</p>" in before and "riga 69" not in before


async def test_of_many_the_first_are_drawn_and_the_rest_is_a_click(floor: Floor) -> None:
    agent = floor.agent()
    for _ in range(33):
        await floor.customer()
    page = (await agent.get("/queue")).text
    assert page.count('<a id="q') == 30 and words("desk_queue_more", count=3) in page
    assert (await agent.get("/queue/list?all=1")).text.count('<a id="q') == 33


async def answer_with_replies(agent: Colleague, number: int, *replies: str) -> httpx.Response:
    page = (await agent.get(f"/conversations/{number}")).text
    body = {"answer_id": answer_id(page), "text": "Va bene domani?", "reply": list(replies)}
    return await agent.post(f"/conversations/{number}/answer", data=body)


async def test_a_pressed_quick_reply_is_the_customers_words_once_and_the_agents_to_answer(
    floor: Floor,
) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    sent = await answer_with_replies(agent, number, " Sì,\ndomani ", "", "No", "No")
    assert sent.status_code == 200
    buttons = (await chat.messages())[-1]["buttons"]
    assert [button["title"] for button in buttons] == ["Sì, domani", "No"]
    for _ in range(2):
        (await chat.post(client_message_id="press-0001", button=buttons[0]["token"])).raise_for_status()
    await chat.quiet()
    said = await chat.transcript()
    assert said.count(("customer", "Sì, domani")) == 1 and said[-1] == ("customer", "Sì, domani")
    (row,) = [row for row in floor.world.rows(Handover.__table__) if row.id == number]
    assert row.unanswered_since is not None
    assert not [turn for turn in floor.world.rasa.turns if "care_reply" in str(turn)]


async def test_a_quick_reply_pressed_after_the_hand_back_is_old(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    await answer_with_replies(agent, number, "Sì")
    (button,) = (await chat.messages())[-1]["buttons"]
    assert (await agent.post(f"/conversations/{number}/hand-back", data={"resume": "0"})).status_code == 200
    await chat.quiet()
    (await chat.post(button=button["token"])).raise_for_status()
    await chat.quiet()
    assert (await chat.transcript())[-1] == ("system", words("system_button_old"))


async def test_too_many_or_too_long_quick_replies_send_nothing(floor: Floor) -> None:
    agent = floor.agent()
    chat, number = await floor.taken(agent)
    many = await answer_with_replies(agent, number, "A", "B", "C", "D")
    long = await answer_with_replies(agent, number, "a" * 21)
    assert words("desk_error_replies_many", limit=3) in words_of(many.text)
    assert words("desk_error_reply_long", limit=20) in words_of(long.text)
    assert all(author != "agent" for author, _ in await chat.transcript())


async def test_the_queue_says_since_when_a_customers_page_is_closed(floor: Floor) -> None:
    agent = floor.agent()
    chat = await floor.customer("operatore urgente reclamo")
    await floor.customer()
    away = page_closed_for(floor, chat, timedelta(minutes=3))
    page = (await agent.get("/queue")).text
    shown = words_of(page)
    assert words("desk_page_closed") in shown and away.isoformat() in page
    assert shown.index(words("desk_reason_asked")) < shown.index(words("desk_reason_complaint"))
    assert words("desk_urgent") not in shown
    # A page that looks for messages is open.
    await chat.messages()
    shown = words_of((await agent.get("/queue")).text)
    assert words("desk_page_closed") not in shown and words("desk_urgent") in shown


async def test_all_that_was_left_as_a_message_stands_above_the_ticket(floor: Floor) -> None:
    agent = floor.agent()
    chat = await floor.customer()
    messages = await chat.messages()
    [token] = [b["token"] for b in messages[-1]["buttons"] if b["title"] == "Lascia un messaggio"]
    await chat.post(button=token)
    await chat.quiet()
    for text in ("Il rimborso <b>manca</b>", "È la richiesta di ottobre", "anna@example.com"):
        await chat.say(text)
    number = await floor.handover(chat)
    for path in (f"/conversations/{number}", f"/conversations/{number}/panel"):
        shown = (await agent.get(path)).text
        assert words("desk_why_left_words") in shown
        left = shown[shown.index(words("desk_why_left_words")) :]
        assert left.count('class="left-words"') == 2 and "Il rimborso &lt;b&gt;manca&lt;/b&gt;" in left
        assert "È la richiesta di ottobre" in left


async def test_a_colleague_of_the_same_name_is_not_taken_for_oneself(floor: Floor) -> None:
    agent, namesake = floor.agent(name="Ana Kovač"), floor.agent("supervisor", name="Ana Kovač")
    chat, number = await floor.taken(agent)
    await chat.say("ci siete?")
    with_ana = words("desk_with_agent", name="Ana Kovač")

    def row(page: str) -> str:
        return page[page.index(f'id="q{number}"') :].partition("</li>")[0]

    others, own = row((await namesake.get("/queue")).text), row((await agent.get("/queue")).text)
    assert with_ana in others and f"● {words('desk_unanswered')}" not in others
    assert with_ana not in own and f"● {words('desk_unanswered')}" in own
