"""The person logged in, and the family members they may see."""

from fastapi import APIRouter

from backend.accounts.access import CurrentPerson, LoginExpired, LoginRequired
from backend.database import DatabaseSession
from backend.errors import faults
from backend.markets.service import today_in
from backend.people.schemas import Me, MemberOut
from backend.people.service import is_adult, mask_email, mask_phone, visible_members

router = APIRouter(
    prefix="/conversations/{conversation_id}", tags=["people"], responses=faults(LoginRequired, LoginExpired)
)


@router.get("/me", response_model=Me)
def read_me(person: CurrentPerson) -> Me:
    """The person logged in; contact data are masked."""
    return Me(
        person_id=person.id,
        first_name=person.first_name,
        full_name=person.full_name,
        birth_date=person.birth_date,
        masked_email=mask_email(person.email),
        masked_phone=mask_phone(person.phone),
        language=person.language,
        market=person.market,
    )


@router.get("/members", response_model=list[MemberOut])
def read_members(person: CurrentPerson, session: DatabaseSession) -> list[MemberOut]:
    """Oneself first, then the relatives whose insurance the person may see."""
    today = today_in(person.market)
    return [
        MemberOut(
            person_id=member.person.id,
            full_name=member.person.full_name,
            first_name=member.person.first_name,
            relation=member.relation,
            birth_date=member.person.birth_date,
            is_adult=is_adult(member.person, today),
            member_numbers=[membership.member_number for membership in member.memberships],
            policy_numbers=list(dict.fromkeys(membership.policy_number for membership in member.memberships)),
        )
        for member in visible_members(session, person, today)
    ]
