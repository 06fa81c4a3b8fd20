"""Changes of content by staff: checked, with a message for whoever typed it, and audited in one transaction."""

import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator
from sqlalchemy.orm import Session

from backend.audit.service import record
from backend.content.models import Article, Event, Published, Testimonial
from backend.content.service import new_token
from backend.markets.service import list_markets
from backend.policies.catalogue import catalogue


class ContentRefused(ValueError):
    """What was typed cannot be published; the message says which field and why."""


def _one_of(what: str, known: list[str]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"no {what} of ours: {', '.join(known)}")
        return value

    return AfterValidator(check)


def _topics(value: str) -> str:
    ids = catalogue()
    known = {*ids.service, *ids.specialty, *ids.benefit_type}
    topics = [topic.strip() for topic in value.split(",") if topic.strip()]
    if unknown := sorted(set(topics) - known):
        raise ValueError(f"not in the catalogue: {', '.join(unknown)}")
    return ",".join(dict.fromkeys(topics))


def _web_address(value: str) -> str:
    return str(HttpUrl(value))


class _Published(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    market: Annotated[str, _one_of("market", list_markets())]
    language: Annotated[str, _one_of("language", list(catalogue().language))]
    published_from: datetime.date
    published_until: datetime.date | None = None

    @model_validator(mode="after")
    def end_after_beginning(self) -> "_Published":
        if self.published_until is not None and self.published_until < self.published_from:
            raise ValueError("it would end before it is published")
        return self


class _Event(_Published):
    title: str = Field(min_length=3, max_length=160)
    summary: str = Field(min_length=3, max_length=1000)
    day: datetime.date
    starts: datetime.time
    ends: datetime.time
    place: str | None = Field(default=None, max_length=200)
    online_url: Annotated[str, Field(max_length=300), AfterValidator(_web_address)] | None = None

    @model_validator(mode="after")
    def can_be_attended(self) -> "_Event":
        if self.ends <= self.starts:
            raise ValueError("it would end before it starts")
        if not self.place and not self.online_url:
            raise ValueError("a place or an address on the web is needed")
        return self


class _Article(_Published):
    title: str = Field(min_length=3, max_length=160)
    body: str = Field(min_length=20, max_length=3000)
    topics: Annotated[str, AfterValidator(_topics), Field(max_length=300)] = ""


class _Testimonial(_Published):
    author: str = Field(min_length=2, max_length=80)
    text: str = Field(min_length=10, max_length=1000)


FORMS: dict[type[Published], type[_Published]] = {
    Event: _Event,
    Article: _Article,
    Testimonial: _Testimonial,
}


def save(
    session: Session, model: type[Published], item_id: str | None, typed: dict[str, Any], actor: str
) -> Published:
    """A new item, or the item with what was typed; raises ContentRefused."""
    # An empty field of a form is nothing; what must be there is missed by name.
    given = {name: value for name, value in typed.items() if value not in (None, "")}
    try:
        values = FORMS[model](**given).model_dump()
    except ValidationError as error:
        facts = [(".".join(map(str, fact["loc"])), fact["msg"]) for fact in error.errors()]
        raise ContentRefused("; ".join(f"{where}: {why}" if where else why for where, why in facts)) from None
    item = session.get(model, item_id) if item_id else None
    if item_id and item is None:
        raise ContentRefused("It was removed meanwhile.")
    changed = "content_changed" if item else "content_added"
    if item is None:
        item = model(**({"token": new_token()} if model is Event else {}))
        session.add(item)
    for name, value in values.items():
        setattr(item, name, value)
    session.flush()
    _record(session, changed, item, actor)
    return item


def remove(session: Session, model: type[Published], item_id: str, actor: str) -> None:
    """Removes it, if it is there."""
    item = session.get(model, item_id)
    if item is not None:
        _record(session, "content_removed", item, actor)
        session.delete(item)


def _record(session: Session, action: str, item: Published, actor: str) -> None:
    kind = type(item).__name__.lower()
    record(session, actor=actor, action=action, subject=f"{kind}:{item.id}", details={"market": item.market})
