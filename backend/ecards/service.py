"""Cards of the memberships a person may see: activated, deactivated when lost, shown, checked by a provider."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.accounts.access import login_state
from backend.accounts.models import Login
from backend.audit.service import record
from backend.database import insert_if_absent, utc_now
from backend.ecards.drawing import CardFace
from backend.ecards.models import ECard
from backend.errors import Fault, NotFound
from backend.markets.service import get_market, today_in
from backend.people.letters import write_to
from backend.people.models import Person, new_id
from backend.people.service import mask_name
from backend.policies.models import Membership
from backend.policies.products import product_of
from backend.policies.service import in_force
from backend.policies.visibility import visible_memberships
from backend.settings import Settings
from locales import texts

State = Literal["inactive", "active", "deactivated"]
# A shown card's picture can be fetched for so long, by nobody else's conversation.
LINK_SECONDS = 900


class CardNotActive(Fault):
    """There is nothing to show before the card is activated."""

    status = 409
    code = "card_not_active"


@dataclass(frozen=True)
class Card:
    membership: Membership
    state: State


@dataclass(frozen=True)
class Check:
    """What a provider is told: whether the card is good, whose initials, until when."""

    valid: bool
    initials: str | None = None
    valid_to: date | None = None
    insurer: str | None = None


def cards_of(session: Session, person: Person) -> list[Card]:
    """The health memberships in force that the person may see; raises NotFound where there are no cards."""
    if get_market(person.market).journeys["ecard"] != "offered":
        raise NotFound()
    today = today_in(person.market)
    memberships = [
        row
        for row in visible_memberships(session, person, today)
        if row.policy.policy_type == "health" and in_force(row.policy, row, today)
    ]
    known = {
        card.membership_id: card.state
        for card in session.scalars(
            select(ECard).where(ECard.membership_id.in_([row.id for row in memberships]))
        )
    }
    return [Card(row, _state(known.get(row.id))) for row in memberships]


def change_card(
    session: Session,
    person: Person,
    conversation_id: str,
    membership_id: str,
    to: Literal["active", "deactivated"],
) -> Card:
    """Activate or deactivate; what is so already stays. A new activation makes old codes worthless."""
    card = _find(session, person, membership_id)
    if card.state == to or (to == "deactivated" and card.state == "inactive"):
        return card
    insert_if_absent(
        session,
        ECard,
        id=new_id(),
        membership_id=membership_id,
        state="deactivated",
        issue=0,
        changed_at=utc_now(),
    )
    stored = session.scalars(
        select(ECard)
        .where(ECard.membership_id == membership_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if stored.state != to:
        stored.state, stored.changed_at = to, utc_now()
        stored.issue += to == "active"
        record(
            session,
            actor=f"person:{person.id}",
            action=f"ecard_{to}",
            subject=f"membership:{membership_id}",
            conversation_id=conversation_id,
        )
        about = {"member": card.membership.person.full_name, "number": card.membership.member_number}
        write_to(session, person, f"ecard_{to}", about)
    return Card(card.membership, to)


def make_link(
    session: Session, person: Person, conversation_id: str, membership_id: str, settings: Settings
) -> str:
    """A token with which the gateway fetches the picture for this conversation; raises CardNotActive."""
    if _find(session, person, membership_id).state != "active":
        raise CardNotActive()
    return _links(settings).dumps([conversation_id, person.id, membership_id])


def face_behind(session: Session, token: str, settings: Settings) -> CardFace:
    """What the token shows; raises NotFound when it is old, or the person is not logged in there any more."""
    try:
        conversation_id, person_id, membership_id = _links(settings).loads(token, max_age=LINK_SECONDS)
    except (BadSignature, ValueError):
        raise NotFound() from None
    login = session.get(Login, conversation_id)
    if (
        login is None
        or login.person_id != person_id
        or login_state(login, settings, utc_now()) != "logged_in"
    ):
        raise NotFound()
    person = session.get_one(Person, person_id)
    card = _find(session, person, membership_id)
    if card.state != "active":
        raise NotFound()
    row, pack = card.membership, get_market(person.market)
    stored = session.scalars(select(ECard).where(ECard.membership_id == membership_id)).one()
    language, script = person.language, person.script

    def shown(text: str) -> str:
        return texts.in_script(text, language, script)

    return CardFace(
        insurer=shown(pack.insurer_name),
        full_name=shown(row.person.full_name),
        product=shown(product_of(row.policy.product_code).name),
        member_number=row.member_number,
        policy_number=row.policy_number,
        valid_to=row.policy.valid_to,
        check_url=f"{settings.public_url}/card/{_checks(settings).dumps([stored.id, stored.issue])}",
        language=language,
        script=script,
    )


def check(session: Session, code: str, settings: Settings) -> Check:
    """What a code is worth today. A forged one, an old issue and a lost card are all just not valid."""
    try:
        card_id, issue = _checks(settings).loads(code)
    except (BadSignature, ValueError):
        return Check(valid=False)
    card = session.get(ECard, card_id)
    if card is None or card.state != "active" or card.issue != issue:
        return Check(valid=False)
    row = session.get_one(Membership, card.membership_id)
    if not in_force(row.policy, row, today_in(row.policy.market)):
        return Check(valid=False)
    return Check(
        True, mask_name(row.person.full_name), row.policy.valid_to, get_market(row.policy.market).insurer_name
    )


def _find(session: Session, person: Person, membership_id: str) -> Card:
    for card in cards_of(session, person):
        if card.membership.id == membership_id:
            return card
    raise NotFound()


def _state(stored: str | None) -> State:
    return "inactive" if stored is None else "active" if stored == "active" else "deactivated"


def _links(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.hash_key.get_secret_value(), salt="ecard-link")


def _checks(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(settings.hash_key.get_secret_value(), salt="ecard-check")
