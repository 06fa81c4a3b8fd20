"""The desk at work: a gateway, customers in the queue, members of staff at their browsers."""

import pytest

from connectors.settings import Settings
from tests.connectors.care.work.desk_fake import FakeDesk
from tests.connectors.care.work.floor import Floor
from tests.connectors.gateway_world import World


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Many customers come from one address here."""
    return settings.model_copy(update={"conversations_per_minute": 0, "heartbeat_seconds": 0.2})


@pytest.fixture
def floor(world: World) -> Floor:
    """Customers and colleagues."""
    return Floor(world, FakeDesk(world.backend))
