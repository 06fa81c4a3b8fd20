"""The door: password, one-time password, log-out; cookies; and that it leads nowhere else."""

import html
import re

import httpx
import pyotp
import pytest
from structlog.testing import capture_logs

from connectors.care.access import Sessions
from connectors.care.backend_desk import DeskBackend
from connectors.care.ways_back import safe_way
from tests.connectors.care.desk_world import Browser, Desk
from tests.connectors.care.directory_fake import PASSWORD
from tests.connectors.gateway_world import words

EVIL = [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/care//evil.example",
    "/care/../admin",
    "/care\r\nX: y",
    "/care/%2e%2e/x",
    "/care?next=https://evil.example",
    "/care@evil.example",
    "/carefree",
    "javascript:alert(1)",
    "/care/login",
    "/care/logout",
    "/care/oidc/start",
    "",
]


def plain(page: httpx.Response) -> str:
    return html.unescape(page.text)


async def give_password(
    browser: Browser, username: str, password: str = PASSWORD, **more: str
) -> httpx.Response:
    return await browser.send("/care/login", "/care/login", username=username, password=password, **more)


async def come_in(desk: Desk, browser: Browser, member: dict[str, str], **more: str) -> httpx.Response:
    await give_password(browser, member["username"], **more)
    return await browser.send("/care/login/totp", "/care/login/totp", code=desk.backend.code_of(member))


async def test_password_and_code_lead_in_and_the_password_is_not_sent_again_by_reloading(desk: Desk) -> None:
    member = desk.backend.add("ana")
    browser = desk.browser()
    step = await give_password(browser, "ana")
    assert (step.status_code, step.headers["location"]) == (303, "/care/login/totp")
    for _ in range(2):
        page = await browser.get("/care/login/totp")
        assert page.status_code == 200 and 'autocomplete="one-time-code"' in page.text
    code = desk.backend.code_of(member)
    inside = await browser.send("/care/login/totp", "/care/login/totp", code=f" {code[:3]} {code[3:]} ")
    assert (inside.status_code, inside.headers["location"]) == (303, "/care")
    assert (await browser.get("/care")).headers["location"] == "/care/queue"
    # The step and the door's cookie are gone with the log-in.
    assert set(browser.http.cookies) == {"__Host-care"}
    assert (await browser.get("/care/login")).headers["location"] == "/care"
    assert desk.backend.addresses == ["127.0.0.1"]


async def test_the_first_time_the_phone_is_set_up_with_a_picture_and_by_hand(desk: Desk) -> None:
    member = desk.backend.add("ana", has_totp=False)
    secret = desk.backend.secrets[member["staff_id"]]
    browser = desk.browser()
    await give_password(browser, "ana")
    page = await browser.get("/care/login/totp")
    assert "<svg" in page.text and " ".join(re.findall("....", secret)) in page.text
    assert "<script" not in page.text and "style=" not in page.text
    assert "http" not in re.sub(r'xmlns="[^"]+"', "", page.text)
    wrong = await browser.send("/care/login/totp", "/care/login/totp", code="000000")
    assert wrong.status_code == 422 and "<svg" in wrong.text
    inside = await browser.send("/care/login/totp", "/care/login/totp", code=pyotp.TOTP(secret).now())
    assert inside.status_code == 303
    assert secret not in str(dict(browser.http.cookies))


async def test_wrong_credentials_are_one_answer_and_nothing_is_shown_again(desk: Desk) -> None:
    desk.backend.add("ana")
    desk.backend.add("bea", disabled=True)
    pages = []
    for name, password in (("ana", "pogresna-lozinka-1"), ("nobody", PASSWORD), ("bea", PASSWORD)):
        page = await give_password(desk.browser(), name, password)
        assert page.status_code == 401 and words("desk_entry_credentials_wrong") in plain(page)
        assert password not in page.text and f'value="{name}"' in page.text
        assert 'role="alert"' in page.text and 'aria-describedby="error"' in page.text
        pages.append(re.sub(r'csrf" value="\w+"', "", page.text.replace(name, "")))
    assert len(set(pages)) == 1


async def test_too_many_attempts_say_how_long_to_wait(desk: Desk) -> None:
    page = await give_password(desk.browser(), "blocked")
    assert page.status_code == 429 and words("desk_entry_too_many_attempts", minutes=9) in plain(page)


async def test_forms_of_one_address_are_paced(desk: Desk) -> None:
    desk.settings.care_logins_per_minute = 3
    answers = [(await give_password(desk.browser(), "nobody")).status_code for _ in range(5)]
    assert answers == [401, 401, 401, 429, 429]


async def test_missing_fields_ask_the_backend_nothing(desk: Desk) -> None:
    page = await give_password(desk.browser(), "  ", "")
    assert page.status_code == 422 and words("desk_entry_fields_missing") in plain(page)
    assert desk.backend.addresses == []


async def test_a_code_counts_once_and_a_ticket_ends_with_its_tries(desk: Desk) -> None:
    member = desk.backend.add("ana")
    first, second = desk.browser(), desk.browser()
    await come_in(desk, first, member)
    await give_password(second, "ana")
    ((_, code),) = desk.backend.used_codes
    again = await second.send("/care/login/totp", "/care/login/totp", code=code)
    assert again.status_code == 422 and words("desk_entry_code_wrong") in plain(again)
    for odd in ("", "12345", "1234567", "١٢٣٤٥٦", "abcdef"):
        page = await second.send("/care/login/totp", "/care/login/totp", code=odd)
        assert page.status_code == 422 and words("desk_entry_code_form") in plain(page)
    desk.backend.tries = 1
    over = await second.send("/care/login/totp", "/care/login/totp", code="000000")
    assert over.status_code == 401 and words("desk_entry_step_over") in plain(over)
    assert "__Host-care-step" not in second.http.cookies
    assert (await second.get("/care/login/totp")).headers["location"] == "/care/login"


@pytest.mark.parametrize(
    "cookie", ["x", "e30=", "bnVsbA==", "eyJ0aWNrZXQiOiJ4Iiwib3RwYXV0aF91cmkiOiJqYXZhc2NyaXB0OngifQ=="]
)
async def test_a_step_that_is_none_leads_back_to_the_beginning(desk: Desk, cookie: str) -> None:
    browser = desk.browser()
    browser.http.cookies.set("__Host-care-step", cookie, domain="desk.test")
    assert (await browser.get("/care/login/totp")).headers["location"] == "/care/login"


async def test_log_out_ends_it_on_the_server_for_every_copy_of_the_cookie(desk: Desk) -> None:
    browser, copy = desk.at_desk("administrator"), desk.browser()
    copy.http.cookies.update(browser.http.cookies)
    assert (await copy.get("/care/staff")).status_code == 200
    left = await browser.send("/care/logout")
    assert left.headers["location"] == "/care/login?told=left"
    assert desk.backend.tokens == {} and "__Host-care" not in browser.http.cookies
    assert words("desk_entry_logged_out") in plain(await browser.get(left.headers["location"]))
    assert (await copy.get("/care/staff")).headers["location"] == "/care/login?next=/care/staff"


async def test_a_log_out_that_could_not_be_told_is_said_and_can_be_tried_again(desk: Desk) -> None:
    browser = desk.at_desk("administrator")
    desk.backend.down = True
    assert (await browser.send("/care/logout")).status_code == 503
    assert "__Host-care" in browser.http.cookies
    desk.backend.down = False
    assert (await browser.send("/care/logout")).status_code == 303


async def test_a_silent_backend_is_said_and_lets_nobody_in(desk: Desk) -> None:
    browser = desk.at_desk("administrator")
    desk.backend.down = True
    for path in ("/care", "/care/staff"):
        page = await browser.get(path)
        assert page.status_code == 503 and words("desk_entry_unavailable") in plain(page)
    assert (await desk.browser().get("/care/login")).status_code == 200


async def test_every_cookie_is_of_this_host_alone_and_no_script_reads_it(desk: Desk) -> None:
    member = desk.backend.add("ana")
    browser = desk.browser()
    answers = [await browser.get("/care/login"), await give_password(browser, "ana")]
    answers.append(await browser.send("/care/language", "/care/login/totp", language="id"))
    answers.append(
        await browser.send("/care/login/totp", "/care/login/totp", code=desk.backend.code_of(member))
    )
    answers.append(await browser.send("/care/logout"))
    cookies = [one for answer in answers for one in answer.headers.get_list("set-cookie")]
    assert {one.split("=")[0] for one in cookies} == {
        "__Host-care",
        "__Host-care-door",
        "__Host-care-step",
        "__Host-care-language",
    }
    for one in cookies:
        assert all(part in one for part in ("; HttpOnly", "; Path=/", "; SameSite=strict", "; Secure")), one
        assert "domain" not in one.lower(), one
    # The log-in goes with the browser's session.
    (login,) = [one for one in cookies if re.match(r"__Host-care=[^\";]+;", one)]
    assert "max-age" not in login.lower()


@pytest.mark.parametrize("way", EVIL)
async def test_the_door_leads_to_no_other_place(desk: Desk, way: str) -> None:
    assert safe_way(way) == "/care"
    member = desk.backend.add("ana")
    browser = desk.browser()
    page = await browser.http.get("/care/login", params={"next": way})
    assert 'name="next" value="/care"' in page.text
    inside = await come_in(desk, browser, member, next=way)
    assert inside.headers["location"] == "/care"
    assert (await browser.http.get("/care/login", params={"next": way})).headers["location"] == "/care"
    chosen = await browser.send("/care/language", language="it", next=way)
    assert chosen.headers["location"] in {"/care", "/care/login"}


async def test_after_the_log_in_one_is_where_one_wanted_to_be(desk: Desk) -> None:
    member = desk.backend.add("admin", "administrator")
    browser = desk.browser()
    away = await browser.get("/care/staff/new")
    assert away.headers["location"] == "/care/login?next=/care/staff/new"
    inside = await come_in(desk, browser, member, next="/care/staff/new")
    assert inside.headers["location"] == "/care/staff/new"


async def test_a_mistyped_address_is_said_to_who_is_in_and_tells_nobody_else_what_there_is(
    desk: Desk,
) -> None:
    page = await desk.at_desk("agent").get("/care/nowhere/at/all")
    assert page.status_code == 404 and words("desk_entry_not_found") in plain(page)
    assert (await desk.browser().get("/care/nowhere")).headers["location"] == "/care/login?next=/care/nowhere"
    assert (await desk.browser().get("/care/static/desk.css")).headers["content-type"].startswith("text/css")
    assert (await desk.browser().get("/care/static/nothing.css")).status_code == 404


async def test_what_nobody_expected_is_said_in_words_to_people_and_in_json_to_programs(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = desk.at_desk("administrator")

    async def break_down(*_: object) -> None:
        raise RuntimeError("a detail of ours")

    monkeypatch.setattr(DeskBackend, "list_members", break_down)
    with capture_logs() as logs:
        for headers in ({"Accept": "text/html"}, {"HX_Request": "true"}):
            page = await admin.get("/care/staff", **headers)
            assert page.status_code == 500 and words("desk_entry_went_wrong") in plain(page)
            assert "a detail of ours" not in page.text
        assert (await admin.get("/care/staff")).json()["error"] == "internal_error"
    assert [entry["event"] for entry in logs] == 3 * ["unexpected_error"]
    odd = await admin.get(f"/care/staff/{'x' * 65}", Accept="text/html")
    assert odd.status_code == 422 and words("desk_entry_staff_invalid") in plain(odd)
    # The channels' clients are programs, whatever they say they accept.
    assert (await admin.get("/api/website/nothing", Accept="text/html")).json()["error"] == "not_found"


async def test_from_another_site_a_page_of_ours_goes_on_because_strict_cookies_stay_behind(
    desk: Desk,
) -> None:
    page = await desk.browser().get("/care/staff", Sec_Fetch_Site="cross-site")
    assert page.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/care/staff">' in page.text


async def test_htmx_is_led_to_the_door_with_the_page_it_stands_on(desk: Desk) -> None:
    headers = {"HX_Request": "true", "HX_Current_URL": "https://desk.test/care/staff/new?x=1"}
    answer = await desk.browser().get("/care/staff", **headers)
    assert answer.status_code == 401 and answer.headers["hx-redirect"] == "/care/login?next=/care/staff/new"
    evil = {"HX_Request": "true", "HX_Current_URL": "https://evil.example/phish"}
    assert (await desk.browser().get("/care/staff", **evil)).headers["hx-redirect"] == "/care/login"


async def test_whoever_is_disabled_is_out_within_two_seconds_and_work_keeps_a_log_in_alive(
    desk: Desk,
) -> None:
    now = 100.0
    desk.app.state.care_sessions = Sessions(clock=lambda: now)
    browser = desk.at_desk("administrator")
    assert (await browser.get("/care/staff")).status_code == 200
    now += 1.9
    assert (await browser.get("/care/staff")).status_code == 200
    assert desk.backend.loud_reads == 1
    browser.member["disabled"] = True
    now += 0.1
    assert (await browser.get("/care/staff")).status_code == 303
    browser.member["disabled"] = False
    # The page's own looking (quiet) does not renew, and does not stand in the way of renewing.
    for _ in range(3):
        now += 2.1
        assert (await browser.get("/care/login")).status_code == 303
    assert (desk.backend.loud_reads, desk.backend.quiet_reads) == (1, 3)
    assert (await browser.get("/care/staff")).status_code == 200
    assert desk.backend.loud_reads == 2


async def test_another_role_counts_at_once_after_the_two_seconds(desk: Desk) -> None:
    now = 100.0
    desk.app.state.care_sessions = Sessions(clock=lambda: now)
    browser = desk.at_desk("administrator")
    assert (await browser.get("/care/staff")).status_code == 200
    browser.member["role"] = "agent"
    now += 2.1
    assert (await browser.get("/care/staff")).status_code == 403


async def test_the_desk_speaks_the_language_that_was_chosen_or_the_browsers(desk: Desk) -> None:
    browser = desk.browser()
    page = await browser.get("/care/login", Accept_Language="id,en;q=0.5")
    assert words("desk_entry_login_title", "id") in plain(page)
    for tag, script in (("sr-Latn", "Latn"), ("sr-Cyrl", "Cyrl")):
        chosen = await browser.send("/care/language", "/care/login", language=tag, next="/care/login")
        assert chosen.headers["location"] == "/care/login"
        page = await browser.get("/care/login")
        assert f'<html lang="{tag}">' in page.text
        assert words("desk_entry_login_title", "sr", script) in plain(page)
    await browser.send("/care/language", "/care/login", language="xx")
    assert '<html lang="sr-Cyrl">' in (await browser.get("/care/login")).text


async def test_pages_are_kept_by_nobody_and_framed_by_nobody(desk: Desk) -> None:
    for page in (
        await desk.browser().get("/care/login"),
        await desk.at_desk("administrator").get("/care/staff"),
    ):
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-frame-options"] == "DENY"
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy and "script-src 'self'" in policy
        assert not re.search(r"<script(?![^>]* src=\"/care/static/)|\son\w+=|javascript:|\sstyle=", page.text)
        assert "http" not in re.sub(r'name="htmx-config"|http-equiv', "", page.text)


async def test_nothing_of_a_log_in_is_stored_at_the_gateway(desk: Desk) -> None:
    member = desk.backend.add("ana")
    browser = desk.browser()
    await come_in(desk, browser, member)
    token = str(browser.http.cookies["__Host-care"])
    with desk.app.state.gateway.database.engine.connect() as connection:
        dump = (
            "".join(connection.connection.driver_connection.iterdump())
            if connection.dialect.name == "sqlite"
            else ""
        )
    assert token not in dump and PASSWORD not in dump
