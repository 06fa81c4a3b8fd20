"""A bill sent before its turn: the service it names is offered, and taken with a yes."""

from pathlib import Path

import pytest

from tests.backend.documents import bills
from tests.conversations.claiming import fill_in, start_claim
from tests.conversations.papers import make_photo
from tests.conversations.speech import Talk
from tests.running import Running

pytestmark = pytest.mark.slow
BILLS = {"it": bills.ITALIAN, "sr-ascii": bills.SERBIAN}


@pytest.mark.parametrize("column", BILLS)
def test_the_service_of_a_bill_is_offered_when_it_is_asked_for(
    running: Running, tmp_path: Path, column: str
) -> None:
    talk = Talk(running, column)
    bill = tmp_path / "bill.pdf"
    bill.write_bytes(bills.make_pdf(f"{BILLS[column]}\n{talk.conversation_id}"))
    answer = fill_in(talk, start_claim(talk), bill, make_photo(tmp_path), until="service")
    answer = talk.upload(bill)
    talk.expect(answer, "file_kept_for_later")
    talk.expect(answer, "suggestion_from_document")
    assert talk.open_question(answer) == "service", answer
    answer = talk.tell("yes")
    assert talk.open_question(answer) not in {None, "service"}, answer
    answer = fill_in(talk, answer, bill, make_photo(tmp_path), until="expense_document")
    talk.expect(talk.tell("stop"), "draft_kept")
