"""What the demo mailbox shows."""

from datetime import datetime

from pydantic import BaseModel, Field


class MailView(BaseModel):
    """A mail as its recipient would read it."""

    id: str
    to: str
    key: str
    language: str
    subject: str
    body: str
    attachment: str | None = Field(description="a PDF's name; its bytes: GET /mailbox/{id}/attachment")
    state: str
    created_at: datetime
