"""The payment provider's call-backs pass byte for byte; what is not taken is said so that it comes again."""

from tests.connectors.gateway_world import World

PATH = "/callbacks/payments"
BODY = b'{"payment_id": "p1",  "outcome": "paid"}'


async def test_a_call_back_passes_as_it_was_signed(world: World) -> None:
    answer = await world.http.post(PATH, content=BODY, headers={"X-Signature": "right"})
    assert answer.status_code == 204
    assert world.backend.callbacks == [BODY]


async def test_a_forged_or_oversized_one_is_refused_and_an_outage_asks_for_patience(world: World) -> None:
    assert (await world.http.post(PATH, content=BODY, headers={"X-Signature": "wrong"})).status_code == 401
    assert (await world.http.post(PATH, content=BODY)).status_code == 401
    large = await world.http.post(PATH, content=b"x" * 20_000, headers={"X-Signature": "right"})
    assert large.status_code == 413
    world.backend.down = True
    assert (await world.http.post(PATH, content=BODY, headers={"X-Signature": "right"})).status_code == 503
    assert world.backend.callbacks == []
