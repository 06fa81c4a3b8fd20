"""Calendar files of events are passed on to whoever has the link."""

from tests.connectors.gateway_world import World

KNOWN = f"/calendar/{'k' * 43}.ics"


async def test_whoever_has_the_link_gets_the_file(world: World) -> None:
    answer = await world.http.get(KNOWN)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.content == b"BEGIN:VCALENDAR"


async def test_other_links_lead_nowhere(world: World) -> None:
    assert (await world.http.get(f"/calendar/{'x' * 43}.ics")).status_code == 404
    assert (await world.http.get("/calendar/..%2Fmailbox.ics")).status_code in {404, 422}


async def test_an_outage_is_said(world: World) -> None:
    world.backend.down = True
    assert (await world.http.get(KNOWN)).status_code == 503
