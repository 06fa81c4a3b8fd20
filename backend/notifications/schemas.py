"""What the demo mailbox shows."""

from datetime import datetime

from pydantic import BaseModel


class MailView(BaseModel):
    """A mail as its recipient would read it."""

    id: str
    to: str
    key: str
    language: str
    subject: str
    body: str
    state: str
    created_at: datetime
