"""Two wishes in one message, a wish behind a greeting, and a wish behind "no, I meant".

The classifier reads a message as one wish. Here a message is cut where a sentence ends or a joining word stands
(`joining` in locales/lexicon), its parts are read by the same model, and the cut counts only when both parts are
surely different tasks and the whole was read as one of them. The thresholds are measured by benchmarks/two_wishes.py.

What must not live here: what is done with the second wish (bot/channel.py), any word of a language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cache
from re import Match
from typing import Any, NamedTuple

from locales import lexicon
from locales.script import normalise

Parse = dict[str, Any]
Reader = Callable[[str], Awaitable[Parse]]

EMERGENCY = "medical_emergency"
# What can be asked for beside something else. Reactions and small talk are never a second wish.
TASKS = frozenset(
    {
        EMERGENCY,
        "register_account",
        "login",
        "logout",
        "forgot_password",
        "forgot_username",
        "change_password",
        "view_policies",
        "ask_benefit",
        "ask_coverage_limit",
        "view_ecard",
        "activate_ecard",
        "view_pension_fund",
        "pay_premium",
        "find_provider",
        "claim_reimbursement",
        "request_direct_care",
        "report_car_damage",
        "check_request_status",
        "list_requests",
        "add_documents",
        "update_contact",
        "update_bank_account",
        "talk_to_agent",
        "ask_contact",
        "complain",
        "ask_events",
        "ask_health_articles",
        "read_testimonials",
    }
)
# One trouble has many of these words: "I have the user name and not the password" is one wish.
ACCESS = frozenset(
    {"register_account", "login", "forgot_password", "forgot_username", "change_password", "logout"}
)
# Read instead of the wish that stands beside them.
COURTESIES = frozenset({"greet", "goodbye", "thank"})

# A part of fewer words is no wish of its own ("and for Luca?").
FEWEST_WORDS = 2
# Together the parts have at least this many: shorter messages are one wish.
FEWEST_TOGETHER = 5
# How sure both parts have to be, and the wish behind a greeting or "I meant".
SURE = 0.6
# A whole that is as sure as this is one wish where a mere "and" joins, unless both parts are nearly as sure.
SURELY_ONE = 0.9
SURE_AGAINST_THAT = 0.8
# Longer messages tell a story; each cut costs the reading of two parts.
MOST_WORDS = 60
MOST_CUTS = 6
# "And" and its like have at most so many letters.
SHORT_WORD = 3

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SENTENCE_END = re.compile(r"[.!?;:\n]\s|\n|[.!?;]$|[…–—]|\s-\s")


@dataclass(frozen=True)
class Wishes:
    """What a message is read as: the wish to begin with, and the one that waits."""

    first: Parse
    second: Parse | None = None
    # The customer said that the message before was taken wrongly.
    corrects: bool = False


class Cut(NamedTuple):
    """Two parts of a text; `sooner`: the second one is wanted first."""

    before: str
    after: str
    sooner: bool
    # A mere "and", within a sentence: what stands before it may be how it came to the wish.
    weak: bool


async def read_wishes(text: str, whole: Parse, language: str, read: Reader) -> Wishes:
    """The wishes of a message that was read as `whole`; `read` reads a part of it with the same model."""
    meant = _behind_meant(text, language)
    if meant:
        found = await read(meant)
        if _is_sure(found):
            return Wishes(_as_part(found, whole), corrects=True)
    best: tuple[float, Parse, Parse] | None = None
    for cut in _cuts(text, language):
        before = await read(cut.before)
        if not (_is_sure(before) or _intent(before) in COURTESIES):
            continue
        after = await read(cut.after)
        if _intent(whole) in COURTESIES and _is_sure(after):
            return Wishes(_as_part(after, whole))
        surety = min(_confidence(before), _confidence(after))
        if _are_two(before, after, whole, cut.weak) and (best is None or surety > best[0]):
            best = (surety, after, before) if cut.sooner else (surety, before, after)
    if best is None:
        return Wishes(whole)
    first, second = best[1], best[2]
    if _intent(second) == EMERGENCY:
        first, second = second, first
    return Wishes(_as_part(first, whole), _as_part(second, whole))


def _are_two(before: Parse, after: Parse, whole: Parse, weak: bool) -> bool:
    """Whether the parts are two tasks, and the whole is not better read as one."""
    one, other, all_of_it = _intent(before), _intent(after), _intent(whole)
    if one == other or not (_is_sure(before) and _is_sure(after)) or {one, other} <= ACCESS:
        return False
    if _confidence(whole) < SURELY_ONE:
        return True
    if all_of_it not in (one, other) or (weak and all_of_it == other):
        return False  # another wish; or "I have a new phone and lost the password", which is one
    return not weak or min(_confidence(before), _confidence(after)) >= SURE_AGAINST_THAT


def _is_sure(parse: Parse) -> bool:
    return _intent(parse) in TASKS and _confidence(parse) >= SURE


def _intent(parse: Parse) -> str:
    return (parse.get("intent") or {}).get("name") or ""


def _confidence(parse: Parse) -> float:
    return float((parse.get("intent") or {}).get("confidence") or 0.0)


def _as_part(part: Parse, whole: Parse) -> Parse:
    """The part as the message: what is said of the whole message (language, id) stays."""
    return {**whole, **part, "language": whole.get("language")}


def _cuts(text: str, language: str) -> list[Cut]:
    """Where the text may be cut, the joining words left out."""
    words = list(_WORD.finditer(text))
    if not FEWEST_TOGETHER <= len(words) <= MOST_WORDS or text.startswith("/"):
        return []
    said = [_bare(word.group()) for word in words]
    ends = {i for i in range(1, len(words)) if _ends_sentence(text, words[i - 1], words[i])}
    joins = dict(_joins(said, language))
    found = []
    for start in sorted(ends | joins.keys()):
        length, sooner = joins.get(start, (0, False))
        rest = start + length
        if start >= FEWEST_WORDS and len(words) - rest >= FEWEST_WORDS:
            before = text[: words[start].start()].rstrip(" ,;:-–—\n")
            weak = start not in ends and length == 1 and len(said[start]) <= SHORT_WORD
            found.append(Cut(before, text[words[rest].start() :], sooner, weak))
    # Where there are many places, a new sentence or "and then" is the likeliest.
    found.sort(key=lambda cut: cut.weak)
    return found[:MOST_CUTS]


def _ends_sentence(text: str, word: Match[str], following: Match[str]) -> bool:
    """Whether a sentence ends between two words; "2. novembra" and "14.30" are none."""
    between = text[word.end() : following.start()]
    if between.startswith(".") and word.group().isdigit():
        return False
    return bool(_SENTENCE_END.search(between))


def _joins(said: list[str], language: str) -> Iterator[tuple[int, tuple[int, bool]]]:
    """Index of each joining phrase with its length in words, the longest phrase at a place."""
    phrases = _phrases(language)
    place = 1
    while place < len(said):
        found = next(
            (phrase for phrase in phrases if said[place : place + len(phrase[0])] == phrase[0]), None
        )
        if found:
            yield place, (len(found[0]), found[1])
        place += len(found[0]) if found else 1


@cache
def _phrases(language: str) -> list[tuple[list[str], bool]]:
    joining = lexicon.load(language).get("joining") or {}
    phrases = [(_words(p), False) for p in joining.get("then", [])]
    phrases += [(_words(p), True) for p in joining.get("sooner", [])]
    return sorted(phrases, key=lambda phrase: -len(phrase[0]))


@cache
def _meant_phrases(language: str) -> list[list[str]]:
    return sorted(map(_words, lexicon.load(language).get("meant") or []), key=len, reverse=True)


def _behind_meant(text: str, language: str) -> str:
    """What follows "no, I meant" at the beginning of a text, or nothing."""
    words = list(_WORD.finditer(text))
    said = [_bare(word.group()) for word in words]
    for skipped in (0, 1):  # one word of protest before it: "no", "nono", "scusi"
        for phrase in _meant_phrases(language):
            end = skipped + len(phrase)
            if said[skipped:end] == phrase and len(words) > end:
                return text[words[end].start() :]
    return ""


def _words(phrase: str) -> list[str]:
    return [_bare(word) for word in _WORD.findall(phrase)]


def _bare(word: str) -> str:
    """Folded, but for a letter alone: "è" (is) and "e" (and) are two words."""
    lower = word.lower()
    return lower if len(word) == 1 and unicodedata.decomposition(lower) else normalise(word).replace("’", "'")
