"""Events, articles and testimonials: what is published now, for whom, and how staff changes it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta

import httpx
import pytest
import time_machine
from fastapi.testclient import TestClient
from icalendar import Calendar
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from backend.accounts.models import Consent
from backend.audit.models import AuditEntry
from backend.content.models import Article, Event, Published, Testimonial
from backend.markets.service import get_market
from backend.requests.models import Request
from tests.backend.conftest import TODAY, LogIn
from tests.backend.requests.conftest import insure
from tests.backend.test_office import office, phone

__all__ = ["insure", "office", "phone"]
TOKEN = "t" * 43
CONSENT = "/conversations/c1/consents/health-articles"
ARTICLES = "/conversations/c1/articles"


@pytest.fixture
def publish(database: sessionmaker[Session]) -> Callable[..., None]:
    def publish(model: type[Published], **values: object) -> None:
        common = {"market": "id", "language": "id", "published_from": TODAY - timedelta(days=1)}
        with database.begin() as session:
            session.add(model(**{**common, **values}))

    return publish


@pytest.fixture
def event(publish: Callable[..., None]) -> None:
    add_event(publish)


def add_event(publish: Callable[..., None], **values: object) -> None:
    common = {
        "title": "GenTalks",
        "summary": "Jantung",
        "day": TODAY + timedelta(days=3),
        "starts": time(10),
        "ends": time(11, 30),
        "online_url": "https://example.org/talk",
        "token": TOKEN,
    }
    publish(Event, **{**common, **values})


def add_article(publish: Callable[..., None], title: str, topics: str = "", **values: object) -> None:
    publish(Article, title=title, body="Badan sehat, hati senang.", topics=topics, **values)


def titles(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {item["title"] for item in answer.json()}


def test_events_to_come_are_shown_the_next_first(actions: TestClient, publish: Callable[..., None]) -> None:
    add_event(publish, title="later", day=TODAY + timedelta(days=9), token="a" * 43)
    add_event(publish, title="next", token="b" * 43)
    add_event(publish, title="over", day=TODAY - timedelta(days=1), token="c" * 43)
    add_event(publish, title="not yet published", published_from=TODAY + timedelta(days=1), token="d" * 43)
    add_event(publish, title="taken off", published_until=TODAY - timedelta(days=1), token="e" * 43)
    add_event(publish, title="elsewhere", market="it", token="f" * 43)
    shown = actions.get("/markets/id/events").json()
    assert [each["title"] for each in shown] == ["next", "later"]
    assert shown[0]["starts_at"].endswith("10:00:00+07:00")


def test_an_event_goes_into_a_calendar_in_its_own_time_zone(backend: TestClient, event: None) -> None:
    answer = backend.get(f"/calendar/{TOKEN}")
    assert answer.headers["content-type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    (entry,) = calendar.walk("VEVENT")
    starts = entry.decoded("dtstart")
    day = TODAY + timedelta(days=3)
    assert (starts.date(), starts.hour, starts.utcoffset()) == (day, 10, timedelta(hours=7))
    assert entry.decoded("dtend") - starts == timedelta(minutes=90)
    assert entry["dtstart"].params["TZID"] == "Asia/Jakarta" and calendar.walk("VTIMEZONE")
    assert str(entry["summary"]) == "GenTalks" and str(entry["location"]) == "https://example.org/talk"


def test_a_calendar_file_needs_its_link_and_the_gateway(
    backend: TestClient, actions: TestClient, publish: Callable[..., None]
) -> None:
    add_event(publish, published_until=TODAY - timedelta(days=1))
    assert backend.get(f"/calendar/{TOKEN}").status_code == 404
    assert backend.get(f"/calendar/{'u' * 43}").status_code == 404
    assert actions.get(f"/calendar/{TOKEN}").status_code == 403


def test_articles_are_general_or_on_the_topic(actions: TestClient, publish: Callable[..., None]) -> None:
    add_article(publish, "general")
    add_article(publish, "heart", "cardiology")
    add_article(publish, "teeth", "dentistry,dental")
    path = "/markets/id/articles"
    assert titles(actions.get(path, params={"language": "id"})) == {"general"}
    assert titles(actions.get(path, params={"language": "id", "topic": "ecg"})) == {"heart"}
    assert titles(actions.get(path, params={"language": "id", "topic": ["dental", "mri"]})) == {"teeth"}
    assert titles(actions.get(path, params={"language": "id", "topic": "oncology"})) == set()


def test_another_language_is_better_than_nothing(actions: TestClient, publish: Callable[..., None]) -> None:
    publish(Testimonial, author="Rina", text="Klaim saya cepat dibayar.")
    path = "/markets/id/testimonials"
    assert actions.get(path, params={"language": "it"}).json()[0]["language"] == "id"
    publish(Testimonial, author="Paolo", text="Tutto in pochi giorni.", language="it")
    assert [t["author"] for t in actions.get(path, params={"language": "it"}).json()] == ["Paolo"]
    assert actions.get("/markets/it/testimonials", params={"language": "it"}).json() == []


@pytest.fixture
def budi_online(budi: str, insure: Callable[..., str], database: sessionmaker[Session], log_in: LogIn) -> str:
    """Budi, who claimed an ECG for himself and teeth for his child."""
    policy = insure("id", "IDR", "id-kesehatan-keluarga", [budi])
    log_in("c1", "budi", "id", "id")
    return policy


@pytest.fixture
def claimed(
    budi_online: str, budi: str, add_person: Callable[..., str], database: sessionmaker[Session]
) -> None:
    child = add_person("Sari", "Santoso", "id")
    with database.begin() as session:
        for number, member, service in (("ID-1", budi, "ecg"), ("ID-2", child, "dental_cleaning")):
            session.add(
                Request(
                    number=number,
                    market="id",
                    kind="claim",
                    person_id=budi,
                    member_id=member,
                    policy_number=budi_online,
                    service=service,
                    status="submitted",
                    currency="IDR",
                )
            )


def agree(actions: TestClient, given: bool = True, key: str = "k1") -> httpx.Response:
    return actions.put(CONSENT, json={"given": given, "language": "id"}, headers={"Idempotency-Key": key})


def test_articles_fit_ones_own_claims_after_a_consent(
    actions: TestClient,
    claimed: None,
    publish: Callable[..., None],
    database: sessionmaker[Session],
    budi: str,
) -> None:
    add_article(publish, "heart", "cardiology")
    add_article(publish, "teeth", "dental,dentistry")
    refused = actions.get(ARTICLES, params={"language": "id"})
    assert (refused.status_code, refused.json()["error"]) == (409, "consent_needed")
    assert agree(actions).json()["given"] is True
    # What was claimed for the child is the child's business.
    assert titles(actions.get(ARTICLES, params={"language": "id"})) == {"heart"}
    with database() as session:
        (consent,) = session.scalars(select(Consent).where(Consent.person_id == budi)).all()
        assert (consent.kind, consent.language, consent.withdrawn_at) == ("health_articles", "id", None)
        assert consent.version and consent.given_at
        facts = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("consent%"))).all()
        assert facts == ["consent_given"]


def test_a_consent_given_twice_at_once_is_taken_back_whole(
    actions: TestClient, budi: str, log_in: LogIn, database: sessionmaker[Session]
) -> None:
    conversations = [log_in(f"c{number}", "budi", "id", "id") for number in (1, 2)]

    def give(conversation_id: str) -> int:
        return actions.put(
            CONSENT.replace("c1", conversation_id),
            json={"given": True, "language": "id"},
            headers={"Idempotency-Key": f"yes-{conversation_id}"},
        ).status_code

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(give, conversations)) == [200, 200]
    with database() as session:
        assert len(session.scalars(select(Consent).where(Consent.person_id == budi)).all()) == 1


def test_a_consent_is_taken_back_at_once_and_given_once_by_the_same_confirmation(
    actions: TestClient, budi_online: str, database: sessionmaker[Session]
) -> None:
    for _ in range(2):
        assert agree(actions).status_code == 200
    assert agree(actions, given=False, key="k2").status_code == 200
    assert actions.get(ARTICLES, params={"language": "id"}).status_code == 409
    # The confirmation from before, sent again, is no new consent.
    assert agree(actions).status_code == 200
    assert actions.get(ARTICLES, params={"language": "id"}).status_code == 409
    with database() as session:
        assert session.scalar(select(func.count()).select_from(Consent)) == 1


def test_without_a_claim_nothing_fits(
    actions: TestClient, budi_online: str, publish: Callable[..., None]
) -> None:
    add_article(publish, "general")
    agree(actions)
    assert actions.get(ARTICLES, params={"language": "id"}).json() == []


def test_nobody_logged_in_has_no_claims_to_look_at(actions: TestClient, backend: TestClient) -> None:
    backend.put("/conversations/c1", json={"market": "id", "channel": "website", "language": "id"})
    assert actions.get(ARTICLES, params={"language": "id"}).status_code == 401
    assert agree(actions).status_code == 401


# The back office

ITEM = {"market": "id", "language": "id", "published_from": TODAY.isoformat(), "published_until": ""}
FORMS = {
    "event": {
        **ITEM,
        "title": "Senam pagi",
        "summary": "Untuk segala usia",
        "day": (TODAY + timedelta(days=2)).isoformat(),
        "starts": "07:00",
        "ends": "09:00",
        "place": "Taman Menteng",
        "online_url": "",
    },
    "article": {
        **ITEM,
        "title": "Tidur nyenyak",
        "body": "Matikan layar sebelum tidur.",
        "topics": "psychology, ",
    },
    "testimonial": {**ITEM, "author": "Rina", "text": "Klaim saya cepat dibayar."},
}
MODELS: dict[str, type[Published]] = {"event": Event, "article": Article, "testimonial": Testimonial}


def only(database: sessionmaker[Session], kind: str) -> Published | None:
    with database() as session:
        return session.scalars(select(MODELS[kind])).one_or_none()


@pytest.mark.parametrize("kind", FORMS)
def test_staff_adds_changes_and_removes(
    office: TestClient, database: sessionmaker[Session], kind: str
) -> None:
    assert office.get(f"/office/{kind}/create").status_code == 200
    assert office.post(f"/office/{kind}/create", data=FORMS[kind]).status_code == 302
    item = only(database, kind)
    assert item is not None and office.get(f"/office/{kind}/list").status_code == 200
    page = office.get(f"/office/{kind}/edit/{item.id}")
    assert page.status_code == 200 and item.published_from.isoformat() in page.text
    name = "author" if kind == "testimonial" else "title"
    changed = {**FORMS[kind], name: "Yang baru"}
    assert office.post(f"/office/{kind}/edit/{item.id}", data=changed).status_code == 302
    assert getattr(only(database, kind), name) == "Yang baru"
    assert office.delete(f"/office/{kind}/delete", params={"pks": item.id}).status_code == 200
    assert only(database, kind) is None
    with database() as session:
        written = session.scalars(select(AuditEntry).where(AuditEntry.action.like("content%"))).all()
    assert [entry.action for entry in written] == ["content_added", "content_changed", "content_removed"]
    assert all(entry.actor.startswith("staff:") for entry in written)


def test_what_staff_publishes_is_what_customers_see(office: TestClient, actions: TestClient) -> None:
    office.post("/office/event/create", data=FORMS["event"])
    office.post("/office/article/create", data=FORMS["article"])
    (shown,) = actions.get("/markets/id/events").json()
    assert shown["place"] == "Taman Menteng" and len(shown["calendar"]) > 40
    found = actions.get("/markets/id/articles", params={"language": "id", "topic": "psychology_session"})
    assert found.json()[0]["topics"] == ["psychology"]


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("event", {"ends": "06:00"}),
        ("event", {"place": ""}),
        ("event", {"online_url": "javascript:alert(1)"}),
        ("event", {"day": "tomorrow"}),
        ("event", {"published_until": "2020-01-01"}),
        ("article", {"topics": "magic"}),
        ("article", {"body": "short"}),
        ("article", {"market": "xx"}),
        ("testimonial", {"language": "xx"}),
        ("testimonial", {"author": ""}),
    ],
)
def test_what_cannot_be_published_is_refused_and_nothing_typed_is_lost(
    office: TestClient, database: sessionmaker[Session], kind: str, wrong: dict[str, str]
) -> None:
    refused = office.post(f"/office/{kind}/create", data={**FORMS[kind], **wrong})
    assert refused.status_code == 400
    kept = FORMS[kind]["text" if kind == "testimonial" else "title"]
    assert kept in refused.text
    assert only(database, kind) is None


def test_a_form_of_another_site_changes_nothing(office: TestClient, database: sessionmaker[Session]) -> None:
    headers = {"origin": "https://elsewhere.example"}
    assert office.post("/office/article/create", data=FORMS["article"], headers=headers).status_code == 400
    assert only(database, "article") is None


def test_whoever_is_no_staff_changes_nothing(
    app: object, backend: TestClient, database: sessionmaker[Session]
) -> None:
    browser = TestClient(app, follow_redirects=False)  # type: ignore[arg-type]
    assert browser.post("/office/article/create", data=FORMS["article"]).status_code == 302
    assert only(database, "article") is None


def test_the_day_of_an_event_ends_with_the_event(actions: TestClient, publish: Callable[..., None]) -> None:
    add_event(publish, day=TODAY, starts=time(9), ends=time(11))
    zone = get_market("id").zone
    for clock, listed in ((time(8), 1), (time(10, 59), 1), (time(11), 0), (time(23, 59), 0)):
        with time_machine.travel(datetime.combine(TODAY, clock, zone), tick=False):
            assert len(actions.get("/markets/id/events").json()) == listed, clock
