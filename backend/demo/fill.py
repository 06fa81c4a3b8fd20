"""Fills an empty database with the demo data of all markets, in one transaction. Never touches a filled one."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.accounts.service import create_account
from backend.demo.care_places import make_providers
from backend.demo.families import FamilyMaker
from backend.demo.insurance import PolicyMaker
from backend.demo.pension import make_pensions
from backend.demo.publications import make_publications
from backend.demo.recipe import Recipe, load_recipes
from backend.demo.requests import RequestMaker
from backend.guides.service import add_guide
from backend.markets.service import today_in
from backend.people.models import Person
from backend.policies.models import Membership, Policy
from backend.providers.models import Provider

GUIDES_FOLDER = Path(__file__).parents[2] / "data" / "guides"
SEED = "care"
# Public knowledge: the command refuses to run outside of the demo profile.
PASSWORD = "Care-Demo-2026"  # noqa: S105


@dataclass
class Filled:
    """What there is now in a market; the first log-in is the one to show things with."""

    people: int
    policies: int
    providers: int
    usernames: list[str] = field(default_factory=list)
    # What somebody insured who has no account yet types to open one.
    newcomer: dict[str, str] = field(default_factory=dict)


def fill(session: Session, today: date | None = None, seed: str = SEED) -> bool:
    """Add the data; False, and nothing is done, where there is anybody or any provider already.

    The same seed and day give the same data. Days of policies and requests count back from the day.
    """
    if session.scalar(select(Person.id).limit(1)) or session.scalar(select(Provider.id).limit(1)):
        return False
    for market, recipe in load_recipes().items():
        _fill_market(session, market, recipe, today or today_in(market), seed)
    for path in sorted(GUIDES_FOLDER.glob("*.md")):
        _add_own_guide(session, path)
    session.flush()
    return True


def describe(session: Session) -> dict[str, Filled]:
    """Counts and log-ins by market."""
    return {
        market: Filled(
            people=_count(session, Person, market),
            policies=_count(session, Policy, market),
            providers=_count(session, Provider, market),
            usernames=[person.username for person in recipe.people.values() if person.username],
            newcomer=_newcomer(session, market),
        )
        for market, recipe in load_recipes().items()
    }


def _fill_market(session: Session, market: str, recipe: Recipe, today: date, seed: str) -> None:
    # One chooser a topic, so that more of one does not change the others.
    def chooser(topic: str) -> Random:
        return Random(f"{seed}:{market}:{topic}")  # noqa: S311 - invented data, not secrets

    families = FamilyMaker(session, market, recipe, chooser("people"))
    named = families.named()
    insurance = PolicyMaker(session, market, recipe, chooser("policies"), today)
    policies = insurance.named(named)
    insurance.for_families(families.families())
    RequestMaker(session, market, recipe, chooser("requests"), today).past(named, policies)
    session.flush()
    make_pensions(session, market, chooser("pension"), today)
    make_publications(session, market, chooser("publications"), today)
    session.add_all(make_providers(market, recipe, chooser("providers"), today))
    for key, person in recipe.people.items():
        if person.username is not None:
            create_account(session, named[key].person, person.username, PASSWORD)


def _newcomer(session: Session, market: str) -> dict[str, str]:
    today = today_in(market)
    row = session.execute(
        select(Person, Membership)
        .join(Membership, Membership.person_id == Person.id)
        .join(Policy, Policy.number == Membership.policy_number)
        .where(
            Person.market == market,
            Person.email.is_not(None),
            Person.birth_date < date(today.year - 20, 1, 1),
            Person.id.not_in(select(Account.person_id)),
            Policy.status == "active",
            Policy.valid_to >= today,
            Policy.is_group.is_(False),
            Membership.left_on.is_(None),
        )
        .order_by(Person.last_name, Person.first_name, Person.id)
        .limit(1)
    ).first()
    if row is None:
        return {}
    person, membership = row
    return {
        "name": person.full_name,
        "national id": person.national_id,
        "policy": membership.policy_number,
        "participant": membership.member_number,
        "born": person.birth_date.isoformat(),
        "e-mail": person.email or "",
        "phone": person.phone or "",
    }


def _add_own_guide(session: Session, path: Path) -> None:
    """A short guide of ours, `<market>.<language>.md`; an insurer's PDF is added by `python -m backend.guides`."""
    market, language, _ = path.name.split(".")
    pages = path.read_text(encoding="utf-8").split("\n---\n")
    title = pages[0].splitlines()[0].lstrip("# ")
    add_guide(session, market, language, title, [page.replace("# ", "") for page in pages])


def _count(session: Session, model: type[Person | Policy | Provider], market: str) -> int:
    return session.scalar(select(func.count()).select_from(model).where(model.market == market)) or 0
