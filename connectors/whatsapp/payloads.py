"""What Meta posts to the webhook, as far as it is read. Unknown fields and types never fail the rest.

A webhook carries many entries, changes, messages and statuses; messages and statuses are read one by one, so that
one of another form than documented does not stop the others.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """Of Meta's objects only what is used here is read."""

    model_config = ConfigDict(extra="ignore")


class VendorError(Part):
    """Why something could not be shown or delivered. Decide by `code` alone: titles change."""

    code: int
    title: str = ""


class Profile(Part):
    name: str = ""


class Contact(Part):
    """Who writes: the phone number (`wa_id`) may be hidden, `user_id` is of this business alone."""

    wa_id: str | None = None
    user_id: str | None = None
    profile: Profile = Profile()


class Text(Part):
    body: str


class TemplateButton(Part):
    """A button of a template that was pressed."""

    payload: str = ""
    text: str = ""


class Reply(Part):
    id: str
    title: str = ""


class Interactive(Part):
    """A pressed reply button or a chosen row of a list."""

    type: str
    button_reply: Reply | None = None
    list_reply: Reply | None = None

    @property
    def reply(self) -> Reply | None:
        return self.button_reply or self.list_reply


class Media(Part):
    id: str
    mime_type: str = "application/octet-stream"
    caption: str = ""
    filename: str = ""


class Location(Part):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Phone(Part):
    phone: str = ""
    wa_id: str = ""


class SharedContact(Part):
    phones: list[Phone] = []


class System(Part):
    """News of WhatsApp about the customer: `user_changed_number` and its like."""

    type: str = ""


class EditedContent(Part):
    type: str = ""
    text: Text | None = None
    image: Media | None = None
    document: Media | None = None

    @property
    def words(self) -> str:
        """The new text, or the new caption."""
        if self.text is not None:
            return self.text.body
        media = self.image or self.document
        return media.caption if media is not None else ""


class Edit(Part):
    original_message_id: str
    message: EditedContent


class Revoke(Part):
    original_message_id: str


class Message(Part):
    """One message of a customer; of the parts the one named by `type` is there."""

    id: str = Field(min_length=1, max_length=200)
    timestamp: int
    type: str
    from_: str | None = Field(default=None, alias="from")
    from_user_id: str | None = None
    text: Text | None = None
    button: TemplateButton | None = None
    interactive: Interactive | None = None
    image: Media | None = None
    document: Media | None = None
    location: Location | None = None
    contacts: list[SharedContact] = []
    system: System | None = None
    edit: Edit | None = None
    revoke: Revoke | None = None
    errors: list[VendorError] = []

    @property
    def sent_at(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp, UTC)


class MessageStatus(Part):
    """What became of a message of ours. `biz_opaque_callback_data` is what we gave along with it."""

    id: str = Field(min_length=1, max_length=200)
    status: str
    errors: list[VendorError] = []
    biz_opaque_callback_data: str = ""


class Metadata(Part):
    phone_number_id: str


class Value(Part):
    """The content of a change. Messages and statuses stay raw here: each is read on its own."""

    metadata: Metadata
    contacts: list[Any] = []
    messages: list[Any] = []
    statuses: list[Any] = []
    errors: list[Any] = []


def changes_of(body: Any) -> Iterator[Any]:
    """The raw values of the changes about messages; whatever else was subscribed to is left out."""
    if not isinstance(body, dict):
        return
    for entry in _list(body.get("entry")):
        for change in _list(entry.get("changes") if isinstance(entry, dict) else None):
            if isinstance(change, dict) and change.get("field") == "messages":
                yield change.get("value")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
