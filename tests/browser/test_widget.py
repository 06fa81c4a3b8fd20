"""The chat widget in a browser: what a customer sees, by mouse, keyboard, phone and screen reader."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.widget import bubbles, say, start, w
from tests.connectors.gateway_world import World, words
from tests.connectors.live_gateway import serve

pytestmark = pytest.mark.slow
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_a_text_is_sent_with_enter_and_answered(page: Page, site: World) -> None:
    start(page, site)
    expect(page.locator("#text")).to_be_focused()
    page.locator("#text").type("Buongiorno")
    page.keyboard.press("Shift+Enter")
    page.locator("#text").type("sono Mario")
    page.keyboard.press("Enter")
    expect(bubbles(page, "bot")).to_have_text("echo: Buongiorno\nsono Mario")
    expect(page.locator(".message.pending")).to_have_count(0)
    expect(page.locator("#text")).to_have_value("")
    assert site.rasa.texts == ["Buongiorno\nsono Mario"]


def test_buttons_are_real_buttons_and_send_what_they_say(page: Page, site: World) -> None:
    start(page, site)
    say(page, "pulsanti")
    page.get_by_role("button", name="Per mio figlio Luca").click()
    expect(bubbles(page, "bot").last).to_have_text("echo: /inform_child")
    expect(bubbles(page, "customer").last).to_have_text("Per mio figlio Luca")


def test_cards_show_their_lines_and_the_map_opens_in_a_new_tab(page: Page, site: World) -> None:
    start(page, site)
    say(page, "schede")
    card = page.locator(".card").first
    expect(card).to_contain_text("Via Olgettina 60")
    link = card.get_by_role("link", name=re.compile("Mappa"))
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")
    card.get_by_role("button", name="Scelgo questo").click()
    expect(bubbles(page, "bot").last).to_contain_text("echo: /inform")


def test_markup_is_only_text(page: Page, site: World) -> None:
    start(page, site)
    say(page, "markup")
    expect(bubbles(page, "bot")).to_have_text("<img src=x onerror=alert(1)> & <b>no</b>")
    assert page.locator(".bubble img, .bubble b").count() == 0


def test_where_a_date_is_asked_a_date_picker_is_offered(page: Page, site: World) -> None:
    start(page, site)
    say(page, "data")
    picker = page.get_by_label(w("date"))
    expect(picker).to_have_attribute("max", "2026-11-20")
    picker.fill("2026-11-03")
    page.get_by_role("button", name=w("date_send")).click()
    expect(bubbles(page, "bot").last).to_have_text("echo: 03/11/2026")
    expect(picker).to_be_hidden()


def test_a_file_is_sent_and_a_refused_one_is_explained(page: Page, site: World, tmp_path: Path) -> None:
    start(page, site)
    say(page, "file")
    expect(page.get_by_role("button", name=w("choose_file"))).to_be_visible()
    good, bad = tmp_path / "fattura.pdf", tmp_path / "nota.txt"
    good.write_bytes(b"%PDF-1.7")
    bad.write_text("ciao")
    page.locator("input[type=file]").first.set_input_files([good, bad])
    expect(page.locator(".files")).to_contain_text("fattura.pdf")
    expect(bubbles(page, "bot").last).to_have_text("Ho ricevuto il file.")
    expect(bubbles(page, "system")).to_contain_text("nota.txt")
    expect(page.locator(".upload")).to_have_count(0)


def test_a_file_that_broke_off_is_tried_again(page: Page, site: World, tmp_path: Path) -> None:
    start(page, site)
    say(page, "uno")
    expect(bubbles(page, "bot")).to_have_count(1)
    file = tmp_path / "fattura.pdf"
    file.write_bytes(b"%PDF-1.7")
    site.backend.down = True
    page.locator("input[type=file]").first.set_input_files(file)
    expect(page.locator(".upload.failed")).to_have_count(1)
    site.backend.down = False
    page.get_by_role("button", name=w("retry")).click()
    expect(page.locator(".files")).to_contain_text("fattura.pdf")
    expect(page.locator(".upload")).to_have_count(0)


def test_dropped_files_are_sent(page: Page, site: World) -> None:
    start(page, site)
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.items.add(new File(["x"], "foto.png", {type: "image/png"}));
          const panel = document.querySelector("care-chat").shadowRoot.querySelector(".panel");
          panel.dispatchEvent(new DragEvent("dragenter", {dataTransfer: data, bubbles: true}));
          panel.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
        }"""
    )
    expect(page.locator(".files")).to_contain_text("foto.png")


def test_after_a_reload_the_history_is_there(page: Page, site: World) -> None:
    start(page, site)
    say(page, "pulsanti")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.reload()
    expect(bubbles(page, "customer")).to_have_text("pulsanti")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.get_by_role("button", name="Per me", exact=True).click()
    expect(bubbles(page, "bot").last).to_have_text("echo: /inform_me")


def test_what_is_written_without_a_connection_is_sent_when_it_is_back_once_and_in_order(
    page: Page, site: World
) -> None:
    start(page, site)
    say(page, "uno")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.context.set_offline(True)
    say(page, "due")
    say(page, "tre")
    expect(page.locator(".message.pending")).to_have_count(2)
    expect(page.locator(".message.pending .note").first).to_have_text(w("not_sent"))
    page.context.set_offline(False)
    expect(bubbles(page, "bot")).to_have_count(3)
    assert site.rasa.texts == ["uno", "due", "tre"]
    expect(bubbles(page, "customer")).to_have_text(["uno", "due", "tre"])


def test_too_long_a_text_is_counted_and_stays_in_the_input(page: Page, site: World) -> None:
    start(page, site)
    page.locator("#text").fill("a" * 4990)
    expect(page.locator("#count")).to_have_text(w("characters_left", count=10))
    page.locator("#text").fill("a" * 5003)
    expect(page.locator("#count")).to_have_text(w("characters_over", count=3))
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("a" * 5003)
    assert site.rasa.turns == []


def test_escape_closes_and_focus_returns(page: Page, site: World) -> None:
    start(page, site)
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    expect(page.locator(".launcher")).to_be_focused()
    expect(page.locator(".launcher")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()


def test_everything_is_reachable_by_keyboard_and_has_a_name(page: Page, site: World) -> None:
    start(page, site)
    say(page, "pulsanti")
    expect(bubbles(page, "bot")).to_have_count(1)
    nameless = page.evaluate(
        """() => [...document.querySelector("care-chat").shadowRoot.querySelectorAll("button, select, textarea, a, input:not(.hidden)")]
          .filter((c) => c.checkVisibility())
          .filter((c) => !(c.getAttribute("aria-label") || c.textContent.trim() || c.labels?.length)).map((c) => c.outerHTML)"""
    )
    assert nameless == []
    page.locator("#text").focus()
    seen = set()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        seen.add(
            page.evaluate(
                "() => { const a = document.querySelector('care-chat').shadowRoot.activeElement; return a && (a.getAttribute('aria-label') || a.textContent); }"
            )
        )
    assert {w("close"), w("new"), "Per me", "Per mio figlio Luca", w("messages")} <= seen


def test_a_screen_reader_gets_roles_languages_and_only_what_is_new(page: Page, site: World) -> None:
    start(page, site)
    log = page.get_by_role("log", name=w("messages"))
    say(page, "uno")
    expect(bubbles(page, "bot")).to_have_count(1)
    expect(log).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("status")).to_have_count(1)
    expect(page.locator(".message[data-id]").first).to_have_attribute("lang", "it")
    page.reload()
    early = page.evaluate(
        """() => new Promise((done) => {
          const look = () => {
            const log = document.querySelector("care-chat")?.shadowRoot?.querySelector(".log");
            if (log?.querySelector("[data-id]")) done(log.getAttribute("aria-live")); else setTimeout(look, 1);
          };
          look();
        })"""
    )
    assert early in {"off", "polite"}
    expect(page.locator(".log")).to_have_attribute("aria-live", "polite")


def test_the_language_menu_sends_the_wish_and_the_frame_follows(page: Page, site: World) -> None:
    start(page, site)
    say(page, "uno")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.get_by_label(w("language")).select_option("sr-Cyrl")
    expect(bubbles(page, "customer").last).to_have_text(words("widget_language_wish", "sr", "Cyrl"))
    expect(bubbles(page, "bot").last).to_have_text("Наравно.")
    expect(page.locator("#title")).to_have_text(words("widget_title", "sr", "Cyrl"))
    expect(page.locator(".message[data-id]").last).to_have_attribute("lang", "sr-Cyrl")
    page.reload()
    expect(page.locator("#title")).to_have_text(words("widget_title", "sr", "Cyrl"))
    expect(page.locator("#text")).to_have_attribute("placeholder", words("widget_placeholder", "sr", "Cyrl"))


def test_policy_numbers_are_not_broken_at_their_hyphens(page: Page, site: World) -> None:
    start(page, site)
    say(page, "polizza RT-4F7K-9Q2M e RS-36466326-0")
    expect(bubbles(page, "bot").locator(".whole")).to_have_text(["RT-4F7K-9Q2M", "RS-36466326-0"])


def test_a_new_conversation_is_asked_for_and_begins_empty(page: Page, site: World) -> None:
    start(page, site)
    say(page, "uno")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.get_by_role("button", name=w("new")).click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.get_by_role("button", name=w("yes")).click()
    expect(page.locator(".message[data-id]")).to_have_count(0)
    say(page, "due")
    expect(bubbles(page, "bot")).to_have_text("echo: due")
    assert len({turn["conversation_id"] for turn in site.rasa.turns}) == 2


def test_a_conversation_that_was_left_does_not_come_back_with_what_was_still_on_its_way(
    page: Page, site: World
) -> None:
    """Whoever sits down at the computer next must not find it."""
    start(page, site)
    say(page, "uno")
    expect(bubbles(page, "bot")).to_have_count(1)
    held: list[Route] = []
    page.route("**/messages", lambda route: held.append(route))
    with page.expect_request("**/messages"):
        say(page, "due")
    page.get_by_role("button", name=w("new")).click()
    page.get_by_role("button", name=w("yes")).click()
    with page.expect_response("**/messages"):
        held[0].continue_()
    page.unroute_all()
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.get_by_role("button", name=w("new"))).to_be_visible()
    assert page.evaluate("() => localStorage.getItem(`care-chat:${location.origin}:it`)") is None
    expect(page.locator(".message[data-id]")).to_have_count(0)


def test_a_conversation_the_server_has_forgotten_ends_politely_and_a_new_one_begins(
    page: Page, site: World
) -> None:
    page.goto(f"{site.address}/demo/it")
    page.evaluate(
        """() => localStorage.setItem(`care-chat:${location.origin}:it`,
             JSON.stringify({id: "gone", token: "gone", expires: Date.now() + 1e6, life: 1e6}))"""
    )
    page.reload()
    page.locator("care-chat .launcher").click()
    expect(page.get_by_role("status")).to_have_text(w("ended"))
    say(page, "uno")
    expect(bubbles(page, "bot")).to_have_text("echo: uno")


def test_the_typing_dots_are_there_while_an_answer_is_on_its_way(page: Page, site: World) -> None:
    start(page, site)
    with site.rasa.thinking():
        say(page, "uno")
        expect(page.locator(".dots")).to_be_visible()
        expect(page.get_by_role("status")).to_have_text(w("typing"))
    expect(bubbles(page, "bot")).to_have_count(1)
    expect(page.locator(".dots")).to_be_hidden()


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_on_a_phone_the_chat_fills_the_screen_and_targets_are_large(page: Page, site: World) -> None:
    start(page, site)
    say(page, "pulsanti")
    expect(bubbles(page, "bot")).to_have_count(1)
    box = page.locator(".panel").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    for control in page.locator(".panel button:visible").all():
        size = control.bounding_box()
        assert size is not None and size["width"] >= 44 and size["height"] >= 44
    expect(page.locator("input[capture]")).to_have_attribute("accept", "image/jpeg,image/png")
    expect(page.get_by_role("button", name=w("camera"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_log_in_page_is_done_in_another_tab_and_the_chat_goes_on(page: Page, site: World) -> None:
    start(page, site)
    say(page, "accedi")
    link = page.get_by_role("link", name=re.compile("Accedi in sicurezza"))
    expect(link).to_be_visible()
    cid = site.rasa.turns[0]["conversation_id"]
    token = site.backend.open_link(cid, "it")
    tab = page.context.new_page()
    tab.goto(f"{site.address}/secure/{token}")
    tab.get_by_label(words("secure_username")).fill("marko")
    tab.get_by_label(words("secure_password"), exact=True).fill("sbagliata")
    tab.get_by_role("button", name=words("secure_continue")).click()
    expect(tab.get_by_role("alert")).to_contain_text(words("secure_credentials_wrong"))
    expect(tab.get_by_label(words("secure_password"), exact=True)).to_be_focused()
    tab.get_by_label(words("secure_password"), exact=True).fill("Sunce2020!")
    tab.get_by_role("button", name=words("secure_show_password")).click()
    expect(tab.get_by_label(words("secure_password"), exact=True)).to_have_attribute("type", "text")
    tab.get_by_role("button", name=words("secure_continue")).click()
    expect(tab.get_by_role("status")).to_have_text(words("secure_code_in_chat"))
    expect(tab.locator("input")).to_have_count(0)
    expect(bubbles(page, "bot").last).to_have_text("accesso: code_sent")
    say(page, "123456")
    expect(tab.get_by_role("heading")).to_have_text(words("secure_done_title"))
    expect(bubbles(page, "bot").last).to_have_text("accesso: logged_in")


def test_another_website_embeds_it_with_two_lines_when_it_is_listed(browser: Browser, site: World) -> None:
    async def foreign(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        html = (
            f'<!doctype html><script type="module" src="{site.address}/widget/care-chat.js"></script>'
            '<care-chat market="it" language="it"></care-chat>'
        )
        if scope["type"] != "http":
            return
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]}
        )
        await send({"type": "http.response.body", "body": html.encode()})

    with serve(foreign) as elsewhere:
        page = browser.new_page()
        page.goto(elsewhere)
        page.wait_for_timeout(500)
        # Not on the list of embedding websites: the browser refuses to load it.
        assert page.locator("care-chat .launcher").count() == 0
        site.settings.embedding_origins.append(elsewhere)
        page.reload()
        page.locator("care-chat .launcher").click()
        say(page, "uno")
        expect(bubbles(page, "bot")).to_have_text("echo: uno")
        page.close()
