"""What an agent sees of an answer before anything is unmasked.

Whatever identifies a person or an account is masked; free words may hold anything and are hidden whole. Days,
amounts, services, policies and places are what the help is about, and are shown.
"""

from collections.abc import Callable
from typing import Any

from backend.people.service import mask_email, mask_name, mask_phone
from backend.requests.pack import Question, QuestionKind
from backend.requests.schemas import AnswerView, Display, OptionView
from backend.requests.sources import mask_account

# Sources of options whose labels are people's names. Every other source must be among the plain ones.
PEOPLE = frozenset({"members", "recipients", "account_holders"})
PLAIN = frozenset(
    {
        "services",
        "direct_services",
        "policies_covering",
        "policies_paying_directly",
        "motor_policies",
        "centre_doctors",
        "garages_near",
        # These three come masked.
        "emails",
        "phones",
        "bank_accounts",
    }
)
PLATE_END = 2


def mask_plate(plate: str) -> str:
    """The last two characters."""
    return f"•••• {plate.replace(' ', '')[-PLATE_END:]}"


def mask_answer(question: Question, answer: AnswerView) -> AnswerView:
    """The answer as shown at first; without a value and a display it is hidden."""
    if answer.value is None:
        return answer
    value, display = MASKS[question.kind](question, answer)
    return answer.model_copy(update={"value": value, "display": display})


def mask_option(question: Question, option: OptionView) -> OptionView:
    """An option that names a person, by initials and kinship; any other as it is."""
    if question.options is None or question.options.name not in PEOPLE or option.label is None:
        return option
    detail = {key: value for key, value in option.detail.items() if key == "relation"}
    return option.model_copy(update={"label": mask_name(option.label), "detail": detail})


type Shown = tuple[Any, Display]


def _plain(question: Question, answer: AnswerView) -> Shown:
    return answer.value, answer.display


def _hidden(question: Question, answer: AnswerView) -> Shown:
    return None, Display()


def _choice(question: Question, answer: AnswerView) -> Shown:
    shown = answer.display
    masked = mask_option(question, OptionView(value=answer.value, label=shown.label, detail=shown.detail))
    return answer.value, shown.model_copy(update={"label": masked.label, "detail": masked.detail})


def _contact(mask: Callable[[str | None], str | None]) -> Callable[[Question, AnswerView], Shown]:
    def masked(question: Question, answer: AnswerView) -> Shown:
        # A known one is named by the profile, and its label is masked already.
        label = mask(answer.value) if isinstance(answer.value, str) else answer.display.label
        return None, Display(label=label)

    return masked


def _account(question: Question, answer: AnswerView) -> Shown:
    value = answer.value
    if "known" in value:
        return None, Display(label=answer.display.label)
    return None, Display(label=mask_account(value.get("iban"), value.get("bank"), value.get("number")))


def _plate(question: Question, answer: AnswerView) -> Shown:
    return None, Display(label=mask_plate(answer.value))


MASKS: dict[QuestionKind, Callable[[Question, AnswerView], Shown]] = {
    "date": _plain,
    "year": _plain,
    "amount": _plain,
    "choice": _choice,
    "consent": _plain,
    "email": _contact(mask_email),
    "phone": _contact(mask_phone),
    "code": _hidden,
    "bank_account": _account,
    "document": _plain,
    "documents": _plain,
    "text": _hidden,
    "yes_no": _plain,
    "provider": _plain,
    "plate_number": _plate,
}
