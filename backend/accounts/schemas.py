"""What travels in calls about conversations and log-in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SecretStr

Moment = Annotated[
    datetime,
    PlainSerializer(
        lambda moment: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"), return_type=str
    ),
    Field(examples=["2026-11-20T08:15:30.000Z"]),
]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$", examples=["sr"])]
Script = Annotated[Literal["Latn", "Cyrl"], Field(examples=["Cyrl"])]
MaskedEmail = Annotated[str, Field(examples=["m•••@example.org"])]


class Body(BaseModel):
    """A body sent to us: nothing undocumented is let in."""

    model_config = ConfigDict(extra="forbid")


class ConversationBody(Body):
    market: Annotated[str, Field(pattern=r"^[a-z]{2}$", examples=["rs"])]
    channel: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$", examples=["website"])]
    language: Language


class LoginView(BaseModel):
    """Where the log-in of a conversation stands; `expires_at` belongs to the state."""

    state: Literal["none", "link_sent", "code_sent", "logged_in", "expired"]
    first_name: str | None = None
    masked_email: MaskedEmail | None = None
    code_expires_at: Moment | None = None
    expires_at: Moment | None = None
    idle_expires_at: Moment | None = None
    awaits_code: Annotated[
        bool, Field(description="A code typed in the chat is looked at: of a log-in, or of a new contact")
    ] = False


class ConversationView(BaseModel):
    conversation_id: str
    market: str
    channel: str
    language: str
    login: LoginView


class ContactProven(BaseModel):
    """A code proved an e-mail or a mobile number; nobody was logged in by it."""

    state: Literal["contact_proven"] = "contact_proven"
    contact: Literal["email", "phone"]


class LinkBody(Body):
    language: Language
    script: Script


class LinkCreated(BaseModel):
    token: Annotated[str, Field(description="Shown to the customer as part of the secure page's address")]
    expires_at: Moment


class LinkView(BaseModel):
    conversation_id: str
    market: str
    language: str
    script: Script
    state: Literal["open", "code_sent", "used"]
    masked_email: MaskedEmail | None = None
    code_expires_at: Moment | None = None
    expires_at: Moment


class PasswordBody(Body):
    username: Annotated[str, Field(min_length=1, max_length=200, examples=["milica.jovanovic"])]
    password: Annotated[SecretStr, Field(min_length=1, max_length=500, examples=["Care-Demo-2026"])]


class CodeSent(BaseModel):
    state: Literal["code_sent"] = "code_sent"
    masked_email: MaskedEmail
    code_expires_at: Moment


class CodeResent(BaseModel):
    masked_email: Annotated[str, Field(description="or number, masked", examples=["m•••@example.org"])]
    purpose: Annotated[
        Literal["login", "account", "email", "phone"], Field(description="what the code is for, or proves")
    ]
    expires_at: Moment


class CodeBody(Body):
    code: Annotated[SecretStr, Field(min_length=1, max_length=32, examples=["402917"])]


class LoggedIn(BaseModel):
    state: Literal["logged_in"] = "logged_in"
    first_name: Annotated[str, Field(examples=["Милица"])]


Task = Literal["register", "password", "username", "change_password"]


class TaskBody(LinkBody):
    task: Task


class TaskView(BaseModel):
    """What the secure page of a task shows now."""

    conversation_id: str
    market: str
    language: str
    script: Script
    task: Task
    step: Literal["details", "code", "password", "change", "done"]
    fields: Annotated[list[str], Field(description="What the details step asks, in this order")]
    optional: list[str]
    shortest_password: int
    consent: str | None = None
    chooses_username: bool = False
    username: str | None = None
    masked_email: MaskedEmail | None = None
    expires_at: Moment


class DetailsBody(Body):
    values: Annotated[
        dict[str, Annotated[str, Field(max_length=300)]],
        Field(max_length=10, examples=[{"policy_number": "RS-123456789"}]),
    ]
    consent: bool = False


class NewPasswordBody(Body):
    password: Annotated[SecretStr, Field(min_length=1, max_length=500, examples=["plavi voz kasni zimi"])]
    username: Annotated[str, Field(max_length=200)] = ""
    old_password: Annotated[SecretStr, Field(max_length=500)] = SecretStr("")


class TaskDone(BaseModel):
    task: Task
    conversation_id: str
    username: str


class OtherLogins(BaseModel):
    others: Annotated[int, Field(description="Conversations elsewhere in which the person is logged in")]
    token: str


class EndLoginsBody(Body):
    token: Annotated[str, Field(max_length=300)]
