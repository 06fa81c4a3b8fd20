"""What can be wrong with an answer, a draft or a request. One class a fact; no logic lives here."""

from typing import ClassVar

from backend.errors import Fault


class AnswerRefused(Fault):
    """The value cannot be the answer to the question; `code` says why. Nothing was stored."""

    status = 422
    code: ClassVar[str] = "value_invalid"


class ValueInvalid(AnswerRefused):
    """Not of the question's kind, or the question is not asked in this draft."""

    code = "value_invalid"


class DateInFuture(AnswerRefused):
    code = "date_in_future"


class DateInPast(AnswerRefused):
    """The day of something still to come."""

    code = "date_in_past"


class DateTooFar(AnswerRefused):
    code = "date_too_far"


class DateTooOld(AnswerRefused):
    code = "date_too_old"


class AmountNotPositive(AnswerRefused):
    code = "amount_not_positive"


class AmountTooLarge(AnswerRefused):
    code = "amount_too_large"


class CurrencyNotAccepted(AnswerRefused):
    code = "currency_not_accepted"


class IbanInvalid(AnswerRefused):
    """The check digits do not hold."""

    code = "iban_invalid"


class IbanCountryNotPaid(AnswerRefused):
    """A right IBAN of a country to which the market does not pay."""

    code = "iban_country_not_paid"


class AccountInvalid(AnswerRefused):
    """A domestic account number that cannot exist, or a kind of account that the market does not pay to."""

    code = "account_invalid"


class EmailInvalid(AnswerRefused):
    code = "email_invalid"


class PhoneInvalid(AnswerRefused):
    """Not a number that exists; without a country code it is one of the market."""

    code = "phone_invalid"


class ContactUnchanged(AnswerRefused):
    """It is the address or number that is known already."""

    code = "contact_unchanged"


class CodeNeeded(AnswerRefused):
    """Nothing that is written here is an answer: the gateway has the code checked."""

    code = "code_needed"


class PlateNumberInvalid(AnswerRefused):
    """No registration number of the market's country, or of any where that is accepted."""

    code = "plate_number_invalid"


class ProviderUnknown(AnswerRefused):
    """Does not exist in the market, or the insurer does not work with it."""

    code = "provider_unknown"


class OptionUnknown(AnswerRefused):
    """Not among the options: unknown, somebody else's, or not covered on that day."""

    code = "option_unknown"


class TextTooLong(AnswerRefused):
    code = "text_too_long"


class DocumentUnknown(AnswerRefused):
    """Does not exist, or is not the person's."""

    code = "document_unknown"


class DocumentAlreadyUsed(AnswerRefused):
    """The same file is already an expense document of this draft or of another request of the person."""

    code = "document_already_used"


class ConsentNeeded(AnswerRefused):
    code = "consent_needed"


class DraftClosed(Fault):
    """Submitted or discarded: its answers do not change any more."""

    status = 409
    code = "draft_closed"


class DraftIncomplete(Fault):
    """Questions are open; `next` is the first of them."""

    status = 409
    code = "draft_incomplete"


class NotEligible(Fault):
    """Nothing the person has lets them go this way: no motor policy, no service paid directly."""

    status = 409
    code = "not_eligible"


class TooManyDrafts(Fault):
    """So many drafts are open that something goes round in circles."""

    status = 429
    code = "too_many_drafts"


class RequestClosed(Fault):
    """The request is decided or withdrawn: nothing is added to it or taken back."""

    status = 409
    code = "request_closed"


class TransitionNotAllowed(Fault):
    """A request does not go from its present status to that one."""

    status = 409
    code = "transition_not_allowed"


class NoCodeAsked(Fault):
    """The draft's open question is not one that waits for a code."""

    status = 409
    code = "no_code_asked"
