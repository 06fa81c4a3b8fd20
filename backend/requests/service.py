"""Submitted requests as their owner may see them. Drafts are in drafts.py, submitting in submission.py."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from backend.errors import NotFound
from backend.markets.service import get_market
from backend.people.models import Person
from backend.policies.catalogue import IdUnknown, catalogue
from backend.requests.models import Request, RequestDocument
from locales.identifiers import read_request_number

MOST_LISTED = 200
# Nothing was submitted before or will be after; a day in year 1 is no moment in every time zone.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(9000, 1, 1)


def list_requests(
    session: Session,
    person: Person,
    *,
    statuses: Collection[str] = (),
    services: Collection[str] = (),
    benefit_type: str | None = None,
    member_id: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[Request]:
    """What the person submitted, newest first; raises IdUnknown. `since` and `until` are days in the person's market."""
    zone = get_market(person.market).zone
    query = select(Request).where(Request.person_id == person.id).options(joinedload(Request.member))
    if statuses:
        query = query.where(Request.status.in_(statuses))
    if benefit_type is not None:
        if benefit_type not in catalogue().benefit_type:
            raise IdUnknown(field="benefit_type")
        query = query.where(Request.service.in_(catalogue().services_of(benefit_type)))
    if services:
        if set(services) - catalogue().service.keys():
            raise IdUnknown(field="service")
        query = query.where(Request.service.in_(services))
    if member_id is not None:
        query = query.where(Request.member_id == member_id)
    if since is not None:
        query = query.where(Request.submitted_at >= datetime.combine(_clamp(since), time.min, zone))
    if until is not None:
        day_after = _clamp(until) + timedelta(days=1)
        query = query.where(Request.submitted_at < datetime.combine(day_after, time.min, zone))
    ordered = query.order_by(Request.submitted_at.desc(), Request.number).limit(MOST_LISTED)
    return list(session.scalars(ordered))


def get_request(session: Session, person: Person, number: str) -> Request:
    """The person's request, however its number was typed; raises NotFound."""
    printed = read_request_number(number)
    if printed is None:
        raise NotFound()
    request = session.scalar(
        select(Request)
        .where(Request.number == printed, Request.person_id == person.id)
        .options(
            joinedload(Request.member),
            selectinload(Request.timeline),
            selectinload(Request.documents).joinedload(RequestDocument.document),
        )
    )
    if request is None:
        raise NotFound()
    return request


def _clamp(day: date) -> date:
    return min(max(day, FIRST_DAY), LAST_DAY)
