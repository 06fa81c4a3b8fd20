"""The demo data: enough of everything, plausible, the same each time, and never where they do not belong."""

import sqlite3
from datetime import date
from itertools import pairwise
from pathlib import Path

import phonenumbers
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from stdnum import iban

from backend.database import create_database_engine, session_factory
from backend.demo.__main__ import main
from backend.demo.fill import PASSWORD, describe, fill
from backend.people.models import BankAccount, FamilyRelation, Person
from backend.policies.benefits import policy_year
from backend.policies.models import BenefitUse, Membership, Policy, PremiumInstalment
from backend.policies.products import all_products, product_of
from backend.providers.models import Provider
from backend.providers.places import places_of
from backend.requests.models import Request
from backend.requests.states import TRANSITIONS
from backend.settings import Settings
from backend.tables import metadata
from locales.identifiers import (
    read_member_number,
    read_national_id,
    read_policy_number,
    read_request_number,
)
from tests.backend.demo_data import MARKETS, TODAY

BACK = {"child": "parent", "parent": "child", "spouse": "spouse", "sibling": "sibling", "in-law": "in-law"}


def test_there_is_enough_of_everything(database: sessionmaker[Session]) -> None:
    with database() as session:
        for filled in describe(session).values():
            assert filled.people >= 60 and filled.policies >= 12 and filled.providers >= 300
            assert len(filled.usernames) == 3


def test_identifiers_pass_their_checks(database: sessionmaker[Session]) -> None:
    with database() as session:
        for person in session.scalars(select(Person)):
            assert read_national_id(person.national_id, person.market) == person.national_id
        for policy in session.scalars(select(Policy)):
            assert read_policy_number(policy.number, policy.market) == policy.number
        for membership in session.scalars(select(Membership)):
            assert read_member_number(membership.member_number) == membership.member_number
        for request in session.scalars(select(Request)):
            assert read_request_number(request.number, request.market) == request.number
        for account in session.scalars(select(BankAccount)):
            if account.kind == "iban":
                assert account.iban is not None and iban.is_valid(account.iban)
            else:
                assert account.bank and account.number and account.number.isdigit()


def test_phone_numbers_are_valid(database: sessionmaker[Session]) -> None:
    with database() as session:
        numbers = [person.phone for person in session.scalars(select(Person)) if person.phone]
        numbers += [provider.phone for provider in session.scalars(select(Provider))]
    wrong = [number for number in numbers if not phonenumbers.is_valid_number(phonenumbers.parse(number))]
    assert not wrong


def test_kinship_holds_in_both_directions(database: sessionmaker[Session]) -> None:
    with database() as session:
        rows = {
            (row.person_id, row.relative_id): row.relation for row in session.scalars(select(FamilyRelation))
        }
        born = {person.id: person.birth_date for person in session.scalars(select(Person))}
    assert {"spouse", "child", "parent", "sibling", "in-law"} == set(rows.values())
    for (one, other), relation in rows.items():
        assert rows[other, one] == BACK[relation]
        if relation == "child":
            assert (born[other] - born[one]).days > 15 * 365


def test_several_people_have_two_health_policies(database: sessionmaker[Session]) -> None:
    with database() as session:
        for market in MARKETS:
            held: dict[str, set[str]] = {}
            for membership in session.scalars(select(Membership).join(Policy).where(Policy.market == market)):
                policy = membership.policy
                if policy.policy_type == "health" and policy.status == "active" and policy.valid_to >= TODAY:
                    held.setdefault(membership.person_id, set()).add(policy.number)
            assert sum(len(numbers) >= 2 for numbers in held.values()) >= 3


def test_policies_are_of_many_kinds_and_states(database: sessionmaker[Session]) -> None:
    with database() as session:
        for market in MARKETS:
            policies = list(session.scalars(select(Policy).where(Policy.market == market)))
            assert {"health", "motor", "accident", "life"} <= {policy.policy_type for policy in policies}
            assert {"active", "lapsed", "suspended"} <= {policy.status for policy in policies}
            assert any(policy.valid_to < TODAY for policy in policies)
            assert {policy.product_code for policy in policies} <= set(all_products())
            assert all(policy.currency == product_of(policy.product_code).currency for policy in policies)


def test_requests_went_allowed_ways_and_used_what_was_paid(database: sessionmaker[Session]) -> None:
    with database() as session:
        uses = {
            use.request_number: use
            for use in session.scalars(select(BenefitUse))
            if use.request_number is not None
        }
        requests = list(session.scalars(select(Request)))
        assert len({request.status for request in requests}) >= 5
        for request in requests:
            way = [entry.status for entry in request.timeline]
            assert way[0] == "submitted" and way[-1] == request.status
            assert all(after in TRANSITIONS[before] for before, after in pairwise(way))
            assert (request.number in uses) is (request.status in ("approved", "paid"))
            if use := uses.get(request.number):
                assert use.amount == request.decided_amount
                first, last = policy_year(session.get_one(Policy, request.policy_number), TODAY)
                assert first <= use.used_on <= last


def test_instalments_of_a_year_add_up_to_the_premium(database: sessionmaker[Session]) -> None:
    with database() as session:
        for policy in session.scalars(select(Policy).where(Policy.holder_id.is_not(None))):
            rows = session.scalars(
                select(PremiumInstalment).where(PremiumInstalment.policy_number == policy.number)
            )
            assert sum(row.amount for row in rows) == product_of(policy.product_code).yearly_premium


def test_providers_stand_in_real_places_and_fit_their_kind(database: sessionmaker[Session]) -> None:
    with database() as session:
        for provider in session.scalars(select(Provider)):
            places = places_of(provider.market)
            assert any(
                (place.name, place.postal_code) == (provider.city, provider.postal_code)
                for place in places.rows
            )
            if provider.kind in ("hospital", "clinic", "smart_clinic"):
                assert 2 <= len(provider.doctors) <= 12
            assert {doctor.specialty for doctor in provider.doctors} <= set(provider.specialties)
            assert provider.services or (provider.kind, provider.market) == ("garage", "rs")
            assert (provider.kind == "smart_clinic") <= (provider.market == "it")


def test_serbian_data_are_in_cyrillic(database: sessionmaker[Session]) -> None:
    with database() as session:
        for person in session.scalars(select(Person).where(Person.market == "rs")):
            text = person.first_name + person.last_name + person.city
            assert not any(letter.isascii() and letter.isalpha() for letter in text)
        for provider in session.scalars(select(Provider).where(Provider.market == "rs")):
            text = provider.name + provider.street + provider.city
            assert not any(letter.isascii() and letter.isalpha() for letter in text), text


def test_a_second_fill_does_nothing(database: sessionmaker[Session]) -> None:
    with database.begin() as session:
        before = describe(session)
        assert fill(session, TODAY) is False
        assert describe(session) == before


def test_the_same_seed_and_day_give_the_same_data(tmp_path: Path) -> None:
    def dump(name: str, today: date) -> list[str]:
        engine = create_database_engine(f"sqlite:///{tmp_path}/{name}.db")
        metadata.create_all(engine)
        with session_factory(engine).begin() as session:
            assert fill(session, today)
        engine.dispose()
        with sqlite3.connect(tmp_path / f"{name}.db") as connection:
            tables = ("people", "family_relations", "policies", "memberships", "benefit_uses")
            return [
                repr(row)
                for table in (*tables, "premium_instalments", "providers", "doctors", "requests")
                for row in connection.execute(f"select * from {table} order by 1, 2")
            ]

    assert dump("one", TODAY) == dump("two", TODAY)


def test_the_command_says_the_log_ins(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(settings) == 0
    said = capsys.readouterr().out
    for username in ("budi.santoso", "milica.jovanovic", "mario.rossi", PASSWORD):
        assert username in said


def test_the_command_refuses_production(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    production = Settings(
        _env_file=None,
        profile="production",
        database_url=f"sqlite:///{tmp_path}/production.db",
        connectors_token="c" * 40,
        actions_token="a" * 40,
        hash_key="h" * 40,
        office_secret="o" * 40,
        staff_key="s" * 40,
        payment_secret="p" * 40,
        sms_url="https://sms.example.org",
        public_url="https://chat.example.org",
        smtp_url="smtp://localhost:25",
    )
    assert main(production) == 1
    assert "demo profile" in capsys.readouterr().err
    assert not (tmp_path / "production.db").exists()


def test_the_command_asks_for_the_migration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(_env_file=None, database_url=f"sqlite:///{tmp_path}/empty.db")
    assert main(settings) == 1
    assert "backend.migrate" in capsys.readouterr().err
