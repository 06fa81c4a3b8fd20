"""Who may see which membership. Every read of policies, benefits and members goes through here.

A person sees
- their own memberships,
- those of relatives on policies that the person holds, or (in a group policy) in the family they head there,
- those of their children under age on policies they are insured by themselves.
Nobody else: a spouse who is only insured does not see the holder, colleagues do not see each other, and
somebody without a recorded kinship is not shown even to the holder.
"""

from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from backend.people.family import RELATIONS, is_adult, relations_of
from backend.people.models import Person
from backend.policies.models import Membership, Policy


def visible_memberships(session: Session, person: Person, today: date) -> list[Membership]:
    """The memberships the person may see today, with person and policy loaded.

    Ordered by policy, the oldest first, and within it oneself, spouse, children and so on.
    """
    relations = relations_of(session, person)
    relatives = [relative_id for relative_id, relation in relations.items() if relation != "self"]
    children = [relative_id for relative_id, relation in relations.items() if relation == "child"]
    headed = or_(Policy.holder_id == person.id, Membership.principal_id == person.id)
    found = session.scalars(
        select(Membership)
        .join(Membership.policy)
        .options(joinedload(Membership.policy), joinedload(Membership.person))
        .where(
            or_(
                Membership.person_id == person.id,
                and_(Membership.person_id.in_(relatives), headed),
                Membership.person_id.in_(children),
            )
        )
    ).all()
    own = {(row.policy_number, row.principal_id) for row in found if row.person_id == person.id}

    def may_see(row: Membership) -> bool:
        if row.person_id == person.id or person.id in (row.policy.holder_id, row.principal_id):
            return True
        return (row.policy_number, row.principal_id) in own and not is_adult(row.person, today)

    return sorted(
        filter(may_see, found),
        key=lambda row: (
            row.policy.valid_from,
            row.policy_number,
            RELATIONS.index(relations[row.person_id]),
            row.person.birth_date,
        ),
    )
