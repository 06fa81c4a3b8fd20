"""What customers give afterwards, 1 to 5: by the buttons below the good-bye, or typed as the first word after it."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.core.conversations import Voice, voice_of
from connectors.core.handover.models import Handover
from connectors.core.handover.ownership import HANDED_BACK, SCORES
from connectors.core.handover.story import find_last_ended, record
from connectors.core.messages import Writing
from connectors.core.models import Conversation, TranscriptMessage, Turn
from locales.numbers import parse_number
from locales.script import normalise

# A title of ours and some; whoever writes more says more than a score.
LONGEST = 40
STARS = "★⭐🌟"
EMPTY_STARS = "☆"
# Vendors tell whole seconds, and their clocks differ a little from ours.
SAME_MOMENT = timedelta(seconds=2)


def rate(
    session: Session, conversation: Conversation, handover_id: object, score: object, now: datetime
) -> bool:
    """Note a score of 1 to 5 for an ended hand-over of this conversation, by default the last; the newest counts."""
    handover = (
        session.get(Handover, handover_id)
        if isinstance(handover_id, int)
        else find_last_ended(session, conversation.id)
    )
    if handover is None or handover.conversation_id != conversation.id or handover.ended_at is None:
        return False
    if not isinstance(score, int) or score not in SCORES:
        return False
    handover.rating, handover.rated_at = score, now
    record(session, handover, "rated", now, score=score)
    return True


def read_score(text: str, voice: Voice) -> int | None:
    """`5`, `5/5`, `cinque`, `★★★★★` or a button's whole title; None for everything else, a longer sentence too."""
    if len(text) > LONGEST:
        return None
    drawn = [sign for sign in text if sign.isprintable() and not sign.isspace() and sign != "\ufe0f"]
    if drawn and all(sign in STARS + EMPTY_STARS for sign in drawn):
        return _in_range(sum(sign in STARS for sign in drawn))
    said = _words(text)
    if len(said) == 2 and said[1] == str(max(SCORES)) and "/" in text:
        said = said[:1]
    for score in SCORES:
        if said in ([str(score)], _words(voice.say(f"care_score_{score}"))):
            return score
    number = parse_number(said, voice.language)
    return _in_range(number) if number is not None else None


def hear_typed(session: Session, conversation: Conversation, turn: Turn, writing: Writing) -> bool:
    """Take the first thing typed after a good-bye as the score it asked for; False when it is none."""
    score = read_score(turn.text, voice_of(conversation))
    if score is None or turn.internal or turn.shown_number is None:
        return False
    handover = find_last_ended(session, conversation.id)
    if handover is None or not _is_asked(handover, turn, writing):
        return False
    # Whatever was written since then has gone on to something else.
    between = select(TranscriptMessage.number).where(
        TranscriptMessage.conversation_id == conversation.id,
        TranscriptMessage.author == "customer",
        TranscriptMessage.at >= handover.ended_at,
        TranscriptMessage.number < turn.shown_number,
    )
    if session.execute(between.limit(1)).first() is not None:
        return False
    return rate(session, conversation, handover.id, score, writing.now)


def _is_asked(handover: Handover, turn: Turn, writing: Writing) -> bool:
    """Whether the good-bye with its buttons was said before, not too long ago, and nothing was given yet."""
    ended_at = handover.ended_at
    if ended_at is None or handover.ended_by != "agent" or handover.outcome == HANDED_BACK:
        return False
    lives = ended_at > writing.now - timedelta(hours=writing.button_hours)
    return lives and handover.rating is None and turn.sent_at >= ended_at - SAME_MOMENT


def _words(text: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in normalise(text)).split()


def _in_range(number: Decimal | int) -> int | None:
    return int(number) if number in SCORES else None
