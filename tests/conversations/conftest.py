"""Talks in every way of writing, and the files that customers hand in."""

from pathlib import Path

import pytest

from tests.conversations.papers import make_bill, make_photo
from tests.conversations.speech import PHRASES, Talk
from tests.running import Running


@pytest.fixture(params=sorted(PHRASES))
def talk(request: pytest.FixtureRequest, running: Running) -> Talk:
    """A new conversation, once for each way of writing."""
    return Talk(running, request.param)


@pytest.fixture
def bill(tmp_path: Path, talk: Talk) -> Path:
    """A bill of the talk's country as a PDF that nobody handed in before."""
    return make_bill(tmp_path, talk.phrases["market"], talk.conversation_id)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo of a paper, different every time."""
    return make_photo(tmp_path)
