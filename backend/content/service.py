"""Events, articles and testimonials that are published now, and the consent behind articles chosen by claims."""

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime

from icalendar import Calendar
from icalendar import Event as CalendarEntry
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from backend.accounts.models import Consent
from backend.audit.service import record
from backend.content.models import Article, Event, Published, Testimonial
from backend.database import utc_now
from backend.errors import Fault, NotFound
from backend.markets.service import get_market, today_in
from backend.people.models import Person
from backend.people.profile import lock_person
from backend.policies.catalogue import catalogue
from backend.requests.service import list_requests

CONSENT, CONSENT_VERSION = "health_articles", "2026-11"
MOST_SHOWN = 6


class ConsentNeeded(Fault):
    """Articles are chosen by claims only for somebody who agreed to that."""

    status = 409
    code = "consent_needed"


def list_events(session: Session, market: str) -> list[Event]:
    """Events that are not over, the next one first; each says its language."""
    now = datetime.now(get_market(market).zone)
    events = session.scalars(
        _published(Event, market).where(Event.day >= now.date()).order_by(Event.day, Event.starts, Event.id)
    ).all()
    coming = [event for event in events if (event.day, event.ends) > (now.date(), now.time())]
    return coming[:MOST_SHOWN]


def calendar_of(session: Session, token: str) -> bytes:
    """The event behind a link as an iCalendar file, in the time zone of its market. Raises NotFound."""
    event = session.scalar(select(Event).where(Event.token == token))
    if event is None or event not in session.scalars(_published(Event, event.market)).all():
        raise NotFound()
    zone = get_market(event.market).zone
    entry = CalendarEntry()
    entry.add("uid", f"{event.id}@care")
    entry.add("dtstamp", utc_now())
    entry.add("dtstart", datetime.combine(event.day, event.starts, zone))
    entry.add("dtend", datetime.combine(event.day, event.ends, zone))
    entry.add("summary", event.title)
    entry.add("description", "\n".join(filter(None, (event.summary, event.online_url))))
    if event.place or event.online_url:
        entry.add("location", event.place or event.online_url)
    if event.online_url:
        entry.add("url", event.online_url)
    calendar = Calendar()
    calendar.add("prodid", "-//CARE//events//")
    calendar.add("version", "2.0")
    calendar.add_component(entry)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def list_articles(session: Session, market: str, language: str, topics: Sequence[str] = ()) -> list[Article]:
    """The newest articles on any of the topics; general ones where no topic is given."""
    wanted = _related(topics)
    articles = [
        article
        for article in session.scalars(
            _published(Article, market).order_by(Article.published_from.desc(), Article.id)
        )
        if (wanted & topics_of(article) if wanted else not topics_of(article))
    ]
    return in_language(articles, language)[:MOST_SHOWN]


def articles_for(session: Session, person: Person, language: str) -> list[Article]:
    """Articles that fit what the person claimed for themselves, none without a claim. Raises ConsentNeeded."""
    if consent_of(session, person) is None:
        raise ConsentNeeded()
    claimed = {
        request.service
        for request in list_requests(session, person, member_id=person.id)
        if request.service is not None
    }
    return list_articles(session, person.market, language, sorted(claimed)) if claimed else []


def list_testimonials(session: Session, market: str, language: str) -> list[Testimonial]:
    """The newest first."""
    found = session.scalars(
        _published(Testimonial, market).order_by(Testimonial.published_from.desc(), Testimonial.id)
    ).all()
    return in_language(found, language)[:MOST_SHOWN]


def consent_of(session: Session, person: Person) -> Consent | None:
    """The consent in today's version that was not taken back."""
    return session.scalar(
        select(Consent).where(
            Consent.person_id == person.id,
            Consent.kind == CONSENT,
            Consent.version == CONSENT_VERSION,
            Consent.withdrawn_at.is_(None),
        )
    )


def set_consent(session: Session, person: Person, conversation_id: str, given: bool, language: str) -> None:
    """Give the consent or take it back; what holds already is left as it is."""
    # Given in two conversations at once it would be two, of which one would be taken back.
    lock_person(session, person.id)
    known = consent_of(session, person)
    if (known is not None) == given:
        return
    if known is not None:
        known.withdrawn_at = utc_now()
    else:
        session.add(
            Consent(
                id=uuid.uuid4().hex,
                person_id=person.id,
                kind=CONSENT,
                version=CONSENT_VERSION,
                language=language,
            )
        )
    record(
        session,
        actor=f"person:{person.id}",
        action="consent_given" if given else "consent_withdrawn",
        subject=f"person:{person.id}",
        conversation_id=conversation_id,
        details={"kind": CONSENT, "version": CONSENT_VERSION},
    )


def new_token() -> str:
    """The unguessable part of a link."""
    return secrets.token_urlsafe(32)


def topics_of(article: Article) -> set[str]:
    """The ids an article is about."""
    return {topic.strip() for topic in article.topics.split(",") if topic.strip()}


def in_language[T: Published](items: Sequence[T], language: str) -> list[T]:
    """Those in the language; where there are none, all of them: better another language than nothing."""
    return [item for item in items if item.language == language] or list(items)


def _related(topics: Sequence[str]) -> set[str]:
    """A service stands for its specialty too: who had an X-ray of a knee may read about orthopaedics."""
    services = catalogue().service
    return {*topics, *(services[topic].specialty for topic in topics if topic in services)}


def _published[T: Published](model: type[T], market: str) -> Select[T]:
    today = today_in(market)
    return select(model).where(
        model.market == market,
        model.published_from <= today,
        or_(model.published_until.is_(None), model.published_until >= today),
    )
