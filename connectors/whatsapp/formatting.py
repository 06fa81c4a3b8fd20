"""Words as WhatsApp shows them: its markup kept out of what others wrote, titles cut and texts divided to fit."""

import re

# What would be shown as bold, italic, struck out or code, and letters that look like the signs for it. WhatsApp
# knows no escape, and an invisible sign in the middle would be copied along with a number or a name.
_MARKED = re.compile(r"(?<![\w])([*_~`])(?=\S)([^\n]*?\S)\1(?!\w)")
_LOOKALIKES = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ"}
_WEB = re.compile(r"https?://\S+")
# Where a text is divided, best first: paragraphs, lines, sentences, words.
_BREAKS = (r"\n\s*\n", r"\n", r"(?<=[.!?…;])\s+", r"\s+")


def escape(text: str) -> str:
    """The text as it was written, also where it looks like markup. Addresses of pages stay untouched."""
    escaped, end = "", 0
    for link in _WEB.finditer(text):
        escaped += _unmark(text[end : link.start()]) + link.group()
        end = link.end()
    return escaped + _unmark(text[end:])


def _unmark(text: str) -> str:
    return _MARKED.sub(lambda found: _LOOKALIKES[found[1]] + found[2] + _LOOKALIKES[found[1]], text)


def bold(text: str) -> str:
    """A title. One with a star in it, or of several lines, stays plain: WhatsApp would not understand it."""
    return f"*{text}*" if "*" not in text and "\n" not in text and text.strip() == text else escape(text)


def cut(text: str, limit: int) -> tuple[str, str]:
    """What fits, ending with an ellipsis at a word, and the rest."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line, ""
    at = line.rfind(" ", limit // 2, limit)
    at = limit - 1 if at < 0 else at
    return line[:at].rstrip(" ,;:–-") + "…", line[at:].lstrip()


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` characters, none empty; a word longer than that is cut."""
    pieces = []
    rest = text.strip()
    while len(rest) > limit:
        at = _last_break(rest, limit)
        pieces.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return [*pieces, rest] if rest else pieces


def _last_break(text: str, limit: int) -> int:
    for pattern in _BREAKS:
        # A break in the first third would leave a tiny piece: the next kind of break is better.
        ends = [
            found.start() for found in re.finditer(pattern, text[: limit + 1]) if found.start() > limit // 3
        ]
        if ends:
            return ends[-1]
    return limit
