"""Cards over HTTP: listed, changed and linked by the dialogue; fetched and checked by the gateway."""

import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response, status
from pydantic import BaseModel

from backend.accounts.access import CurrentPerson, LoginExpired, LoginRequired
from backend.accounts.routes import CurrentSettings
from backend.callers import ActionsOnly, ConnectorsOnly
from backend.database import DatabaseSession
from backend.ecards import service
from backend.ecards.drawing import draw_pdf, draw_picture
from backend.errors import Forbidden, NotFound, faults
from backend.policies.products import product_of

router = APIRouter(tags=["e-cards"])
Token = Annotated[str, Path(max_length=500)]
MembershipId = Annotated[str, Path(max_length=32)]


class CardView(BaseModel):
    membership_id: str
    person_id: str
    full_name: str
    first_name: str
    member_number: str
    policy_number: str
    product: str
    valid_to: datetime.date
    state: Literal["inactive", "active", "deactivated"]


class LinkMade(BaseModel):
    token: str


class CheckView(BaseModel):
    valid: bool
    initials: str | None
    valid_to: datetime.date | None
    insurer: str | None


def _view(card: service.Card) -> CardView:
    row = card.membership
    return CardView(
        membership_id=row.id,
        person_id=row.person_id,
        full_name=row.person.full_name,
        first_name=row.person.first_name,
        member_number=row.member_number,
        policy_number=row.policy_number,
        product=product_of(row.policy.product_code).name,
        valid_to=row.policy.valid_to,
        state=card.state,
    )


@router.get("/conversations/{conversation_id}/cards", responses=faults(LoginRequired, LoginExpired, NotFound))
def list_cards(person: CurrentPerson, session: DatabaseSession) -> list[CardView]:
    """Cards of the health memberships the person may see, activated or not."""
    return [_view(card) for card in service.cards_of(session, person)]


@router.post(
    "/conversations/{conversation_id}/cards/{membership_id}/{change}",
    responses=faults(LoginRequired, LoginExpired, Forbidden, NotFound),
)
def change_card(
    conversation_id: str,
    membership_id: MembershipId,
    change: Literal["activate", "deactivate"],
    person: CurrentPerson,
    session: DatabaseSession,
    _: ActionsOnly,
) -> CardView:
    """Activate, or deactivate what was lost; again is fine."""
    to: Literal["active", "deactivated"] = "active" if change == "activate" else "deactivated"
    return _view(service.change_card(session, person, conversation_id, membership_id, to))


@router.post(
    "/conversations/{conversation_id}/card-links/{membership_id}",
    status_code=status.HTTP_201_CREATED,
    responses=faults(LoginRequired, LoginExpired, Forbidden, NotFound, service.CardNotActive),
)
def make_link(
    conversation_id: str,
    membership_id: MembershipId,
    person: CurrentPerson,
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ActionsOnly,
) -> LinkMade:
    """A token for the card's picture, for 15 minutes and as long as the person is logged in there."""
    return LinkMade(token=service.make_link(session, person, conversation_id, membership_id, settings))


@router.get(
    "/card-links/{token}/{form}",
    responses={**faults(Forbidden, NotFound), 200: {"content": {"image/png": {}, "application/pdf": {}}}},
    response_class=Response,
)
def fetch_card(
    token: Token,
    form: Literal["picture", "pdf"],
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ConnectorsOnly,
) -> Response:
    """The card as PNG or PDF."""
    face = service.face_behind(session, token, settings)
    if form == "pdf":
        return Response(draw_pdf(face), media_type="application/pdf")
    return Response(draw_picture(face), media_type="image/png")


@router.get("/card-checks/{code}", responses=faults(Forbidden))
def check_card(
    code: Token, session: DatabaseSession, settings: CurrentSettings, _: ConnectorsOnly
) -> CheckView:
    """What a provider is told of a code: valid or not, initials, until when."""
    return CheckView(**service.check(session, code, settings).__dict__)
