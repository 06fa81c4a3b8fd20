"""What must never be stored: one-time codes while one is awaited, and passwords typed into the chat.

Both are recognised before anything is written. A wrong guess costs as much as a missed one: a policy number
taken for a password is lost to the customer. So a token counts as harmless when it reads as an identifier, a
date, an amount, an address of the net or a file's name, and a mere question about passwords is just a question.
Nothing here stores, logs or sends anything.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from locales import lexicon, texts
from locales.amounts import find_amounts
from locales.dates import find_dates
from locales.identifier_search import find_identifiers
from locales.markets import load_markets
from locales.script import normalise

MASK = "••••••"
# Nobody hides a password in more than this; reading on would only find chance.
LONGEST_LOOKED_AT = 1000
SHORTEST_MADE = 8
_MARKUP = re.compile(r"[/\\{}\[\]<>()\"':;,]")

_CODE = re.compile(r"(?<![\w.,/+#@-])(?<!\d )\d(?:[ .\u00a0-]?\d){5}(?![\w@%])(?![ .,/-]\d)")
# Before or after a number these say that it is money or a date's year, never a code.
_MONEY = r"(?:rp|idr|rsd|din|dinara?|eur|euro|evra|eura|rupiah|€)\b\.?"
_MONEY_BEFORE = re.compile(r"(?:\b(?:rp|idr|rsd|eur|euro)\.?|€)\s*$")
_MONEY_AFTER = re.compile(rf"^\s*(?:,\d\d\s*)?{_MONEY}|^\s*€")


def _words(kind: str, *english: str) -> list[str]:
    """The words of all languages that are written here, and the English that people mix in."""
    return [
        *english,
        *(word for language in lexicon.languages() for word in lexicon.load(language)["secrets"][kind]),
    ]


def _any(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


# Words are compared in lower-case Latin letters without diacritics: лозинка, lozinka and Šifru are covered.
_PASSWORD = ("password", "passwd", "psw", "psswd", "pswd", "pasword", "passwort", "pass", "pwd", "pw", "pin")
_KEYWORD = re.compile(rf"(?:my)?(?:{_any(_words('keywords', *_PASSWORD))})(?:-?(?:nya|ku|mu|a|u|om))?")
_KEYWORD_PAIRS = {tuple(pair) for pair in _words("keyword_pairs")}
_PAIRED = {pair[-1] for pair in _KEYWORD_PAIRS}
# "Šifra usluge", "šifra dijagnoze": a catalogue number, nobody's secret.
_NO_SECRET_OF = re.compile(rf"(?:{_any(_words('of_things'))})\w*")
_FILLERS = frozenset(_words("fillers", "is", "my", "it's", "the", "new", "login", "account"))
_USER_NAME = frozenset(_words("user_names", "username", "user", "login", "account", "email", "mail"))
_NOT_A_SECRET = frozenset(_words("no_secrets", "help", "reset"))
_UNIT = (
    rf"(?:{_any(_words('units', 'x', 'h', 'euro', 'eur', 'mg', 'ml', 'mcg', 'kg', 'cm', 'mm', 'g', 'l'))})"
)
_HARMLESS_SHAPES = (
    # A web address, a file's name, a handle.
    re.compile(
        r"(?:https?://|www\.)\S+|@\w+|\S+\.(?:pdf|jpe?g|png|heic|docx?|txt|com|org|net|rs|it|id|co\.id|go\.id)"
    ),
    # Numbers printed on paper: dashes between groups of capitals and digits, or a short prefix and many digits.
    re.compile(r"[a-z]{1,4}[-/.]?\d{5,}(?:[-/.]\d+)*|\d+(?:[-/.]\d+)*[-/][a-z]{1,5}(?:[-/.]\w+)*"),
    re.compile(r"[a-z]{1,3}\d?[-/][a-z\d]{3,5}[-/][a-z\d]{3,5}"),
    # A tax code, right or mistyped.
    re.compile(r"[a-z]{6}\d{2}[a-z]\d{2}[a-z]\d{3}[a-z]"),
    # A quantity: 24jam/hari, 2x24jam, 500mg, Paracetamol500mg.
    re.compile(
        rf"(?:\d+(?:[.,]\d+)?{_UNIT}?[x/-]?)+{_UNIT}?|[a-z]{{4,}}\d{{2,4}}(?:mg|ml|mcg|g)|\d+{_UNIT}/{_UNIT}"
    ),
    # The digit two doubles a word in Indonesian chat: obat2an, baik2saja.
    re.compile(r"[a-z]{2,}2[a-z]*"),
    # Names with a number in them.
    re.compile(r"(?:covid|sars|vitamin|omega|hba1c|h\dn\d|hpv|pm)[a-z\d-]*"),
    # A diagnosis of ICD-10.
    re.compile(r"[a-z]\d{2}(?:\.\d{1,2})?"),
)
_SYMBOLS = frozenset("@#$%^&*_+=~|<>\\{}[]")
_OPENING, _CLOSING = "\"'«“„‘(<", ".,;:!?\"'»”“’)>"
_WINDOW = 7


@dataclass(frozen=True)
class _Token:
    raw: str
    start: int
    plain: str

    @property
    def ends_sentence(self) -> bool:
        return self.raw[-1:] in ".!?"


def find_code(text: str) -> str | None:
    """The six digits of a one-time code in the text ("kodenya 123 456"), if there is exactly one candidate."""
    flat = unicodedata.normalize("NFKC", text)
    found = set()
    for match in _CODE.finditer(flat):
        before, after = flat[: match.start()].lower(), flat[match.end() :].lower()
        if not (_MONEY_BEFORE.search(before) or _MONEY_AFTER.search(after)):
            found.add(re.sub(r"\D", "", match.group()))
    return found.pop() if len(found) == 1 else None


def looks_like_password(text: str, today: date, *, login_open: bool, anonymous: bool = False) -> bool:
    """Whether the text gives a password away.

    `login_open`: a log-in page is waiting, so a lone mixed token is most likely meant for it. `anonymous`: nobody
    is logged in, so perhaps another page waits (a new password, a new account), and nothing that is asked for
    looks like `Gatto!99roma`.
    """
    tokens = _tokens(text)
    keywords = _keywords(tokens)
    if len(text) > LONGEST_LOOKED_AT or not (keywords or login_open or anonymous):
        return False
    harmless = _harmless(text, tokens, today)
    if anonymous and len(tokens) == 1 and 0 not in harmless and _made_as_password(tokens[0]):
        return True
    if login_open and _typed_for_the_page(tokens, harmless):
        return True
    return any(_given_away(tokens, harmless, *keyword) for keyword in keywords)


def _typed_for_the_page(tokens: Sequence[_Token], harmless: set[int]) -> bool:
    if len(tokens) == 1:
        return 0 not in harmless and len(tokens[0].raw) >= 8 and _mixed(_bare(tokens[0]))
    # User name and password in one line.
    return len(tokens) <= 3 and any(
        index not in harmless and len(token.raw) >= 8 and _classes(_bare(token)) >= 3 and _mixed(_bare(token))
        for index, token in enumerate(tokens)
    )


def _made_as_password(token: _Token) -> bool:
    """Letters of both sizes, digits, signs: three of them. Numbers of requests and bills have two, commands and
    markup have signs that nobody puts into a password.
    """
    if _MARKUP.search(token.raw):
        return False
    bare = re.sub(r"[-.]", "", _bare(token))
    return len(bare) >= SHORTEST_MADE and _classes(bare) >= 3 and any(map(str.isalpha, bare))


def _given_away(
    tokens: Sequence[_Token], harmless: set[int], keyword: int, width: int, explicit: bool
) -> bool:
    """Whether a secret stands around the keyword at `keyword` (of `width` tokens)."""
    following = range(keyword + width, min(len(tokens), keyword + width + _WINDOW))
    if following and _NO_SECRET_OF.fullmatch(tokens[following[0]].plain):
        return False
    is_pin = tokens[keyword].plain.startswith("pin")
    direct = True
    for index in following:
        token, bare = tokens[index], _bare(tokens[index])
        if index not in harmless and not _names_a_user(tokens, index):
            if len(bare) >= (4 if direct else 6) and _mixed(bare):
                return True
            if direct and _secret_on_its_own(token, bare, explicit, is_pin, index == len(tokens) - 1):
                return True
        if token.plain not in _FILLERS and bare not in {"=", ":", "-", "–"}:
            direct = False
        if token.ends_sentence:
            break
    before = range(max(0, keyword - 5), keyword)
    return any(
        index not in harmless
        and not _names_a_user(tokens, index)
        and len(_bare(tokens[index])) >= 6
        and _mixed(_bare(tokens[index]))
        and _classes(_bare(tokens[index])) >= 3
        for index in before
    )


def _secret_on_its_own(token: _Token, bare: str, explicit: bool, is_pin: bool, last: bool) -> bool:
    """A word or a number that only its place right behind the keyword makes a secret."""
    if re.fullmatch(r"\d{4,12}", bare):
        is_year = re.fullmatch(r"(?:19|20)\d\d", bare) is not None
        return not is_year or is_pin or explicit
    if token.plain in _FILLERS or token.plain in _NOT_A_SECRET or _KEYWORD.fullmatch(token.plain):
        return False
    if re.search(r"[^\W\d_][^\W\d_]*", bare) is None:
        return False
    if token.raw[:1] in '"«“„‘' and token.raw.rstrip(".,;!?")[-1:] in '"»”“’':
        return True
    if re.search(r"[a-zа-яђјљњћџčćšžđ][A-ZА-ЯЂЈЉЊЋЏČĆŠŽĐ]", bare):
        return True
    return explicit and last and len(bare) >= 3 and not token.raw.endswith("?")


def _keywords(tokens: Sequence[_Token]) -> list[tuple[int, int, bool]]:
    """Where the text speaks of a password: index, number of tokens, whether a colon follows."""
    found = []
    for index, token in enumerate(tokens):
        width = 0
        if _KEYWORD.fullmatch(token.plain):
            width = 1
        elif index + 1 < len(tokens) and (token.plain, tokens[index + 1].plain) in _KEYWORD_PAIRS:
            width = 2
        if width:
            last = tokens[index + width - 1]
            then = tokens[index + width].raw if index + width < len(tokens) else ""
            found.append((index, width, last.raw.endswith((":", "=")) or then in {":", "="}))
    return found


def _tokens(text: str) -> list[_Token]:
    """Words as written; `password:x` is cut behind its colon."""
    tokens = []
    for match in re.finditer(r"\S+", text):
        raw, start = match.group(), match.start()
        head = re.match(r"[^\s:=]+[:=]+(?=\S)", raw)
        if head and (_KEYWORD.fullmatch(_plain(head.group())) or _plain(head.group()) in _PAIRED):
            tokens.append(_Token(head.group(), start, _plain(head.group())))
            raw, start = raw[head.end() :], start + head.end()
        tokens.append(_Token(raw, start, _plain(raw)))
    return tokens


def _plain(raw: str) -> str:
    return normalise(raw).strip(_OPENING + _CLOSING + "=").replace("’", "'")


def _bare(token: _Token) -> str:
    return token.raw.lstrip(_OPENING).rstrip(_CLOSING)


def _names_a_user(tokens: Sequence[_Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].plain in _USER_NAME


def _mixed(bare: str) -> bool:
    """Letters with digits or signs in one token, as no ordinary word has them."""
    letters = any(character.isalpha() for character in bare)
    digits = any(character.isdigit() for character in bare)
    signs = any(character in _SYMBOLS for character in bare)
    return (letters and (digits or signs)) or (digits and signs)


def _classes(bare: str) -> int:
    return sum(
        (
            any(character.islower() for character in bare),
            any(character.isupper() for character in bare),
            any(character.isdigit() for character in bare),
            any(not character.isalnum() for character in bare),
        )
    )


def _harmless(text: str, tokens: Sequence[_Token], today: date) -> set[int]:
    """Indexes of tokens that are something else for sure, in whatever language or country."""
    spans = [
        (find.start, find.end)
        for market in load_markets()
        for find in find_identifiers(text, market)
        if find.entity not in {"code", "postal_code"}
    ]
    for language in texts.languages():
        spans += [(find.start, find.end) for find in find_dates(text, language, today)]
        spans += [(find.start, find.end) for find in find_amounts(text, language, "EUR")]
    found = set()
    for index, token in enumerate(tokens):
        start = token.start + len(token.raw) - len(token.raw.lstrip(_OPENING))
        end = start + len(_bare(token))
        covered = any(first <= start and end <= last for first, last in spans)
        has_letters = any(character.isalpha() for character in token.plain)
        # A shape in small letters: what was typed with signs of its own kind is no paper number.
        shaped = has_letters and any(shape.fullmatch(normalise(_bare(token))) for shape in _HARMLESS_SHAPES)
        if covered or shaped:
            found.add(index)
    return found
