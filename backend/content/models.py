"""What the insurer publishes: events, health articles, testimonials."""

from datetime import date, time

from sqlalchemy import Date, String, Text, Time
from sqlalchemy.orm import Mapped, mapped_column

from backend.database import Base
from backend.people.models import new_id


class Published:
    """What every kind of content has: whose it is, in which language, and the days on which it is shown."""

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    market: Mapped[str] = mapped_column(String(2), index=True)
    language: Mapped[str] = mapped_column(String(2))
    published_from: Mapped[date] = mapped_column(Date)
    published_until: Mapped[date | None] = mapped_column(Date)


class Event(Published, Base):
    """Something to attend, at a place, online or both; times are the market's own."""

    __tablename__ = "events"

    title: Mapped[str] = mapped_column(String(160))
    summary: Mapped[str] = mapped_column(Text)
    day: Mapped[date] = mapped_column(Date)
    starts: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    place: Mapped[str | None] = mapped_column(String(200))
    online_url: Mapped[str | None] = mapped_column(String(300))
    # The unguessable part of the link to the calendar file.
    token: Mapped[str] = mapped_column(String(43), unique=True)


class Article(Published, Base):
    """Something to read; `topics` are ids of the catalogue, separated by commas, none for a general one."""

    __tablename__ = "articles"

    title: Mapped[str] = mapped_column(String(160))
    body: Mapped[str] = mapped_column(Text)
    topics: Mapped[str] = mapped_column(String(300), default="")


class Testimonial(Published, Base):
    """What a customer let us publish, under the name the customer chose."""

    __tablename__ = "testimonials"

    author: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
