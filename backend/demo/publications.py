"""Events, articles and testimonials of the demo, from `publications.yml`; days count from the day of filling."""

import base64
from datetime import date, time, timedelta
from pathlib import Path
from random import Random

import yaml
from sqlalchemy.orm import Session

from backend.content.models import Article, Event, Testimonial

FILE = Path(__file__).with_name("publications.yml")


def make_publications(session: Session, market: str, chooser: Random, today: date) -> None:
    """Adds what the market has; most markets have nothing of this."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8")).get(market, {})
    for event in content.get("events", []):
        starts, ends = (time.fromisoformat(moment) for moment in (event.pop("starts"), event.pop("ends")))
        # Events are rather held on Saturdays.
        day = today + timedelta(days=event.pop("in_days"))
        day += timedelta(days=(5 - day.weekday()) % 7)
        token = base64.urlsafe_b64encode(chooser.randbytes(32)).decode().rstrip("=")
        session.add(
            Event(
                market=market, published_from=today, day=day, starts=starts, ends=ends, token=token, **event
            )
        )
    for model, key in ((Article, "articles"), (Testimonial, "testimonials")):
        for item in content.get(key, []):
            published = today - timedelta(days=chooser.randrange(1, 200))
            session.add(model(market=market, published_from=published, **item))
