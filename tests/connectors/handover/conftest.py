"""A desk for each test, and a gateway whose dialogue asks for people."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from connectors.settings import Settings
from tests.connectors.gateway_world import World, alive
from tests.connectors.handover.care_chats import CareRasa
from tests.connectors.handover_world import Desk


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    desk = Desk(database_url)
    yield desk
    desk.engine.dispose()


@pytest_asyncio.fixture
async def care(settings: Settings) -> AsyncIterator[World]:
    world = World(settings, rasa=CareRasa())
    async with alive(world.app), world.http:
        yield world
