"""What the backend tells about people. Contact data leave masked."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from backend.people.family import Relation


class Me(BaseModel):
    """The person logged in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person_id": "3f0c0d5e9a1b4c2d8e7f60718293a4b5",
                    "first_name": "Милица",
                    "full_name": "Милица Јовановић",
                    "birth_date": "1986-04-12",
                    "masked_email": "m•••@example.org",
                    "masked_phone": "•••• 567",
                    "language": "sr",
                    "market": "rs",
                }
            ]
        }
    )

    person_id: str
    first_name: str
    full_name: str
    birth_date: date
    masked_email: str | None
    masked_phone: str | None
    language: str
    market: str


class MemberOut(BaseModel):
    """A person whose insurance the person logged in may see."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "person_id": "3f0c0d5e9a1b4c2d8e7f60718293a4b5",
                    "full_name": "Милица Јовановић",
                    "first_name": "Милица",
                    "relation": "self",
                    "birth_date": "1986-04-12",
                    "is_adult": True,
                    "member_numbers": ["1000-0000-18"],
                    "policy_numbers": ["RS-10000001-8"],
                }
            ]
        }
    )

    person_id: str
    full_name: str
    first_name: str
    relation: Relation
    birth_date: date
    is_adult: bool
    member_numbers: list[str]
    policy_numbers: list[str]
