"""When CARE's people are there: hours, breaks, Saturdays, public holidays and time zones, all from the packs."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
import yaml
from fastapi.testclient import TestClient

from backend.markets import service
from backend.markets.schema import MarketPack
from backend.markets.service import FOLDER, load_markets

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Ask = Callable[[str, str], dict[str, Any]]


@pytest.fixture
def care_at(backend: TestClient) -> Ask:
    """`care_at("it", "2026-11-20T12:00Z")`: what is answered at that moment."""

    def ask(market: str, moment: str) -> dict[str, Any]:
        with time_machine.travel(datetime.fromisoformat(moment), tick=False):
            answer = backend.get(f"/markets/{market}/care-hours")
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said

    return ask


@pytest.fixture
def pack_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[dict[str, Any]], MarketPack]]:
    """Puts a changed `care` into the Italian pack, for as long as the test runs."""

    def change(care: dict[str, Any]) -> MarketPack:
        content = yaml.safe_load((FOLDER / "it.yml").read_text(encoding="utf-8"))
        content["care"] |= care
        (tmp_path / "it.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
        packs = load_markets(tmp_path)
        monkeypatch.setattr(service, "load_markets", lambda: packs)
        return packs["it"]

    yield change


def opened(closes_at: str | None) -> dict[str, Any]:
    return {"open": True, "closes_at": closes_at, "opens_at": None, "holiday": None}


def closed(opens_at: str | None, holiday: str | None = None) -> dict[str, Any]:
    return {"open": False, "closes_at": None, "opens_at": opens_at, "holiday": holiday}


@pytest.mark.parametrize(
    ("market", "moment", "said"),
    [
        # A Friday in Rome (UTC+1): 08:00–20:00.
        ("it", "2026-11-20T06:59:59Z", closed("2026-11-20T07:00:00Z")),
        ("it", "2026-11-20T07:00:00Z", opened("2026-11-20T19:00:00Z")),
        ("it", "2026-11-20T18:59:59Z", opened("2026-11-20T19:00:00Z")),
        ("it", "2026-11-20T19:00:00Z", closed("2026-11-21T08:00:00Z")),
        # Saturday 09:00–13:00, then Monday.
        ("it", "2026-11-21T11:59:00Z", opened("2026-11-21T12:00:00Z")),
        ("it", "2026-11-21T12:00:00Z", closed("2026-11-23T07:00:00Z")),
        # The same clock in summer is another moment, and the next opening after the change of the clocks.
        ("it", "2026-07-20T06:00:00Z", opened("2026-07-20T18:00:00Z")),
        ("it", "2026-10-24T12:00:00Z", closed("2026-10-26T07:00:00Z")),
        # Christmas in Rome is a Friday, and Saint Stephen's a Saturday.
        ("it", "2026-12-25T10:00:00Z", closed("2026-12-28T07:00:00Z", "Natale")),
        ("it", "2026-12-24T19:30:00Z", closed("2026-12-28T07:00:00Z")),
        # Christmas is a working day in Belgrade: theirs is in January.
        ("rs", "2026-12-25T10:00:00Z", opened("2026-12-25T19:00:00Z")),
        ("rs", "2026-01-07T10:00:00Z", closed("2026-01-08T07:00:00Z", "Божић")),
        # Orthodox Easter Monday, after Good Friday.
        ("rs", "2026-04-13T10:00:00Z", closed("2026-04-14T06:00:00Z", "Други дан Васкрса")),
        ("rs", "2026-04-09T18:30:00Z", closed("2026-04-14T06:00:00Z")),
        ("it", "2026-04-13T10:00:00Z", opened("2026-04-13T18:00:00Z")),
        # Jakarta is UTC+7: eight in the evening of Thursday in London is Friday there.
        ("id", "2026-11-19T20:00:00Z", closed("2026-11-20T01:00:00Z")),
        ("id", "2026-11-20T01:00:00Z", opened("2026-11-20T10:00:00Z")),
        ("id", "2026-11-20T10:00:00Z", closed("2026-11-23T01:00:00Z")),
        # Idul Fitri 1447 is a weekend in 2026, so the year before: 31 March and 1 April.
        ("id", "2025-03-31T02:00:00Z", closed("2025-04-02T01:00:00Z", "Hari Raya Idul Fitri")),
        ("id", "2026-03-21T02:00:00Z", closed("2026-03-23T01:00:00Z", "Hari Raya Idul Fitri")),
        # The day is the market's: late on 24 December in UTC it is Christmas in Jakarta.
        ("id", "2026-12-24T18:00:00Z", closed("2026-12-28T01:00:00Z", "Hari Raya Natal")),
        # Over New Year's Eve the next year's holidays are known.
        ("it", "2026-12-31T19:30:00Z", closed("2027-01-02T08:00:00Z")),
    ],
)
def test_care_is_there_when_the_pack_says_so(
    care_at: Ask, market: str, moment: str, said: dict[str, Any]
) -> None:
    assert care_at(market, moment) == said


def test_a_day_may_have_a_break(care_at: Ask, pack_with: Callable[..., MarketPack]) -> None:
    pack_with(
        {
            # The later one first: the order in the pack does not count.
            "hours": [
                {"days": ["mon"], "opens": "14:30", "closes": "18:00"},
                {"days": ["mon"], "opens": "09:00", "closes": "13:00"},
            ]
        }
    )
    assert care_at("it", "2026-11-23T11:00:00Z") == opened("2026-11-23T12:00:00Z")
    assert care_at("it", "2026-11-23T12:00:00Z") == closed("2026-11-23T13:30:00Z")
    assert care_at("it", "2026-11-23T13:30:00Z") == opened("2026-11-23T17:00:00Z")
    assert care_at("it", "2026-11-23T17:00:00Z") == closed("2026-11-30T08:00:00Z")


def test_care_may_be_there_day_and_night(care_at: Ask, pack_with: Callable[..., MarketPack]) -> None:
    pack_with(
        {
            "hours": [{"days": EVERY_DAY, "opens": "00:00", "closes": "00:00"}],
            "holidays": {"country": "IT", "closed_on_holidays": False},
        }
    )
    assert care_at("it", "2026-12-25T02:00:00Z") == opened(None)


def test_a_span_may_go_on_over_midnight(care_at: Ask, pack_with: Callable[..., MarketPack]) -> None:
    pack_with(
        {
            "hours": [
                {"days": ["fri"], "opens": "20:00", "closes": "00:00"},
                {"days": ["sat"], "opens": "00:00", "closes": "02:00"},
            ]
        }
    )
    assert care_at("it", "2026-11-20T22:30:00Z") == opened("2026-11-21T01:00:00Z")
    assert care_at("it", "2026-11-20T23:30:00Z") == opened("2026-11-21T01:00:00Z")


def test_a_subdivision_and_days_of_our_own_are_kept(
    care_at: Ask, pack_with: Callable[..., MarketPack]
) -> None:
    pack_with(
        {
            "holidays": {
                "country": "IT",
                "subdivision": "MI",
                "extra": {datetime(2026, 12, 24, tzinfo=UTC).date(): "Vigilia di Natale"},
            }
        }
    )
    # Saint Ambrose is kept in Milan alone, and the Immaculate Conception is the day after.
    assert care_at("it", "2026-12-07T10:00:00Z") == closed("2026-12-09T07:00:00Z", "Sant'Ambrogio")
    assert care_at("it", "2026-12-24T10:00:00Z") == closed("2026-12-28T07:00:00Z", "Vigilia di Natale")


def test_nothing_in_sight_is_said(care_at: Ask, pack_with: Callable[..., MarketPack]) -> None:
    days = {datetime(2026, 11, day, tzinfo=UTC).date(): "Chiusura" for day in range(1, 31)}
    december = {datetime(2026, 12, day, tzinfo=UTC).date(): "Chiusura" for day in range(1, 32)}
    pack_with({"holidays": {"country": "IT", "extra": days | december}})
    assert care_at("it", "2026-11-20T10:00:00Z") == closed(None, "Chiusura")


@pytest.mark.parametrize(
    ("as_set", "moment", "said"),
    [
        ("always", "2026-12-25T02:00:00Z", opened(None)),
        # Friday at noon: closed, as if it were evening.
        ("never", "2026-11-20T11:00:00Z", closed("2026-11-21T08:00:00Z")),
        ("never", "2026-12-25T11:00:00Z", closed("2026-12-28T07:00:00Z", "Natale")),
    ],
)
def test_to_try_things_out_the_time_of_day_does_not_count(
    backend: TestClient, care_at: Ask, as_set: str, moment: str, said: dict[str, Any]
) -> None:
    app: Any = backend.app
    app.state.settings = app.state.settings.model_copy(update={"care_hours": as_set})
    assert care_at("it", moment) == said


@pytest.mark.parametrize(
    ("care", "reason"),
    [
        ({"holidays": {"country": "QQ"}}, "QQ"),
        ({"holidays": {"country": "IT", "subdivision": "Atlantis"}}, "Atlantis"),
        ({"holidays": {"country": "IT", "open": True}}, "open"),
        ({"hours": [{"days": ["mon"], "opens": "17:00", "closes": "08:00"}]}, "closes before it opens"),
    ],
)
def test_wrong_hours_stop_the_start(
    pack_with: Callable[..., MarketPack], care: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        pack_with(care)


def test_the_dialogue_may_ask_and_an_unknown_market_is_not_found(actions: TestClient) -> None:
    assert actions.get("/markets/rs/care-hours").status_code == 200
    assert actions.get("/markets/xx/care-hours").json() == {"error": "not_found", "detail": {}}
