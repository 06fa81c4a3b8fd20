"""What faults leave in the log: where they happened, never what was in hand."""

import sys

from connectors.logs import drop_local_variables


def test_the_words_of_an_error_stay_out_however_it_is_handed_over() -> None:
    for told_as in ("error", "tuple"):
        try:
            raise ValueError("Gatto!99roma")
        except ValueError as error:
            told = error if told_as == "error" else sys.exc_info()
            entry = drop_local_variables(None, "error", {"event": "broken", "exc_info": told})
        assert "Gatto" not in repr(entry)
        assert "test_logs.py" in entry["at"][0]
