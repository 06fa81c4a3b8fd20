"""Log-in by the house's provider, against one that speaks HTTP and signs: only what holds lets in."""

import html
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from joserfc.jwk import RSAKey
from pydantic import SecretStr, ValidationError

from connectors.settings import Settings
from tests.connectors.care.desk_world import HOST, Browser, Desk
from tests.connectors.care.oidc_provider import CLIENT, SECRET, Provider
from tests.connectors.gateway_world import alive, words
from tests.connectors.live_gateway import serve

Spoil = dict[str, Any]


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    with serve(provider.app) as address:
        provider.issuer = address
        yield provider


@pytest_asyncio.fixture
async def house(settings: Settings, provider: Provider) -> AsyncIterator[Desk]:
    """The desk of a house that has the provider."""
    own = {
        "public_url": HOST,
        "care_oidc_issuer": provider.issuer,
        "care_oidc_client_id": CLIENT,
        "care_oidc_client_secret": SecretStr(SECRET),
        "care_oidc_name": "Keycloak",
    }
    desk = Desk(settings.model_copy(update=own))
    async with alive(desk.app):
        yield desk


async def go_there_and_back(browser: Browser, way: str = "/care/staff") -> httpx.Response:
    return await browser.get(await go_there(browser, way), Sec_Fetch_Site="cross-site")


async def go_there(browser: Browser, way: str = "/care/staff") -> str:
    """The address with which the provider sends the browser back."""
    left = await browser.http.get("/care/oidc/start", params={"next": way})
    assert left.status_code == 303
    async with httpx.AsyncClient(trust_env=False) as other_site:
        back = await other_site.get(left.headers["location"])
    assert back.headers["location"].startswith(f"{HOST}/care/oidc/callback?")
    return str(back.headers["location"]).removeprefix(HOST)


async def test_whom_the_provider_proves_and_the_directory_knows_is_in(house: Desk) -> None:
    house.backend.add("ana", "administrator")
    browser = house.browser()
    assert words("desk_entry_oidc", name="Keycloak") in (await browser.get("/care/login")).text
    page = await go_there_and_back(browser)
    # The strict cookie does not come along from another site, so a page of ours goes on.
    assert page.status_code == 200 and 'content="0;url=/care/staff"' in page.text
    assert (await browser.get("/care/staff")).status_code == 200
    assert house.backend.subjects == {next(iter(house.backend.members)): "subject-1"}
    assert "__Host-care-oidc" not in browser.http.cookies


async def test_the_cookie_of_the_way_is_lax_and_short_and_of_this_host(house: Desk) -> None:
    left = await house.browser().get("/care/oidc/start")
    (cookie,) = left.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-care-oidc=")
    assert all(
        part in cookie for part in ("; HttpOnly", "; Path=/", "; SameSite=lax", "; Secure", "; Max-Age=600")
    )
    asked = parse_qs(urlsplit(left.headers["location"]).query)
    assert asked["redirect_uri"] == [f"{HOST}/care/oidc/callback"]
    assert "client_secret" not in asked and SECRET not in left.headers["location"]


async def test_nobody_of_that_name_is_told_and_nobody_else_is_let_in(house: Desk) -> None:
    page = await go_there_and_back(house.browser())
    assert page.status_code == 401
    assert words("desk_entry_oidc_unknown", name="Keycloak") in html.unescape(page.text)
    # The name belongs to the subject that came first.
    house.backend.add("ana")
    await go_there_and_back(house.browser())
    assert len(house.backend.tokens) == 1


async def test_another_subject_under_a_known_name_is_not_let_in(house: Desk, provider: Provider) -> None:
    house.backend.add("ana")
    await go_there_and_back(house.browser())
    provider.user["sub"] = "subject-2"
    assert (await go_there_and_back(house.browser())).status_code == 401
    assert len(house.backend.tokens) == 1


@pytest.mark.parametrize(
    "spoil",
    [
        {"claims": {"nonce": "another"}},
        {"without": {"nonce"}},
        {"claims": {"aud": "another-client"}},
        {"claims": {"aud": ["care-desk", "another-client"]}},
        {"claims": {"azp": "another-client"}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"exp": 1}},
        {"without": {"exp"}},
        {"without": {"sub"}},
        {"without": {"preferred_username"}},
        {"claims": {"preferred_username": ["ana"]}},
        {"unsigned": True},
        {"sign_with": RSAKey.generate_key(2048, parameters={"kid": "one"})},
        {"token_status": 400},
        {"token_status": 503},
        {"told_issuer": "https://evil.example"},
    ],
    # The same in every process of a run: a key would show its place in memory.
    ids=lambda spoil: str({name: "another key" if name == "sign_with" else spoil[name] for name in spoil}),
)
async def test_what_does_not_hold_lets_nobody_in(house: Desk, provider: Provider, spoil: Spoil) -> None:
    house.backend.add("ana")
    browser = house.browser()
    if "told_issuer" in spoil:
        provider.told_issuer = spoil["told_issuer"]
        page = await browser.get("/care/oidc/start")
    else:
        back = await go_there(browser)
        for name, value in spoil.items():
            setattr(provider, name, value)
        page = await browser.get(back)
    assert page.status_code == 401
    assert words("desk_entry_oidc_failed", name="Keycloak") in html.unescape(page.text)
    assert house.backend.tokens == {} and "__Host-care" not in browser.http.cookies


async def test_a_way_back_belongs_to_the_browser_that_left_and_counts_once(house: Desk) -> None:
    house.backend.add("ana")
    attacker, victim = house.browser(), house.browser()
    back = await go_there(attacker)
    for way in (
        back,
        "/care/oidc/callback",
        "/care/oidc/callback?code=x",
        "/care/oidc/callback?state=%C4%8D&code=x",
    ):
        assert (await victim.get(way)).status_code == 401
    await go_there(victim)
    assert (await victim.get(back)).status_code == 401  # somebody else's state
    assert (await attacker.get(f"{back}&error=access_denied")).status_code == 401
    assert house.backend.tokens == {}
    back = await go_there(attacker)
    assert (await attacker.get(back.replace("iss=", "iss=https://evil.example/"))).status_code == 401
    back = await go_there(attacker)
    assert (await attacker.get(back)).status_code == 200
    assert (await attacker.get(back)).status_code == 401
    assert len(house.backend.tokens) == 1


async def test_keys_that_changed_are_read_again(house: Desk, provider: Provider) -> None:
    house.backend.add("ana")
    assert (await go_there_and_back(house.browser())).status_code == 200
    provider.key = RSAKey.generate_key(2048, parameters={"kid": "two", "use": "sig"})
    assert (await go_there_and_back(house.browser())).status_code == 200
    assert provider.key_reads == 2


async def test_a_name_that_only_the_userinfo_has_and_an_address_only_when_proven(
    settings: Settings, provider: Provider
) -> None:
    own = {
        "public_url": HOST,
        "care_oidc_issuer": provider.issuer,
        "care_oidc_client_id": CLIENT,
        "care_oidc_client_secret": SecretStr(SECRET),
        "care_oidc_username_claim": "email",
    }
    desk = Desk(settings.model_copy(update=own))
    async with alive(desk.app):
        desk.backend.add("ana@example.org")
        provider.userinfo = {"email": "ana@example.org"}
        assert (await go_there_and_back(desk.browser())).status_code == 401
        provider.userinfo["email_verified"] = True
        assert (await go_there_and_back(desk.browser())).status_code == 200
        provider.userinfo["sub"] = "another"
        assert (await go_there_and_back(desk.browser())).status_code == 401


@pytest.mark.parametrize("way", ["https://evil.example", "//evil.example", "/care/login"])
async def test_the_way_ends_at_the_desk(house: Desk, way: str) -> None:
    house.backend.add("ana")
    page = await go_there_and_back(house.browser(), way)
    assert 'content="0;url=/care"' in page.text


async def test_a_provider_that_is_silent_is_said(house: Desk) -> None:
    house.app.state.care_oidc.issuer = "http://127.0.0.1:9"
    assert (await house.browser().get("/care/oidc/start")).status_code == 401


async def test_without_a_provider_there_is_no_such_way(desk: Desk) -> None:
    assert "/care/oidc" not in (await desk.browser().get("/care/login")).text
    for path in ("/care/oidc/start", "/care/oidc/callback?code=x&state=y"):
        assert (await desk.browser().get(path)).status_code == 404


def test_half_a_provider_and_one_without_tls_in_production_do_not_start() -> None:
    whole = {
        "care_oidc_issuer": "http://id.example.org",
        "care_oidc_client_id": "x",
        "care_oidc_client_secret": "y",
    }
    assert Settings(_env_file=None, **whole)  # type: ignore[arg-type]
    for missing in whole:
        with pytest.raises(ValidationError, match="belong together"):
            Settings(_env_file=None, **{name: value for name, value in whole.items() if name != missing})  # type: ignore[arg-type]
    real = {
        "backend_token": "x" * 32,
        "rasa_channel_token": "y" * 32,
        "public_url": "https://chat.example.org",
    }
    with pytest.raises(ValidationError, match="must be https"):
        Settings(_env_file=None, profile="production", **whole, **real)  # type: ignore[arg-type]
