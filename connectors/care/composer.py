"""What an agent writes an answer with: text, quick replies, files. Its bounds, and how it becomes a message."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from connectors.care.backend_desk import SentFile
from connectors.care.new_ids import is_answer_id, new_answer_id
from connectors.core.conversations import Voice
from connectors.core.handover.customers import REPLY
from connectors.core.handover.telling import make_payload
from connectors.core.messages import Draft, DraftButton, DraftCard, Picture, WebLink
from connectors.core.own_files import SENT_TYPES, sent_file_url
from connectors.core.typed_text import MAX_LENGTH, clean_typed_text

# As many and as long as every channel shows as buttons in full.
MOST_REPLIES = 3
LONGEST_REPLY = 20
MOST_FILES = 5
# All of a form; how large one file may be is the market's, and the backend's to say.
LARGEST_FORM = 64 * 1024 * 1024
MOST_FIELDS = 20


@dataclass(frozen=True)
class Written:
    """One answer as it was sent by the composer."""

    answer_id: str
    text: str
    replies: list[str]
    files: list[UploadFile]

    @property
    def fault(self) -> tuple[str, int] | None:
        """Why it cannot be sent, as a text's key and its limit."""
        if not self.text and (self.replies or not self.files):
            return "desk_error_empty", 0
        if len(self.text) > MAX_LENGTH:
            return "desk_error_too_long", MAX_LENGTH
        if len(self.replies) > MOST_REPLIES:
            return "desk_error_replies_many", MOST_REPLIES
        if any(len(title) > LONGEST_REPLY for title in self.replies):
            return "desk_error_reply_long", LONGEST_REPLY
        if len(self.files) > MOST_FILES:
            return "desk_error_files_many", MOST_FILES
        return None

    def draft(self, handover_id: int, voice: Voice, sent: list[SentFile], public_url: str) -> Draft:
        """The message, with the files as the backend has them."""
        return Draft(
            "agent",
            self.text,
            [DraftButton(title, make_payload(REPLY, handover=handover_id)) for title in self.replies],
            [_file_card(file, voice, public_url) for file in sent],
            client_message_id=f"desk-{self.answer_id}",
        )


async def read_written(request: Request) -> Written:
    """The composer's form; to be read only when it is known who sends it. Raises HTTPException (413, 422)."""
    declared = request.headers.get("content-length", "")
    if not (declared.isascii() and declared.isdigit() and int(declared) <= LARGEST_FORM):
        raise HTTPException(413)
    form = await request.form(max_files=4 * MOST_FILES, max_fields=MOST_FIELDS)
    answer_id = str(form.get("answer_id", ""))
    if not is_answer_id(answer_id):
        raise HTTPException(422)
    return Written(
        answer_id=answer_id,
        text=clean_typed_text(str(form.get("text", ""))),
        replies=_read_replies([str(one) for one in form.getlist("reply")]),
        # A browser sends an empty part where nothing was chosen.
        files=[one for one in form.getlist("file") if isinstance(one, UploadFile) and one.filename],
    )


def composer_values() -> dict[str, Any]:
    """What the forms for answers and notes need beside the conversation."""
    return {
        "longest": MAX_LENGTH,
        "answer_id": new_answer_id(),
        "most_replies": MOST_REPLIES,
        "longest_reply": LONGEST_REPLY,
        "most_files": MOST_FILES,
        "file_types": ",".join(SENT_TYPES.values()),
    }


def _read_replies(given: list[str]) -> list[str]:
    """Titles of quick replies: on one line, each once, without those left empty."""
    titles = (" ".join(clean_typed_text(one).split()) for one in given)
    return list(dict.fromkeys(title for title in titles if title))


def _file_card(file: SentFile, voice: Voice, public_url: str) -> DraftCard:
    """A picture is shown, a PDF linked; messengers get both as files."""
    url = sent_file_url(public_url, file.token, file.media_type)
    if file.kind == "image":
        return DraftCard(file.filename, picture=Picture(url=url, alt=file.filename))
    return DraftCard(file.filename, link=WebLink(title=voice.say("care_file_open"), url=url))
