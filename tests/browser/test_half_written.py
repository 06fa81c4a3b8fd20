"""Live updates take nothing from an agent who is writing; and one stream of events is enough for a tab."""

import contextlib
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as NothingCame

from tests.browser.test_desk import House, Phone, Visitor, house, look, say, until_true

__all__ = ["house"]
pytestmark = pytest.mark.slow


def taken(house: House) -> tuple[Page, Visitor]:
    """An agent in front of a customer who is logged in."""
    page = house.agent("Giulia Rossi", "it")
    visitor = house.visitor()
    house.desk.logged_in.add(visitor.id)
    visitor.post(text="operatore")
    expect(page.locator("#queue .row")).to_have_count(1)
    page.keyboard.press("n")
    expect(page.locator("#person")).to_contain_text("l***@example.it")
    return page, visitor


def redraw(page: Page, name: str, path: str) -> None:
    """As the stream tells it: the part of the page is fetched and drawn anew."""
    with page.expect_response(re.compile(path)):
        page.evaluate(f"document.body.dispatchEvent(new CustomEvent('care:{name}', {{detail: {{}}}}))")
    page.wait_for_timeout(100)


def until_drawn(page: Page, path: str) -> None:
    """Wait until a part of the page has not been fetched for a while: a redraw takes shown values away again."""
    with contextlib.suppress(NothingCame):
        while True:
            page.wait_for_event("response", lambda answer: bool(re.search(path, answer.url)), timeout=3000)


def test_no_redraw_closes_a_form_or_takes_a_word_from_it(house: House, tmp_path: Path) -> None:
    page, visitor = taken(house)
    page.locator("#answer").fill("Un attimo, ")
    page.locator("summary", has_text=say("desk_replies")).click()
    page.locator("input[name=reply]").nth(1).fill("Va bene")
    page.locator("summary", has_text=say("desk_files")).click()
    picture = tmp_path / "modulo.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 50)
    page.locator("#answer-form input[type=file]").set_input_files(picture)
    page.locator(".unmask summary").click()
    page.get_by_label(say("desk_field_email")).check()
    page.locator("#unmask-reason").press_sequentially("richiam")

    def nothing_is_lost() -> None:
        expect(page.locator("#answer")).to_have_value("Un attimo, ")
        expect(page.locator("input[name=reply]").nth(1)).to_be_visible()
        expect(page.locator("input[name=reply]").nth(1)).to_have_value("Va bene")
        assert (
            page.evaluate("document.querySelector('#answer-form [type=file]').files[0]?.name") == picture.name
        )
        expect(page.locator("#unmask-reason")).to_be_visible()
        assert page.get_by_label(say("desk_field_email")).is_checked()

    # The panel: a log-in, a proposal answered. The whole conversation: it changed hands, or the vendor's window did.
    redraw(page, "panel", r"/panel$")
    nothing_is_lost()
    expect(page.locator("#unmask-reason")).to_be_focused()
    page.keyboard.type("ata")
    for _ in range(2):
        redraw(page, "state", r"/now$")
        expect(page.locator("#person")).to_contain_text("l***@example.it")
        nothing_is_lost()
        expect(page.locator("#unmask-reason")).to_have_value("richiamata")

    # One question of the draft is proposed while the same form of the person is half filled.
    page.locator(".answers .next .fill summary").click()
    page.locator(".answers .next input[type=date]").fill("2026-11-03")
    redraw(page, "panel", r"/panel$")
    expect(page.locator(".answers .next input[type=date]")).to_have_value("2026-11-03")
    page.locator(".answers .next .fill button").click()
    expect(page.locator("#drafts")).to_contain_text(say("desk_proposal_asked"))
    expect(page.locator(".answers .next input[type=date]")).to_be_hidden()
    nothing_is_lost()
    # And really by the stream: the customer agrees.
    visitor.press(say("desk_consent_yes"))
    expect(page.locator("#drafts")).to_contain_text(say("desk_proposal_applied"))
    until_drawn(page, r"/panel$")
    nothing_is_lost()
    page.locator(".unmask form button").click()
    expect(page.locator("#unmasked")).to_contain_text("luca.bianchi@example.it")


def test_a_dialog_and_a_note_stay_open_and_are_kept_for_later(house: House) -> None:
    page, _ = taken(house)
    page.keyboard.press("Escape")
    page.keyboard.press("i")
    page.keyboard.type("Cliente paz")
    redraw(page, "state", r"/now$")
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("iente")
    expect(page.locator("#note")).to_have_value("Cliente paziente")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.get_by_label(say("desk_outcome_forwarded")).check()
    page.locator("#outcome-note").fill("Passato ai sinistri")
    redraw(page, "state", r"/now$")
    expect(page.locator("#close")).to_be_visible()
    assert page.locator("#close").evaluate("dialog => dialog.matches(':modal')")
    assert page.get_by_label(say("desk_outcome_forwarded")).is_checked()
    expect(page.locator("#outcome-note")).to_be_focused()
    # Put off, and another conversation looked at meanwhile: the words are there still.
    page.keyboard.press("Escape")
    here = page.url
    other = house.visitor()
    other.post(text="operatore")
    page.locator("#queue .row").nth(1).click()
    expect(page.locator("[data-key=t]")).to_be_visible()
    page.locator(f'#queue .row[href="{here[here.index("/care") :]}"]').click()
    expect(page.locator("#outcome-note")).to_have_value("Passato ai sinistri")
    expect(page.locator("#note")).to_have_value("Cliente paziente")
    page.locator("[data-key=e]").click()
    page.locator("#close .primary").click()
    expect(page.locator("#composer")).to_contain_text(say("desk_is_ended"))
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('care-outcome'))") == []


def test_what_is_typed_while_an_answer_is_on_its_way_begins_the_next_one(house: House) -> None:
    page, visitor = taken(house)
    held = []
    page.route("**/answer", lambda route: held.append(route))
    page.locator("#answer").fill("Buongiorno.")
    page.keyboard.press("Control+Enter")
    until_true(lambda: bool(page.wait_for_timeout(50) or held), lambda: held)
    page.locator("#answer").press_sequentially(" Ecco il modulo")
    held[0].continue_()
    visitor.wait_for("Buongiorno.")
    expect(page.locator("#answer")).to_have_value("Ecco il modulo")
    expect(page.locator("#answer")).to_be_focused()
    page.unroute("**/answer")
    page.keyboard.press("Control+Enter")
    visitor.wait_for("Ecco il modulo")
    expect(page.locator("#answer")).to_have_value("")
    assert [m["text"] for m in visitor.messages() if m["author"] == "agent"] == [
        "Buongiorno.",
        "Ecco il modulo",
    ]


def test_an_answer_that_a_redraw_overtakes_still_stands_in_the_transcript_and_only_there(
    house: House,
) -> None:
    page, visitor = taken(house)
    held = []
    page.route("**/answer", lambda route: held.append(route))
    page.locator("#answer").fill("Un attimo.")
    page.keyboard.press("Control+Enter")
    until_true(lambda: bool(page.wait_for_timeout(50) or held), lambda: held)
    # The whole conversation is drawn anew while the answer is on its way.
    redraw(page, "state", r"/now$")
    held[0].continue_()
    visitor.wait_for("Un attimo.")
    expect(page.locator(".line.agent.mine")).to_contain_text("Un attimo.")
    expect(page.locator(".line.agent.mine")).to_have_count(1)
    expect(page.locator("#answer")).to_have_value("")


def test_a_tab_holds_one_stream_whatever_is_opened_in_it(house: House) -> None:
    page, visitor = taken(house)
    other = house.visitor()
    other.post(text="operatore")
    expect(page.locator("#queue .row")).to_have_count(2)
    for row in (1, 0, 1):
        with page.expect_request(re.compile(r"/care/stream\?")) as opened:
            page.locator("#queue .row").nth(row).click()
        assert "handover=" in opened.value.url and "newest=" in opened.value.url
        expect(page.locator("#connection:not(.lost)")).to_have_text(say("desk_live"))
    streams = page.evaluate(
        "performance.getEntriesByType('resource').filter(one => one.name.includes('/stream')).length"
    )
    # One at a time: those before have ended.
    assert streams >= 3
    page.locator("#queue .row").nth(0).click()
    expect(page.locator("#answer")).to_be_visible()
    visitor.post(text="ci siete?")
    expect(page.locator(".line.customer").last).to_contain_text("ci siete?")
    third = house.visitor()
    third.post(text="operatore")
    expect(page).to_have_title(f"(2) {say('desk_title')}")


def test_after_24_hours_an_agent_chooses_a_template_and_the_folds_fit_a_phone(
    house: House, shots: Path
) -> None:
    page = house.agent("Милица", "sr-Latn", markets=["rs"], languages=["sr"])
    customer: Phone = house.phone("whatsapp", "rs")
    customer.act("say", text="агента")
    expect(page.locator("#queue .row")).to_have_count(1)
    page.keyboard.press("n")
    expect(page.locator("#answer")).to_be_visible()
    # Meta says that the window is over: the answer waits, and the page offers what may go.
    customer.act("faults", outside_window=True)
    page.locator("#answer").fill("Добар дан!")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#reach")).to_contain_text(say("desk_window_closed", "sr-Latn"))
    page.locator("#answer").fill("И још нешто")
    page.locator("#reach summary").click()
    for fold in ("desk_files", "desk_replies"):
        page.locator("summary", has_text=say(fold, "sr-Latn")).click()
    look(page, shots, "whatsapp-closed-sr")
    page.set_viewport_size({"width": 390, "height": 844})
    # The conversation is still in sight, the newest line of it, and every fold can be reached and used.
    talk = page.locator("#talk").bounding_box()
    assert talk is not None and talk["height"] > 300, talk
    left = "talk => talk.scrollHeight - talk.scrollTop - talk.clientHeight"
    until_true(
        lambda: page.locator("#talk").evaluate(left) <= 4, lambda: page.locator("#talk").evaluate(left)
    )
    for used in (page.locator("input[name=reply]").nth(2), page.locator(".approved-text button")):
        used.scroll_into_view_if_needed()
        box = used.bounding_box()
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["height"] >= 28
    page.set_viewport_size({"width": 1440, "height": 900})
    words = page.locator(".approved-text p").inner_text()
    assert "Милица" in words and "{{" not in words
    page.locator(".approved-text button").click()
    customer.wait_for(words)
    assert not any("Добар дан!" in text for text in customer.heard() if text != words)
    expect(page.locator("#answer")).to_have_value("И још нешто")
    customer.act("faults", outside_window=False)
    customer.act("say", text="ево ме")
    customer.wait_for("Добар дан!")
    expect(page.locator("#reach")).not_to_contain_text(say("desk_window_closed", "sr-Latn"))
    expect(page.locator("#answer")).to_have_value("И још нешто")
