"""Accounts over HTTP: pages to open one, for a forgotten password or user name, to change the password."""

from fastapi import APIRouter, Request, status

from backend.accounts import elsewhere, service, tasks
from backend.accounts import login as steps
from backend.accounts.access import (
    CurrentConversation,
    CurrentPerson,
    LoginExpired,
    LoginRequired,
    current_person,
)
from backend.accounts.attempts import TooManyAttempts
from backend.accounts.codes import CodeExpired, CodeSentRecently, CodeWrong
from backend.accounts.identity import FieldsWrong
from backend.accounts.routes import CurrentSettings, LinkToken
from backend.accounts.schemas import (
    CodeBody,
    DetailsBody,
    EndLoginsBody,
    LinkCreated,
    NewPasswordBody,
    OtherLogins,
    TaskBody,
    TaskDone,
    TaskView,
)
from backend.callers import ActionsOnly, ConnectorsOnly
from backend.database import DatabaseSession
from backend.errors import Forbidden, InputInvalid, NotFound, faults

router = APIRouter(tags=["accounts"])


@router.post(
    "/conversations/{conversation_id}/account-links",
    status_code=status.HTTP_201_CREATED,
    responses=faults(LoginRequired, LoginExpired, Forbidden, NotFound, InputInvalid, service.LanguageUnknown),
)
def create_account_link(
    conversation: CurrentConversation,
    body: TaskBody,
    request: Request,
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ActionsOnly,
) -> LinkCreated:
    """A secure page for a task; to change the password somebody has to be logged in."""
    person_id = None
    if body.task == "change_password":
        person_id = current_person(conversation.conversation_id, request, session).id
    link = tasks.create_task_link(
        session, conversation, body.task, person_id, body.language, body.script, settings
    )
    return LinkCreated(token=link.token, expires_at=link.expires_at)


@router.get("/account-links/{token}", responses=faults(Forbidden, NotFound))
def read_account_link(
    token: LinkToken, session: DatabaseSession, settings: CurrentSettings, _: ConnectorsOnly
) -> TaskView:
    """What the page shows. Reading consumes nothing."""
    return tasks.describe_task(session, token, settings)


@router.post(
    "/account-links/{token}/details",
    responses=faults(
        Forbidden, NotFound, tasks.StepWrong, FieldsWrong, tasks.ConsentNeeded, InputInvalid, TooManyAttempts
    ),
)
def take_details(
    token: LinkToken,
    body: DetailsBody,
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ConnectorsOnly,
) -> TaskView:
    """Who it is. Whether the data fit anybody is answered alike."""
    return tasks.take_details(session, token, body.values, body.consent, settings)


@router.post(
    "/account-links/{token}/codes",
    responses=faults(Forbidden, NotFound, tasks.StepWrong, CodeSentRecently, TooManyAttempts),
)
def send_code(
    token: LinkToken, session: DatabaseSession, settings: CurrentSettings, _: ConnectorsOnly
) -> TaskView:
    """Another code; the old one dies."""
    return tasks.send_task_code(session, token, settings)


@router.post(
    "/account-links/{token}/code",
    responses=faults(
        Forbidden, NotFound, tasks.StepWrong, CodeExpired, InputInvalid, CodeWrong, TooManyAttempts
    ),
)
def prove_code(
    token: LinkToken, body: CodeBody, session: DatabaseSession, settings: CurrentSettings, _: ConnectorsOnly
) -> TaskView:
    """The code from the mail."""
    return tasks.prove_code(session, token, body.code.get_secret_value(), settings)


@router.post(
    "/account-links/{token}/password",
    responses=faults(
        steps.CredentialsWrong,
        Forbidden,
        NotFound,
        tasks.StepWrong,
        service.UsernameTaken,
        service.UsernameInvalid,
        service.PasswordTooShort,
        tasks.PasswordCommon,
        InputInvalid,
        TooManyAttempts,
    ),
)
def take_password(
    token: LinkToken,
    body: NewPasswordBody,
    session: DatabaseSession,
    settings: CurrentSettings,
    _: ConnectorsOnly,
) -> TaskDone:
    """The last step."""
    new = tasks.NewPassword(
        body.password.get_secret_value(), body.username, body.old_password.get_secret_value()
    )
    return tasks.take_password(session, token, new, settings)


@router.delete(
    "/conversations/{conversation_id}/logins",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=faults(LoginRequired, LoginExpired),
)
def log_out_everywhere(conversation_id: str, person: CurrentPerson, session: DatabaseSession) -> None:
    """End every log-in of the person, here and in other conversations."""
    elsewhere.end_logins_everywhere(session, person, conversation_id)


@router.get("/conversations/{conversation_id}/logins", responses=faults(LoginRequired, LoginExpired))
def count_other_logins(
    conversation_id: str, person: CurrentPerson, session: DatabaseSession, settings: CurrentSettings
) -> OtherLogins:
    """Where else the person is logged in, and a token that ends all of it for 15 minutes."""
    found = elsewhere.other_logins(session, person, conversation_id, settings)
    return OtherLogins(others=found.count, token=found.token)


@router.post(
    "/logins/end", status_code=status.HTTP_204_NO_CONTENT, responses=faults(Forbidden, NotFound, InputInvalid)
)
def end_logins(
    body: EndLoginsBody, session: DatabaseSession, settings: CurrentSettings, _: ActionsOnly
) -> None:
    """Log out everywhere, by a token given before the log-out here."""
    elsewhere.end_logins_by_token(session, body.token, settings)
