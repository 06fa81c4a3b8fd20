"""Known happenings give known figures: on the right day of the market, in the right group, counted once."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connectors.core.handover.days import days_between
from connectors.core.handover.models import Handover, PastContacts, PastHandover
from connectors.core.handover.past_figures import forget_figures, keep_contacts
from connectors.core.handover.reporting import (
    Figures,
    Place,
    group,
    list_requests,
    median,
    nine_of_ten,
    read_contacts,
)
from connectors.core.models import TranscriptMessage
from connectors.core.retention import forget_old
from connectors.database import create_database_engine
from tests.connectors.care.happenings import Happenings, at

EVER = at("2000-01-01 00:00")
ROME, JAKARTA = "Europe/Rome", "Asia/Jakarta"


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_database_engine(database_url)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture
def happened(session: Session) -> Happenings:
    return Happenings(session)


def figures(
    session: Session, first: str, last: str, market: str = "it", timezone: str = ROME
) -> dict[Place, Figures]:
    days = days_between(date.fromisoformat(first), date.fromisoformat(last), timezone)
    return group(
        read_contacts(session, market, days, EVER),
        list_requests(session, market, days, timezone),
        lambda place: place,
    )


def by_day(session: Session, first: str, last: str, **market: str) -> dict[str, Figures]:
    return {place.day.isoformat(): one for place, one in figures(session, first, last, **market).items()}


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)]
)
def test_a_day_is_as_long_as_its_clock_says(day, hours):
    one = date.fromisoformat(day)
    (found,) = days_between(one, one, ROME)
    assert found.ends_at - found.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24", "2026-12-31"])
def test_days_leave_no_gap_and_do_not_overlap(day):
    first = date.fromisoformat(day)
    days = days_between(first, first + timedelta(days=3), ROME)
    assert [one.date for one in days] == [first + timedelta(days=n) for n in range(4)]
    assert all(one.ends_at == other.starts_at for one, other in pairwise(days))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        # Winter time: Rome is an hour ahead of UTC.
        ("2026-03-27 22:59", "2026-03-27"),
        ("2026-03-27 23:00", "2026-03-28"),
        # The night the clock is put forward: midnight before is +1, midnight after is +2.
        ("2026-03-28 22:59", "2026-03-28"),
        ("2026-03-28 23:00", "2026-03-29"),
        ("2026-03-29 21:59", "2026-03-29"),
        ("2026-03-29 22:00", "2026-03-30"),
        # And back.
        ("2026-10-24 21:59", "2026-10-24"),
        ("2026-10-24 22:00", "2026-10-25"),
        ("2026-10-25 22:59", "2026-10-25"),
        ("2026-10-25 23:00", "2026-10-26"),
    ],
)
def test_contacts_and_wishes_fall_on_the_markets_day(session, happened, written, day):
    happened.conversation("c")
    happened.wrote("c", written)
    happened.handover("c", written)
    around = by_day(session, *(str(date.fromisoformat(day) + timedelta(days=d)) for d in (-2, 2)))
    assert {one: (f.contacts, len(f.requests)) for one, f in around.items()} == {day: (1, 1)}


def test_markets_have_midnight_at_their_own_time(session, happened):
    for market in ("it", "id"):
        happened.conversation(market, market=market, language=market)
        happened.wrote(market, "2026-05-04 18:00")
    assert list(by_day(session, "2026-05-01", "2026-05-09")) == ["2026-05-04"]
    in_jakarta = by_day(session, "2026-05-01", "2026-05-09", market="id", timezone=JAKARTA)
    assert list(in_jakarta) == ["2026-05-05"]


def test_a_contact_is_a_conversation_and_a_day_however_much_was_written(session, happened):
    happened.conversation("c")
    happened.wrote("c", "2026-05-04 08:00", "2026-05-04 08:01", "2026-05-04 20:00", "2026-05-05 08:00")
    happened.conversation("silent")
    happened.wrote("silent", "2026-05-04 08:00", author="bot")
    happened.wrote("silent", "2026-05-04 09:00", author="agent")
    found = by_day(session, "2026-05-04", "2026-05-05")
    assert {day: one.contacts for day, one in found.items()} == {"2026-05-04": 1, "2026-05-05": 1}


def test_figures_stand_under_their_language_and_channel(session, happened):
    happened.conversation("a", language="it", channel="website")
    happened.conversation("b", language="sr", channel="telegram")
    happened.conversation("c", language="sr", channel="telegram")
    happened.conversation("d", market="rs", language="sr", channel="telegram")
    for name in "abcd":
        happened.wrote(name, "2026-05-04 08:00")
    happened.handover("b", "2026-05-04 08:01")
    found = figures(session, "2026-05-04", "2026-05-04")
    day = date(2026, 5, 4)
    assert {place: (one.contacts, one.by_bot, len(one.live)) for place, one in found.items()} == {
        Place(day, "it", "it", "website"): (1, 1, 0),
        Place(day, "it", "sr", "telegram"): (2, 1, 1),
    }


@pytest.mark.parametrize(
    ("case", "by_bot"),
    [
        # Days on which the customer wrote, 4 to 8 May, that the assistant solved alone.
        ({"requested": "2026-05-06 09:00", "taken": 60, "ended": 600}, [4, 5, 7, 8]),
        ({"requested": "2026-05-06 09:00", "ended": 600}, [4, 5, 7, 8]),
        ({"requested": "2026-05-05 09:00", "taken": 60, "ended": 2 * 86400}, [4, 8]),
        ({"requested": "2026-05-06 09:00", "taken": 60}, [4, 5]),
        ({"requested": "2026-05-06 09:00"}, [4, 5]),
        # A message left: the day it was left, and those on which somebody had it.
        ({"requested": "2026-05-05 09:00", "kind": "message"}, [4, 6, 7, 8]),
        (
            {
                "requested": "2026-05-05 09:00",
                "kind": "message",
                "taken": 2 * 86400,
                "ended": 2 * 86400 + 600,
            },
            [4, 6, 8],
        ),
    ],
)
def test_the_assistant_solved_what_nobody_else_had_a_part_in(session, happened, case, by_bot):
    happened.conversation("c")
    happened.wrote("c", *(f"2026-05-0{day} 08:00" for day in range(4, 9)))
    happened.handover("c", **case)
    found = by_day(session, "2026-05-04", "2026-05-08")
    assert [int(day[-2:]) for day, one in sorted(found.items()) if one.by_bot] == by_bot
    assert all(one.by_bot_share == one.by_bot for one in found.values())


def test_two_handovers_of_a_day_are_one_contact_and_two_wishes(session, happened):
    happened.conversation("c")
    happened.wrote("c", "2026-05-04 08:00")
    happened.handover("c", "2026-05-04 08:00", taken=10, ended=60)
    happened.handover("c", "2026-05-04 10:00", taken=10, ended=60)
    (one,) = figures(session, "2026-05-04", "2026-05-04").values()
    assert (one.contacts, one.with_person, one.by_bot, len(one.live)) == (1, 1, 0, 2)


def test_waiting_handling_and_ratings_are_what_they_were(session, happened):
    for number, (taken, answered, ended, rating) in enumerate(
        [
            (30, 50, 330, 5),
            (90, 100, 690, None),
            (600, 660, 1800, 2),
            (None, None, 45, None),
            (None, None, None, None),
        ]
    ):
        name = happened.conversation(f"c{number}")
        happened.handover(
            name, "2026-05-04 08:00", taken=taken, answered=answered, ended=ended, rating=rating,
            outcome=None if ended is None else "solved" if taken else "left_queue",
        )  # fmt: skip
    message = happened.conversation("m")
    happened.handover(
        message, "2026-05-04 08:00", taken=40000, answered=40100, ended=40200, kind="message", reason="message",
        outcome="called_back",
    )  # fmt: skip
    (one,) = figures(session, "2026-05-04", "2026-05-04").values()
    assert (len(one.live), one.taken, one.left, one.waiting, one.messages) == (5, 3, 1, 1, 1)
    assert sorted(one.waits) == [30, 90, 600]
    assert (median(one.waits), nine_of_ten(one.waits)) == (90, 600)
    assert sorted(one.answers) == [50, 100, 660]
    # Handled were the message too, and not whoever left the queue.
    assert sorted(one.handlings) == [200, 300, 600, 1200]
    assert median(one.handlings) == 450
    assert (sorted(one.ratings), one.rating) == ([2, 5], 3.5)
    assert one.reasons == {"asked": 5, "message": 1}
    assert one.outcomes == {"solved": 3, "left_queue": 1, "called_back": 1}


def test_groups_add_up_to_the_whole(session, happened):
    for number in range(12):
        language, channel = ("it", "sr")[number % 2], ("website", "telegram", "whatsapp")[number % 3]
        name = happened.conversation(f"c{number}", language=language, channel=channel)
        happened.wrote(name, f"2026-05-{1 + number:02} 08:00", f"2026-05-{2 + number:02} 08:00")
        happened.handover(name, f"2026-05-{1 + number:02} 09:00", taken=number * 10, ended=number * 100)
    days = days_between(date(2026, 5, 1), date(2026, 5, 31), ROME)
    contacts, requests = read_contacts(session, "it", days, EVER), list_requests(session, "it", days, ROME)
    for part in ("day", "market", "language", "channel"):
        groups = group(contacts, requests, lambda place, part=part: getattr(place, part)).values()
        assert sum(one.contacts for one in groups) == 24
        assert sum(one.with_person for one in groups) == 12
        assert sorted(wait for one in groups for wait in one.waits) == [10 * n for n in range(12)]


def test_a_wish_belongs_to_the_day_it_was_made_also_when_it_was_answered_the_next(session, happened):
    happened.conversation("c")
    happened.handover("c", "2026-05-04 21:50", taken=1200, ended=1800)
    found = by_day(session, "2026-05-03", "2026-05-06")
    assert {day: one.waits for day, one in found.items()} == {"2026-05-04": [1200]}


@pytest.mark.parametrize(
    ("seconds", "middle", "most"),
    [
        ([], None, None),
        ([7], 7, 7),
        ([1, 3], 2, 3),
        (list(range(1, 11)), 5.5, 9),
        (list(range(1, 12)), 6, 10),
    ],
)
def test_middles_are_right_for_few_and_many(seconds, middle, most):
    assert (median(seconds), nine_of_ten(seconds)) == (middle, most)


def test_nothing_is_nothing_and_divides_by_nothing():
    nothing = Figures()
    assert (nothing.by_bot_share, nothing.rating, nothing.waits, nothing.left) == (None, None, [], 0)


def everything(session: Session, whole_since: datetime = EVER) -> dict[Place, tuple[object, ...]]:
    days = days_between(date(2026, 4, 1), date(2026, 6, 10), ROME)
    found = group(
        read_contacts(session, "it", days, whole_since),
        list_requests(session, "it", days, ROME),
        lambda place: place,
    )
    return {
        place: (
            one.contacts,
            one.with_person,
            sorted(one.requests, key=str),
        )
        for place, one in found.items()
    }


def a_spring(happened: Happenings) -> None:
    for number in range(30):
        language, channel = ("it", "sr")[number % 2], ("website", "telegram")[number // 2 % 2]
        name = happened.conversation(f"c{number}", language=language, channel=channel)
        happened.wrote(name, f"2026-05-{1 + number:02} 22:30", f"2026-05-{1 + number:02} 08:00")
        if number % 3 == 0:
            happened.handover(
                name, f"2026-05-{1 + number:02} 22:40", taken=number * 10, answered=number * 11, ended=7000,
                rating=1 + number % 5, outcome="solved", kind="message" if number % 2 else "live",
            )  # fmt: skip


def test_what_is_forgotten_leaves_its_figures(session, happened):
    a_spring(happened)
    before = everything(session)
    now = at("2026-06-10 09:00")
    old = now - timedelta(days=20)
    keep_contacts(session, "it", ROME, now, at("2026-04-01 00:00"))
    while forget_old(session, now, old):
        pass
    assert everything(session, old) == before
    assert len(session.scalars(select(Handover)).all()) == 3
    assert session.scalar(select(func.min(TranscriptMessage.at))) >= old
    # Counted again, and forgotten to the end: still the same.
    keep_contacts(session, "it", ROME, now, old)
    while forget_old(session, now, now):
        pass
    assert everything(session, now) == before
    assert session.scalars(select(Handover)).all() == []


def test_a_day_whose_transcript_is_not_whole_is_not_counted_in_part(session, happened):
    a_spring(happened)
    now, whole_since = at("2026-06-10 09:00"), at("2026-05-20 12:00")
    days = {place.day for place, (contacts, *_) in everything(session, whole_since).items() if contacts}
    assert min(days) == date(2026, 5, 21)
    keep_contacts(session, "it", ROME, now, whole_since)
    assert session.scalar(select(func.min(PastContacts.day))) == date(2026, 5, 21)


def test_today_is_not_counted_before_it_is_over(session, happened):
    happened.conversation("c")
    happened.wrote("c", "2026-05-04 08:00")
    keep_contacts(session, "it", ROME, at("2026-05-04 21:59"), EVER)
    assert session.scalars(select(PastContacts)).all() == []
    happened.conversation("d")
    happened.wrote("d", "2026-05-04 21:59")
    keep_contacts(session, "it", ROME, at("2026-05-04 22:00"), EVER)
    (day,) = session.scalars(select(PastContacts))
    assert (day.day, day.contacts) == (date(2026, 5, 4), 2)


def test_a_day_without_contacts_is_counted_once_and_shows_nothing(session, happened):
    happened.conversation("c")
    happened.wrote("c", "2026-05-04 08:00", "2026-05-06 08:00")
    now = at("2026-05-07 09:00")
    keep_contacts(session, "it", ROME, now, EVER)
    kept = [(row.day.day, row.contacts) for row in session.scalars(select(PastContacts))]
    assert sorted(kept) == [(4, 1), (5, 0), (6, 1)]
    # What would be counted now is not looked for any more.
    happened.wrote("c", "2026-05-05 08:00")
    keep_contacts(session, "it", ROME, now, EVER)
    assert [day for day, one in by_day(session, "2026-05-01", "2026-05-07").items() if one.contacts] == [
        "2026-05-04",
        "2026-05-06",
    ]


def test_figures_are_forgotten_in_their_time_too(session, happened):
    a_spring(happened)
    now = at("2026-06-10 09:00")
    keep_contacts(session, "it", ROME, now, EVER)
    while forget_old(session, now, now):
        pass
    forget_figures(session, date(2026, 5, 15))
    assert session.scalar(select(func.min(PastContacts.day))) == date(2026, 5, 15)
    assert session.scalar(select(func.min(PastHandover.requested_at))) >= at("2026-05-15 00:00")
    forget_figures(session, date(2027, 5, 15))
    assert session.scalars(select(PastHandover)).all() == session.scalars(select(PastContacts)).all() == []


def test_what_is_kept_leads_to_nobody():
    kept = {column.name for table in (PastContacts, PastHandover) for column in table.__table__.columns}
    assert not {name for name in kept if "agent" in name or "conversation" in name or "note" in name}
    assert not kept & {"facts", "callback", "text"}
