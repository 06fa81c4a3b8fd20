"""What travels in calls about staff."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr, StringConstraints

from backend.accounts.schemas import Body, Language, Moment
from backend.staff.access import Role
from backend.staff.members import USUAL_LIMIT

# Without control characters, which PostgreSQL in part refuses as well.
PRINTED = r"^[^\x00-\x1f\x7f]+$"
Market = Annotated[str, Field(pattern=r"^[a-z]{2}$", examples=["it"])]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=PRINTED),
    Field(examples=["Ana Rossi"]),
]
Username = Annotated[str, Field(min_length=1, max_length=64, examples=["agente.it"])]
Limit = Annotated[int, Field(ge=1, le=50, description="Conversations at once", examples=[4])]
Languages = Annotated[list[Language], Field(max_length=20)]
Markets = Annotated[list[Market], Field(max_length=20)]
Token = Annotated[str, Field(description="256 bits; stored hashed")]


class PasswordLogin(Body):
    username: Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTED, examples=["agente.it"])]
    password: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    address: Annotated[
        str, Field(min_length=1, max_length=64, description="Where it comes from", examples=["192.0.2.7"])
    ]


class CodeStep(Body):
    ticket: Annotated[str, Field(min_length=1, max_length=100)]
    code: Annotated[SecretStr, Field(min_length=1, max_length=20)]


class OidcLogin(Body):
    issuer: Annotated[
        str, Field(min_length=1, max_length=200, pattern=PRINTED, examples=["https://login.example.org"])
    ]
    subject: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTED)]
    username: Annotated[str, Field(min_length=1, max_length=100, pattern=PRINTED)]


class NewPassword(Body):
    password: Annotated[SecretStr, Field(min_length=1, max_length=200)]


class NewMember(Body):
    username: Username
    name: Name
    role: Role
    languages: Languages = []
    markets: Markets = []
    limit: Limit = USUAL_LIMIT


class MemberChange(Body):
    """What is not given stays."""

    name: Name = ""
    role: Role = "agent"
    languages: Languages = []
    markets: Markets = []
    limit: Limit = USUAL_LIMIT
    disabled: bool = False


class TicketView(BaseModel):
    """The password was right; the code is waited for. The last two come once, where it has yet to be set up."""

    ticket: Token
    step: Literal["totp", "enrol"]
    otpauth_uri: str | None = None
    secret: str | None = None


class Colleague(BaseModel):
    """What everybody at the desk may know of each other."""

    staff_id: str
    name: str
    role: Role
    languages: list[str]
    markets: list[str]


class Member(Colleague):
    """A whole row of the directory."""

    username: str
    limit: int
    disabled: bool
    has_totp: bool
    has_password: bool


class LoginStarted(BaseModel):
    """The token goes into the header `X-Staff-Token` of later calls."""

    token: Token
    expires_at: Moment
    member: Member


class SessionView(BaseModel):
    member: Member
    expires_at: Moment
    idle_expires_at: Moment


class InvitationView(BaseModel):
    username: str
    name: str
    kind: Literal["invite", "reset"]


class MemberInvited(BaseModel):
    """Who was invited; the link is `{public url}/care/invitations/{invitation_url_token}` and is told once."""

    member: Member
    invitation_url_token: Token
