"""What each kind of question accepts, and the form its answer is stored in. One function a kind.

A function gets the raw value of the call and returns the stored one or raises an AnswerRefused. It must
accept its own stored form: answers are checked again at every step.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Protocol

from backend.markets.schema import MarketPack
from backend.requests.faults import (
    AccountInvalid,
    AmountNotPositive,
    AmountTooLarge,
    CodeNeeded,
    ConsentNeeded,
    ContactUnchanged,
    CurrencyNotAccepted,
    DateInFuture,
    DateInPast,
    DateTooFar,
    DateTooOld,
    DocumentAlreadyUsed,
    DocumentUnknown,
    EmailInvalid,
    IbanCountryNotPaid,
    IbanInvalid,
    OptionUnknown,
    PhoneInvalid,
    PlateNumberInvalid,
    ProviderUnknown,
    TextTooLong,
    ValueInvalid,
)
from backend.requests.pack import Question
from locales.identifiers import read_bank_account, read_email, read_iban, read_phone, read_plate_number

LARGEST_AMOUNT = Decimal("999999999999.99")
MOST_DOCUMENTS = 20
# ASCII digits, at most two of them behind the point; no exponent, no NaN.
_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,2})?")
_ANY_PLATE = re.compile(r"(?=.*[0-9])[A-ZČĆŠŽĐÖÜÄ0-9 \-]{3,12}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Option:
    """One thing to choose; exactly one of `label` (data) and `label_key` (a text) is set."""

    value: Any
    label: str | None = None
    label_key: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    # The usual one: what is suggested.
    is_default: bool = False


class Facts(Protocol):
    """What the kinds ask the world."""

    @property
    def market(self) -> MarketPack: ...

    @property
    def today(self) -> date: ...

    def has_document(self, document_id: str) -> bool:
        """Whether the document exists and is the person's."""
        ...

    def has_provider(self, provider_id: str) -> bool:
        """Whether the insurer works with this provider in the person's market."""
        ...

    def known_contact(self, contact: str) -> str | None:
        """The person's `email` or `phone` as the insurer has it."""
        ...

    def is_used_up(self, document_id: str, question_id: str, others: list[str]) -> bool:
        """Whether the same file already answers the question in another item or request."""
        ...


@dataclass(frozen=True)
class Asked:
    """A question at the moment it is answered. Options and needs are read only by kinds that look at them."""

    question: Question
    others: list[Any]
    facts: Facts
    read_options: Callable[[], list[Option]]
    read_needs: Callable[[], list[str]]


def check(asked: Asked, value: Any) -> Any:
    """The value in its stored form; raises AnswerRefused."""
    return _CHECKS[asked.question.kind](asked, value)


def _date(asked: Asked, value: Any) -> str:
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueInvalid() from None
    earliest, latest = day_limits(asked.question, asked.facts.today)
    if latest is not None and day > latest:
        beyond = DateInFuture if asked.question.rules.not_future else DateTooFar
        raise beyond(latest=latest.isoformat())
    if asked.question.rules.not_past and day < asked.facts.today:
        raise DateInPast(earliest=asked.facts.today.isoformat())
    if day < (earliest or date(1900, 1, 1)):
        raise DateTooOld(earliest=(earliest or date(1900, 1, 1)).isoformat())
    return day.isoformat()


def day_limits(question: Question, today: date) -> tuple[date | None, date | None]:
    """The first and the last day accepted."""
    rules = question.rules
    earliest = today - timedelta(days=rules.max_age_days) if rules.max_age_days is not None else None
    latest = today + timedelta(days=rules.max_ahead_days) if rules.max_ahead_days is not None else None
    return today if rules.not_past else earliest, today if rules.not_future else latest


def _year(asked: Asked, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueInvalid()
    earliest, latest = day_limits(asked.question, asked.facts.today)
    if latest is not None and value > latest.year:
        raise DateInFuture(latest=latest.year)
    if value < (earliest.year if earliest else 1900):
        raise DateTooOld(earliest=earliest.year if earliest else 1900)
    return value


def _amount(asked: Asked, value: Any) -> dict[str, str]:
    if (
        not isinstance(value, dict)
        or set(value) != {"amount", "currency"}
        or not isinstance(value["amount"], str)
    ):
        raise ValueInvalid()
    if value["currency"] != asked.facts.market.currency:
        raise CurrencyNotAccepted(currency=asked.facts.market.currency)
    if not _PLAIN_DECIMAL.fullmatch(value["amount"]):
        raise ValueInvalid()
    largest = largest_amount(asked.question)
    amount = Decimal(value["amount"])
    if amount <= 0:
        raise AmountNotPositive()
    if amount > largest:
        raise AmountTooLarge(max=f"{largest:.2f}")
    return {"amount": f"{amount:.2f}", "currency": value["currency"]}


def largest_amount(question: Question) -> Decimal:
    """The largest amount accepted: more is a slip of the finger."""
    return Decimal(question.rules.max_amount) if question.rules.max_amount else LARGEST_AMOUNT


def _choice(asked: Asked, value: Any) -> Any:
    if not isinstance(value, str) or not value:
        raise ValueInvalid()
    if all(option.value != value for option in asked.read_options()):
        raise OptionUnknown()
    return value


def _consent(asked: Asked, value: Any) -> bool:
    if value is not True:
        raise ConsentNeeded()
    return True


def _yes_no(asked: Asked, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueInvalid()
    return value


def _text(asked: Asked, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueInvalid()
    text = unicodedata.normalize("NFC", _CONTROL.sub(" ", value.replace("\r\n", "\n"))).strip()
    # A lone surrogate cannot be stored or sent.
    text = text.encode("utf-8", "ignore").decode("utf-8")
    if not text:
        raise ValueInvalid()
    if len(text) > asked.question.rules.max_length:
        raise TextTooLong(max_length=asked.question.rules.max_length, length=len(text))
    return text


def _email(asked: Asked, value: Any) -> Any:
    if isinstance(value, dict):
        return _known(asked, value)
    if not isinstance(value, str) or len(value) > 254:
        raise EmailInvalid()
    email = read_email(value)
    if email is None:
        raise EmailInvalid()
    if asked.question.rules.new and email == asked.facts.known_contact("email"):
        raise ContactUnchanged()
    return email


def _phone(asked: Asked, value: Any) -> Any:
    if isinstance(value, dict):
        return _known(asked, value)
    phone = read_phone(value, asked.facts.market.market) if isinstance(value, str) else None
    if phone is None:
        raise PhoneInvalid()
    if asked.question.rules.new and phone == asked.facts.known_contact("phone"):
        raise ContactUnchanged()
    return phone


def _code(asked: Asked, value: Any) -> Any:
    raise CodeNeeded()


def _bank_account(asked: Asked, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(
        isinstance(part, str) and len(part) <= 100 for part in value.values()
    ):
        raise ValueInvalid()
    if "known" in value:
        return _known(asked, value)
    rules = asked.facts.market.accounts
    if set(value) == {"iban"}:
        if "iban" not in rules.kinds:
            raise AccountInvalid(accepted=list(rules.kinds))
        iban = read_iban(value["iban"])
        if iban is None:
            raise IbanInvalid()
        if rules.iban_countries and iban[:2] not in rules.iban_countries:
            raise IbanCountryNotPaid(countries=rules.iban_countries)
        return {"iban": iban}
    if set(value) not in ({"number"}, {"bank", "number"}):
        raise ValueInvalid()
    if "domestic" not in rules.kinds:
        raise AccountInvalid(accepted=list(rules.kinds))
    written = value["number"] if rules.bank_in_number else f"{value.get('bank', '')} {value['number']}"
    # Where a domestic number has an IBAN, that is what is stored.
    account = read_bank_account(written, asked.facts.market.market)
    if account is None or (set(account) == {"iban"} and not rules.bank_in_number):
        raise AccountInvalid()
    return account


def _known(asked: Asked, value: dict[str, Any]) -> dict[str, str]:
    """One that the insurer has already, by its id in the options."""
    if set(value) != {"known"} or all(option.value != value for option in asked.read_options()):
        raise OptionUnknown()
    return {"known": value["known"]}


def _provider(asked: Asked, value: Any) -> str:
    if not isinstance(value, str) or not asked.facts.has_provider(value):
        raise ProviderUnknown()
    return value


def _plate_number(asked: Asked, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueInvalid()
    plate = read_plate_number(value, asked.facts.market.market)
    if plate is None and asked.question.rules.any_country:
        plate = " ".join(_text(asked, value).upper().split())
        if not _ANY_PLATE.fullmatch(plate):
            plate = None
    if plate is None:
        raise PlateNumberInvalid()
    return plate


def _document(asked: Asked, value: Any) -> str:
    _require_document(asked, value)
    if asked.question.rules.unused and asked.facts.is_used_up(value, asked.question.id, asked.others):
        raise DocumentAlreadyUsed()
    return str(value)


def _require_document(asked: Asked, value: Any) -> None:
    if not isinstance(value, str) or not asked.facts.has_document(value):
        raise DocumentUnknown()


def _documents(asked: Asked, value: Any) -> list[dict[str, str]]:
    """Documents with their types; without a type a document is the first one still missing."""
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_DOCUMENTS:
        raise ValueInvalid()
    accepted = asked.question.rules.document_types
    missing = list(asked.read_needs())
    stored: list[dict[str, str]] = []
    for given in value:
        entry = {"document_id": given} if isinstance(given, str) else given
        if not isinstance(entry, dict) or not {"document_id"} <= set(entry) <= {
            "document_id",
            "document_type",
        }:
            raise ValueInvalid()
        _require_document(asked, entry["document_id"])
        document_type = entry.get("document_type") or (missing[0] if missing else accepted[0])
        if document_type not in accepted and document_type not in asked.read_needs():
            raise ValueInvalid(document_types=list(accepted))
        if document_type in missing:
            missing.remove(document_type)
        complete = {"document_id": entry["document_id"], "document_type": document_type}
        if complete not in stored:
            stored.append(complete)
    return stored


def add_documents(before: Any, value: Any) -> Any:
    """What a further list of documents makes of the one before: answers to this kind add up.

    A document already there without a type given now keeps the type it has.
    """
    if not isinstance(before, list) or not isinstance(value, list):
        return value
    there = {entry["document_id"] for entry in before}
    named = [
        entry for entry in value if isinstance(entry, dict) and isinstance(entry.get("document_type"), str)
    ]
    plain = [entry for entry in value if entry not in named]
    ids = [entry.get("document_id") if isinstance(entry, dict) else entry for entry in plain]
    return before + named + [entry for entry, id_ in zip(plain, ids, strict=True) if id_ not in there]


_CHECKS: dict[str, Callable[[Asked, Any], Any]] = {
    "date": _date,
    "year": _year,
    "amount": _amount,
    "choice": _choice,
    "consent": _consent,
    "email": _email,
    "phone": _phone,
    "code": _code,
    "bank_account": _bank_account,
    "document": _document,
    "documents": _documents,
    "text": _text,
    "yes_no": _yes_no,
    "provider": _provider,
    "plate_number": _plate_number,
}
