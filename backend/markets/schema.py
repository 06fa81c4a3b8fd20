"""What a market pack may say. Nothing else is accepted: a misspelt key stops the start.

The claim part is a questionnaire and is checked where questionnaires live (backend/requests).
"""

from datetime import date, time
from typing import Annotated, Any, Literal, Self, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from holidays import country_holidays
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, field_validator, model_validator

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ClockTime = Annotated[time, PlainSerializer(lambda value: value.strftime("%H:%M"), return_type=str)]
Journey = Literal[
    "login",
    "register",
    "forgot_password",
    "forgot_username",
    "change_password",
    "policies",
    "benefits",
    "ecard",
    "providers",
    "claim",
    "direct_care",
    "car_damage",
    "premium",
    "pension_fund",
    "requests",
    "add_documents",
    "contact_data",
    "bank_account",
    "events",
    "health_articles",
    "testimonials",
]
# offered: works today · planned: belongs to the market, not yet here · absent: not in this market
Offer = Literal["offered", "planned", "absent"]


class Part(BaseModel):
    """A part of a pack: closed and constant."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EmergencyNumber(Part):
    service: Literal["general", "ambulance", "police", "fire"]
    number: Annotated[str, Field(pattern=r"^[0-9]{2,6}$", examples=["118"])]


class OpeningHours(Part):
    """One span of some days, in the market's time zone; a day with a break has two.

    Closing at "00:00" is the end of the day: all seven days from "00:00" to "00:00" are never closed.
    """

    days: Annotated[list[Day], Field(min_length=1)]
    opens: ClockTime
    closes: ClockTime

    @model_validator(mode="after")
    def open_before_closing(self) -> Self:
        if self.closes != time.min and self.opens >= self.closes:
            raise ValueError("closes before it opens")
        return self


class HolidayRules(Part):
    """Whose public holidays are kept, by the codes of the `holidays` library (ISO 3166).

    `extra` are further days of CARE's own, with the name customers are told.
    """

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["IT"])]
    subdivision: Annotated[str | None, Field(examples=["MI"])] = None
    closed_on_holidays: bool = True
    extra: dict[date, Annotated[str, Field(min_length=1)]] = {}

    @model_validator(mode="after")
    def know_the_country(self) -> Self:
        try:
            country_holidays(self.country, subdiv=self.subdivision)
        except NotImplementedError as error:  # what the library says of a country or region it has not
            raise ValueError(f"no holidays are known: {error}") from error
        return self


class Care(Part):
    """How CARE's people are reached. Without `holidays` the hours hold every day of the year."""

    phones: Annotated[list[str], Field(min_length=1, examples=[["15000-37"]])]
    email: Annotated[str, Field(examples=["cs@generali.co.id"])]
    hours: Annotated[list[OpeningHours], Field(min_length=1)]
    holidays: HolidayRules | None = None
    address: str | None = None


class CodeRules(Part):
    """One-time codes: whether a log-in asks for one, how long it is and lives."""

    at_login: bool
    length: Annotated[int, Field(ge=6, le=8)]
    life_seconds: Annotated[int, Field(ge=30, le=900)]


class FileRules(Part):
    max_bytes: Annotated[int, Field(gt=0)]
    media_types: Annotated[list[str], Field(min_length=1)]


class AccountRules(Part):
    """How somebody may be paid: `iban` of these countries, or a `domestic` bank and number."""

    kinds: Annotated[list[Literal["iban", "domestic"]], Field(min_length=1)]
    iban_countries: list[Annotated[str, Field(pattern=r"^[A-Z]{2}$")]] = []
    # The domestic number names its bank itself (rs: the first three of 18 digits).
    bank_in_number: bool = False


IdentityField = Literal[
    "policy_kind", "policy_number", "member_number", "birth_date", "national_id", "email", "phone"
]


RecoveryField = Literal["username", "policy_or_email", "birth_date"]


class RegistrationRules(Part):
    """What somebody who opens an account is asked, and what proves that they are insured.

    All that is given has to fit one person. A policy number left empty is made up for by the known e-mail.
    """

    fields: Annotated[list[IdentityField], Field(min_length=1)]
    optional: list[IdentityField] = []
    # An address the insurer does not have becomes the account's once a code sent there comes back.
    new_email: bool
    username: Literal["generated", "chosen"]
    consent: Literal["licence_agreement", "personal_data_notice"]
    consent_version: Annotated[str, Field(examples=["2026-01"])]

    @model_validator(mode="after")
    def ask_for_an_address(self) -> Self:
        if "email" not in self.fields or not set(self.optional) <= set(self.fields):
            raise ValueError("an e-mail is asked for, and only what is asked for is optional")
        return self


class RecoveryRules(Part):
    """What somebody who forgot the password, or the user name, is asked."""

    password: Annotated[list[RecoveryField], Field(min_length=1)]
    username: Annotated[list[RecoveryField], Field(min_length=1)]


class MarketCommon(Part):
    """What a pack and its public part have alike."""

    market: Annotated[str, Field(pattern=r"^[a-z]{2}$", examples=["id"])]
    name: str
    insurer_name: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["IDR"])]
    # All that customers may write here, the default first.
    languages: Annotated[list[Annotated[str, Field(pattern=r"^[a-z]{2}$")]], Field(min_length=1)]
    timezone: Annotated[str, Field(examples=["Asia/Jakarta"])]
    emergency: Annotated[list[EmergencyNumber], Field(min_length=1)]
    care: Care
    code: CodeRules
    files: FileRules
    accounts: AccountRules
    adult_age: Annotated[int, Field(ge=16, le=21)]
    claim: dict[str, Any]


class MarketPublic(MarketCommon):
    """What any caller may read of a market."""

    journeys: dict[Journey, Offer]


class MarketPack(MarketCommon):
    """A whole pack. `ours` names the fields where the market's guide is silent and the choice is ours."""

    journeys: dict[Journey, Offer]
    registration: RegistrationRules
    recovery: RecoveryRules
    ours: list[str] = []

    @field_validator("timezone")
    @classmethod
    def timezone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except ZoneInfoNotFoundError as error:
            raise ValueError("unknown time zone") from error
        return value

    @model_validator(mode="after")
    def say_every_journey(self) -> Self:
        missing = set(get_args(Journey)) - set(self.journeys)
        if missing:
            raise ValueError(f"journeys lack {sorted(missing)}")
        return self

    @model_validator(mode="after")
    def name_our_own_fields(self) -> Self:
        """`ours` holds dotted paths into the pack that exist."""
        for path in self.ours:
            part: Any = self
            for name in path.split("."):
                part = part.get(name) if isinstance(part, dict) else getattr(part, name, None)
                if part is None:
                    raise ValueError(f"ours names {path}, which is not in the pack")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def public(self) -> MarketPublic:
        """The pack without what only the backend needs."""
        said = self.model_dump(include=set(MarketCommon.model_fields))
        return MarketPublic(**said, journeys=self.journeys)
