"""Conversations and log-in over HTTP. Passwords and codes come from the gateway alone."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, status

from backend.accounts import login as steps
from backend.accounts import service
from backend.accounts.access import ConversationId, CurrentConversation, note_use
from backend.accounts.attempts import TooManyAttempts
from backend.accounts.codes import CodeExpired, CodeSentRecently, CodeWrong, NoCodeOpen
from backend.accounts.contact_codes import open_contact_link, withdraw_contact_code
from backend.accounts.models import Conversation
from backend.accounts.schemas import (
    CodeBody,
    CodeResent,
    CodeSent,
    ContactProven,
    ConversationBody,
    ConversationView,
    LinkBody,
    LinkCreated,
    LinkView,
    LoggedIn,
    PasswordBody,
)
from backend.callers import ActionsOnly, ConnectorsOnly
from backend.database import DatabaseSession
from backend.errors import Forbidden, InputInvalid, NotFound, faults
from backend.settings import Settings

router = APIRouter(tags=["conversations and log-in"])

LinkToken = Annotated[str, Path(min_length=1, max_length=100)]


def settings_of(request: Request) -> Settings:
    """The settings this app was made with."""
    settings: Settings = request.app.state.settings
    return settings


CurrentSettings = Annotated[Settings, Depends(settings_of)]


@router.put(
    "/conversations/{conversation_id}",
    responses=faults(Forbidden, NotFound, InputInvalid, service.LanguageUnknown),
)
def put_conversation(
    conversation_id: ConversationId,
    body: ConversationBody,
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ConnectorsOnly,
) -> ConversationView:
    """Make a conversation known, or change its language. 404 for an unknown market."""
    conversation = service.put_conversation(
        session, conversation_id, body.market, body.channel, body.language
    )
    return _view(conversation, session, settings)


@router.get("/conversations/{conversation_id}", responses=faults(NotFound))
def read_conversation(
    conversation: CurrentConversation, session: DatabaseSession, settings: CurrentSettings
) -> ConversationView:
    """A conversation and where its log-in stands."""
    return _view(conversation, session, settings)


@router.delete(
    "/conversations/{conversation_id}/login",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=faults(NotFound),
)
def log_out(conversation: CurrentConversation, session: DatabaseSession) -> None:
    """Log out, and forget a log-in that had only begun."""
    service.end_login(session, conversation)


@router.put(
    "/conversations/{conversation_id}/login/used",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=faults(Forbidden, NotFound),
)
def note_use_of_login(
    conversation: CurrentConversation, session: DatabaseSession, settings: CurrentSettings, _: ConnectorsOnly
) -> None:
    """The customer writes to an agent, so that no other call shows they are there: a log-in that holds idles anew."""
    note_use(session, conversation.conversation_id, settings)


@router.post(
    "/conversations/{conversation_id}/login-links",
    status_code=status.HTTP_201_CREATED,
    responses=faults(Forbidden, NotFound, InputInvalid, service.LanguageUnknown),
)
def create_login_link(
    conversation: CurrentConversation,
    body: LinkBody,
    session: DatabaseSession,
    settings: CurrentSettings,
) -> LinkCreated:
    """A secure page for one log-in, asked for by the dialogue or by an agent; an older open one of the conversation dies."""
    link = service.create_login_link(session, conversation, body.language, body.script, settings)
    return LinkCreated(token=link.token, expires_at=link.expires_at)


@router.get("/login-links/{token}", responses=faults(Forbidden, NotFound))
def read_login_link(
    token: LinkToken, session: DatabaseSession, settings: CurrentSettings, _: ConnectorsOnly
) -> LinkView:
    """What the secure page shows. Reading consumes nothing."""
    return service.describe_link(session, token, settings)


@router.post(
    "/login-links/{token}/password",
    responses=faults(steps.CredentialsWrong, Forbidden, NotFound, TooManyAttempts),
)
def prove_password(
    token: LinkToken,
    body: PasswordBody,
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ConnectorsOnly,
) -> CodeSent | LoggedIn:
    """The password step; unknown user names are answered alike, and as slowly."""
    return steps.prove_password(session, token, body.username, body.password.get_secret_value(), settings)


@router.post(
    "/conversations/{conversation_id}/codes",
    responses=faults(NotFound, steps.NoLoginOpen, CodeSentRecently, TooManyAttempts),
)
def resend_code(
    conversation: CurrentConversation, session: DatabaseSession, settings: CurrentSettings
) -> CodeResent:
    """Send a new code; the old one dies, the counted wrong tries stay."""
    return steps.resend_code(session, conversation, settings)


@router.post(
    "/conversations/{conversation_id}/codes/verify",
    responses=faults(Forbidden, NotFound, NoCodeOpen, CodeExpired, InputInvalid, CodeWrong, TooManyAttempts),
)
def verify_code(
    conversation: CurrentConversation,
    body: CodeBody,
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ConnectorsOnly,
) -> LoggedIn | ContactProven:
    """The code step of what waits for one: the person is logged in here, or a new contact is proven."""
    return steps.verify_code(session, conversation, body.code.get_secret_value(), settings)


@router.delete(
    "/conversations/{conversation_id}/codes/contact",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=faults(Forbidden, NotFound),
)
def drop_contact_code(conversation: CurrentConversation, session: DatabaseSession, _: ActionsOnly) -> None:
    """The form that waited for the code of a new contact was left: what is typed now is no code."""
    withdraw_contact_code(session, conversation.conversation_id)


def _view(conversation: Conversation, session: DatabaseSession, settings: Settings) -> ConversationView:
    login = service.describe_login(session, conversation.conversation_id, settings)
    login.awaits_code = login.state == "code_sent" or (
        open_contact_link(session, conversation.conversation_id, settings) is not None
    )
    return ConversationView(
        conversation_id=conversation.conversation_id,
        market=conversation.market,
        channel=conversation.channel,
        language=conversation.language,
        login=login,
    )
