"""What the insurer's customer guides say, in their own words, with guide and page."""

from __future__ import annotations

from bot.actions.turn import Turn

LONGEST_QUOTE = 350


async def say_passage(turn: Turn, least: float = 0.0) -> bool:
    """The guides' own words on what was asked, with guide and page; False when they say nothing of it."""
    found = await turn.backend.find_passage(turn.market, turn.reply.text)
    if found is None or found["score"] < least:
        return False
    key = "guide_passage" if found["language"] == turn.language else "guide_passage_foreign"
    turn.say(
        key,
        title=found["title"],
        page=found["page"],
        text=_shortened(found["text"]),
        spoken=turn.words(f"guide_language_{found['language']}"),
    )
    return True


async def say_source(turn: Turn, text: str) -> None:
    """Guide and page of an answer, where the market's guides say it in the customer's language."""
    found = await turn.backend.find_passage(turn.market, text)
    if found is not None and found["language"] == turn.language:
        turn.say("guide_source", title=found["title"], page=found["page"])


def _shortened(text: str) -> str:
    """As much as reads well on a phone, to the end of a sentence where there is one."""
    if len(text) <= LONGEST_QUOTE:
        return text
    cut = text[:LONGEST_QUOTE]
    end = max(cut.rfind(". "), cut.rfind("? "), cut.rfind("! "))
    return cut[: end + 1] if end > LONGEST_QUOTE // 2 else cut[: cut.rfind(" ")] + " …"
