"""What a parser found in a text, and how overlapping finds are reduced. No grammar lives here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True)
class Found(Generic[Value]):
    """`value` was read from `text[start:end]`."""

    start: int
    end: int
    value: Value


def longest(finds: Iterable[Found[Value]]) -> list[Found[Value]]:
    """The longest of overlapping finds, in the order of the text."""
    kept: list[Found[Value]] = []
    for find in sorted(finds, key=lambda item: (item.start - item.end, item.start)):
        if all(find.end <= other.start or find.start >= other.end for other in kept):
            kept.append(find)
    return sorted(kept, key=lambda item: item.start)
