"""A desk for each test."""

from collections.abc import Iterator

import pytest

from tests.connectors.handover_world import Desk


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    desk = Desk(database_url)
    yield desk
    desk.engine.dispose()
