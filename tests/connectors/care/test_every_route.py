"""Every route of the desk, found by itself: nobody comes in without a log-in, a proof of the form, a permission."""

import re
from typing import Any

import httpx
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from connectors.app import create_app
from connectors.care.access import Require
from connectors.care.permissions import ROLES, may
from connectors.settings import Settings
from tests.connectors.care.desk_world import Browser, Desk
from tests.connectors.gateway_world import words

# The door, for whoever is not in yet. Nothing else may be reached without a log-in.
DOOR = {
    "/care/login",
    "/care/login/totp",
    "/care/logout",
    "/care/language",
    "/care/oidc/start",
    "/care/oidc/callback",
    "/care/invitations/{token}",
}
FILES = "/care/static"
# Answers that do not end by themselves are only asked by those who may not have them.
ENDLESS = ("/stream",)
READING = {"GET", "HEAD", "OPTIONS"}


def routes() -> list[RouteContext]:
    app = create_app(Settings(_env_file=None, database_url="sqlite://"))
    found = [one for one in iter_route_contexts(app.routes) if str(one.path).startswith("/care")]
    assert len(found) > 12
    return found


def permission_of(route: RouteContext) -> str | None:
    """The action that the route requires, wherever among its dependencies it says so."""
    waiting: list[Any] = [route.dependant]
    actions = []
    while waiting:
        dependant = waiting.pop()
        if isinstance(dependant.call, Require):
            actions.append(dependant.call.action)
        waiting += dependant.dependencies
    # Whoever requires more than entering names it beside.
    named = [action for action in actions if action != "enter"] or actions
    assert len(set(named)) <= 1, f"{route.path} requires {named}"
    return named[0] if named else None


def calls(*, of_the_door: bool = False) -> list[tuple[str, str, str]]:
    """(method, path with something in the places of names, permission) of every route behind the door."""
    found = []
    for route in routes():
        if str(route.path).startswith(FILES) or (route.path in DOOR) != of_the_door:
            continue
        path = re.sub(r"\{\w+(:\w+)?\}", "a1b2c3d4e5f6a7b8c9d0", str(route.path))
        for method in sorted(route.methods or set()):
            found.append((method, path, permission_of(route) or ""))
    return found


async def ask(browser: Browser, method: str, path: str, **headers: str) -> httpx.Response:
    # No form: a body that nobody could have meant.
    return await browser.http.request(method, path, headers=headers)


def leads_to_the_door(answer: httpx.Response) -> bool:
    if answer.status_code == 401:
        return True
    return answer.status_code == 303 and answer.headers["location"].startswith("/care/login")


def test_every_route_is_of_the_door_or_names_a_permission() -> None:
    for route in routes():
        if str(route.path).startswith(FILES):
            continue
        # Dependencies, the proof of forms among them, hang on these only.
        assert isinstance(route.original_route, APIRoute), route.path
        assert (permission_of(route) is None) == (route.path in DOOR), route.path
    assert {route.path for route in routes()} >= DOOR


async def test_without_a_login_every_route_leads_to_the_door(desk: Desk) -> None:
    for method, path, _ in calls():
        browser = desk.browser()
        proof = {"X-CSRF-Token": await browser.csrf()}
        assert leads_to_the_door(await ask(browser, method, path, **proof)), (method, path)


async def test_a_made_up_login_is_none(desk: Desk) -> None:
    for cookie in ("x" * 43, "čć", "a" * 5000):
        browser = desk.browser()
        for method, path, _ in calls():
            if method == "GET":
                answer = await ask(browser, method, path, Cookie=f"__Host-care={cookie}".encode())  # type: ignore[arg-type]
                assert leads_to_the_door(answer), (path, cookie[:5])


async def test_without_the_proof_no_route_changes_anything(desk: Desk) -> None:
    somebody = {role: desk.at_desk(role) for role in ROLES}
    for method, path, action in calls() + calls(of_the_door=True):
        if method in READING:
            continue
        browser = next(somebody[role] for role in ROLES if not action or may(role, action))  # type: ignore[arg-type]
        others = await desk.browser().csrf()
        for headers in ({}, {"X-CSRF-Token": "0" * 64}, {"X-CSRF-Token": others}):
            answer = await ask(browser, method, path, **headers)
            assert answer.status_code == 403, (method, path, headers)
            assert words("desk_entry_form_old") in answer.text
    # The right proof, from another site.
    browser = somebody["agent"]
    headers = {"X-CSRF-Token": browser.proof(), "Sec-Fetch-Site": "cross-site"}
    assert (await ask(browser, "POST", "/care/logout", **headers)).status_code == 403


async def test_a_form_is_small_and_says_how_small_before_it_is_read(desk: Desk) -> None:
    browser = desk.at_desk("administrator")
    large = {"csrf": browser.proof(), "name": "x" * 200_000}
    assert (await browser.http.post("/care/staff", data=large)).status_code == 413

    async def endless():
        yield f"csrf={browser.proof()}&name=x".encode()

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/care/staff", "/care/logout"):
        assert (await browser.http.post(path, content=endless(), headers=headers)).status_code == 403
    assert len(desk.backend.tokens) == 1


async def test_who_may_not_is_refused_and_who_may_is_not(desk: Desk) -> None:
    seen = 0
    for role in ROLES:
        browser = desk.at_desk(role)
        for method, path, action in calls():
            if may(role, action) and path.endswith(ENDLESS):  # type: ignore[arg-type]
                continue
            answer = await ask(browser, method, path, **{"X-CSRF-Token": browser.proof()})
            if may(role, action):  # type: ignore[arg-type]
                seen += 1
                assert answer.status_code < 500, (role, method, path, answer.text[:300])
                assert not leads_to_the_door(answer), (role, method, path)
                assert words("desk_entry_not_allowed") not in answer.text, (role, method, path)
            else:
                assert answer.status_code == 403, (role, method, path)
                assert words("desk_entry_not_allowed") in answer.text
    assert seen > 5


async def test_where_the_desk_is_switched_off_there_is_none(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"care_desk": False}))
    assert [one.path for one in iter_route_contexts(app.routes) if str(one.path).startswith("/care")] == []
