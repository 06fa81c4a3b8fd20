"""Talks in every way of writing, and the files that customers hand in."""

from pathlib import Path

import PIL.Image
import pytest

from tests.backend.documents import bills
from tests.conversations.speech import PHRASES, Talk
from tests.running import Running


@pytest.fixture(params=sorted(PHRASES))
def talk(request: pytest.FixtureRequest, running: Running) -> Talk:
    """A new conversation, once for each way of writing."""
    return Talk(running, request.param)


@pytest.fixture
def bill(tmp_path: Path, talk: Talk) -> Path:
    """A bill of the talk's country as a PDF that nobody handed in before."""
    text = {"it": bills.ITALIAN, "rs": bills.SERBIAN_LATIN, "id": bills.INDONESIAN}[talk.phrases["market"]]
    path = tmp_path / "bill.pdf"
    path.write_bytes(bills.make_pdf(f"{text}\n{tmp_path.name} {talk.conversation_id}"))
    return path


@pytest.fixture
def photo(tmp_path: Path, talk: Talk) -> Path:
    """A photo of a paper, different every time."""
    path = tmp_path / "photo.jpg"
    image = PIL.Image.effect_noise((400, 300), 40 + hash(talk.conversation_id) % 40)
    image.save(path, quality=85)
    return path
