"""What the gateway says of the log-in while the dialogue is silent: the customer must not be left without a word."""

from sqlalchemy.orm import Session

from connectors.core.handover.story import find_open, record
from connectors.core.handover.telling import tell
from connectors.core.messages import Writing
from connectors.core.models import Conversation, Turn

PASSWORD_TYPED, LOGIN_CHANGED = "password_typed", "login_changed"
# Of a result of the log-in: the text.
_RESULTS = {
    "logged_in": "care_login_done",
    "contact_proven": "care_contact_proven",
    "code_sent": "care_code_sent",
    "code_wrong": "care_code_wrong",
    "code_expired": "care_code_expired",
    "too_many_attempts": "care_code_too_many",
}


def answer_notice(session: Session, conversation: Conversation, turn: Turn, writing: Writing) -> bool:
    """Say what has become of a code or a password; False when the turn speaks of no such thing."""
    if turn.notice == PASSWORD_TYPED:
        tell(session, conversation, writing, "care_secret_hidden")
        return True
    if turn.notice is None:
        return False
    result = str(turn.detail.get("result", ""))
    if turn.notice == LOGIN_CHANGED and result in _RESULTS:
        tell(session, conversation, writing, _RESULTS[result])
    handover = find_open(session, conversation.id)
    if handover is not None and result in {"logged_in", "contact_proven"}:
        # Whoever reads along sees at once that more is to be seen.
        record(session, handover, result, writing.now)
    return True
