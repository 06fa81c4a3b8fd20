"""The desk's gateway with a directory of staff behind it."""

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from sqlalchemy.orm import Session

from connectors.settings import Settings
from tests.connectors.care.desk_world import Desk
from tests.connectors.care.happenings import Happenings
from tests.connectors.care.staff_fake import FakeStaff
from tests.connectors.gateway_world import World, alive


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Tests state happenings of days long past: the housekeeping must not forget them meanwhile."""
    return settings.model_copy(update={"transcript_days": 36500})


@pytest.fixture
def staff(world: World) -> FakeStaff:
    return FakeStaff(world.backend)


@pytest.fixture
def happen(world: World) -> Callable[[Callable[[Happenings], None]], None]:
    """Writes what a test states to have happened."""

    def write(tell: Callable[[Happenings], None]) -> None:
        with Session(world.app.state.gateway.database.engine) as session, session.begin():
            tell(Happenings(session))

    return write


@pytest_asyncio.fixture
async def desk(settings: Settings) -> AsyncIterator[Desk]:
    """The gateway with a whole directory, for the door itself."""
    desk = Desk(settings)
    async with alive(desk.app):
        yield desk
