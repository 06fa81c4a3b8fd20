"""Texts as Telegram takes them: escaped HTML in pieces of a length that it allows. Knows no message."""

import re
from dataclasses import dataclass
from html import escape

# Telegram counts UTF-16 units, after the markup is taken out.
LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
# Where a long text is best parted, best first.
_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?;:])\s+"),
    re.compile(r"\s+"),
)


@dataclass(frozen=True)
class Block:
    """A piece of text that stays together: as it is read, and as HTML."""

    plain: str
    html: str

    @classmethod
    def of(cls, text: str) -> "Block":
        return cls(text, escape(text, quote=False))


def length(text: str) -> int:
    """What Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def split(text: str, longest: int = LONGEST_TEXT) -> list[str]:
    """The text in pieces, parted between paragraphs, lines, sentences or words; nothing but blanks is lost."""
    pieces = []
    rest = text.strip()
    while length(rest) > longest:
        head = _cut(rest, longest)
        pieces.append(rest[:head].rstrip())
        rest = rest[head:].lstrip()
    return [*pieces, rest] if rest else pieces


def _cut(text: str, longest: int) -> int:
    """How many characters the first piece takes."""
    most = longest
    while length(text[:most]) > longest:
        most -= length(text[:most]) - longest
    for end in _ENDS:
        # Not before the middle: a short first line is no reason for a message of its own.
        found = [match.start() for match in end.finditer(text, 0, most) if match.start() >= most // 2]
        if found:
            return found[-1]
    return most


def join(blocks: list[Block], longest: int = LONGEST_TEXT) -> list[Block]:
    """Blocks put together, a blank line between two, as many as one message holds."""
    messages: list[Block] = []
    for block in blocks:
        if messages and length(messages[-1].plain) + 2 + length(block.plain) <= longest:
            last = messages.pop()
            messages.append(Block(f"{last.plain}\n\n{block.plain}", f"{last.html}\n\n{block.html}"))
        else:
            messages.append(block)
    return messages
