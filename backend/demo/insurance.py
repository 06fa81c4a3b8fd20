"""Policies of the invented people, with members and premium instalments. Days count back from the day of filling."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from sqlalchemy.orm import Session

from backend.demo.families import Kin
from backend.demo.identity import make_id
from backend.demo.recipe import Recipe, split_evenly
from backend.people.models import Person
from backend.policies.benefits import policy_year
from backend.policies.models import BenefitUse, Membership, Policy, PremiumInstalment
from backend.policies.products import product_of
from locales.house_numbers import generate_member_number, generate_policy_number

# A policy runs at least this long after the day of filling.
LEAST_DAYS_LEFT = 60


def month_start(day: date, months: int) -> date:
    """The first day of the month `months` after (before, if negative) the one of `day`."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


class PolicyMaker:
    """Makes the policies of one market."""

    def __init__(self, session: Session, market: str, recipe: Recipe, chooser: Random, today: date) -> None:
        self.session = session
        self.market = market
        self.recipe = recipe
        self.chooser = chooser
        self.today = today
        self._used: set[str] = set()
        self._of_company: dict[str, Policy] = {}

    def named(self, kin: dict[str, Kin]) -> dict[str, Policy]:
        """The policies the recipe names, by their key."""
        policies = {}
        for key, named in self.recipe.policies.items():
            members = [kin[member].person for member in named.members]
            if named.company is not None and named.principal is not None:
                policy = self._of(named.company, named.product, named.months_ago)
                self._insure(policy, kin[named.principal].person, members)
            else:
                holder = kin[named.holder or named.members[0]].person
                ended = named.ended_months_ago
                policy = self._policy(named.product, named.months_ago, ended, holder, None)
                self._insure(policy, holder, members)
                self._instalments(policy, overdue=named.premium == "overdue")
            policies[key] = policy
        self.session.flush()
        return policies

    def for_families(self, families: list[list[Kin]]) -> None:
        """Policies of the families the recipe does not name: a mix of products and of states."""
        for index, family in enumerate(families):
            people = [kin.person for kin in family]
            head = people[0]
            months_ago = self.chooser.randrange(14, 60)
            if len(people) >= 4 and index % 2:
                company = self.recipe.companies[index // 2 % len(self.recipe.companies)]
                policy = self._of(company, self.recipe.patterns.group, 20)
                self._insure(policy, head, people[:3])
                self._use(policy)
            elif len(people) > 1:
                policy = self._policy(self.recipe.patterns.family, months_ago, None, head, None)
                self._insure(policy, head, people)
                self._instalments(policy, overdue=index % 5 == 0)
                self._use(policy)
            else:
                policy = self._policy(self.recipe.patterns.individual, months_ago, None, head, None)
                self._insure(policy, head, people)
                self._instalments(policy, overdue=False)
            # Some stopped paying, one asked for a pause.
            if index in (2, 14):
                policy.status = "lapsed" if index == 2 else "suspended"
                policy.status_since = self.today - timedelta(days=45)
            if index % 2 == 0:
                other = self.recipe.patterns.others[index // 2 % len(self.recipe.patterns.others)]
                second = self._policy(other, self.chooser.randrange(14, 40), None, head, None)
                self._insure(second, head, [head] if product_of(other).benefits else [])
                self._instalments(second, overdue=False)
        self.session.flush()

    def _of(self, company: str, product: str, months_ago: int) -> Policy:
        if company not in self._of_company:
            self._of_company[company] = self._policy(product, months_ago, None, None, company)
        return self._of_company[company]

    def _policy(
        self,
        product_code: str,
        months_ago: int,
        ended: int | None,
        holder: Person | None,
        company: str | None,
    ) -> Policy:
        product = product_of(product_code)
        begins = month_start(self.today, -months_ago)
        if ended is not None:
            ends = month_start(self.today, -ended) - timedelta(days=1)
        else:
            ends = begins
            while (ends - self.today).days < LEAST_DAYS_LEFT:
                ends = ends.replace(year=ends.year + 1)
            ends -= timedelta(days=1)
        policy = Policy(
            number=self._unused(lambda: generate_policy_number(self.market, self.chooser)),
            market=self.market,
            product_code=product.code,
            policy_type=product.policy_type,
            valid_from=begins,
            valid_to=ends,
            holder_id=None if holder is None else holder.id,
            holder_name=company if holder is None else holder.full_name,
            is_group=product.is_group,
            currency=product.currency,
        )
        self.session.add(policy)
        self.session.flush()
        return policy

    def _insure(self, policy: Policy, principal: Person, members: list[Person]) -> None:
        for member in members:
            policy.memberships.append(
                Membership(
                    id=make_id(self.chooser),
                    person_id=member.id,
                    principal_id=principal.id,
                    member_number=self._unused(lambda: generate_member_number(self.chooser)),
                    joined_on=max(policy.valid_from, member.birth_date),
                )
            )

    def _instalments(self, policy: Policy, *, overdue: bool) -> None:
        """The instalments of the present policy year; those of the past are paid, unless the last is overdue."""
        product = product_of(policy.product_code)
        first, _ = policy_year(policy, self.today)
        dates = [
            month_start(first, index * 12 // product.instalments) for index in range(product.instalments)
        ]
        past = [day for day in dates if day < self.today or policy.valid_to < self.today]
        open_ones = past[-1:] if overdue else []
        for day, amount in zip(dates, split_evenly(product.yearly_premium, product.instalments), strict=True):
            paid = day in past and day not in open_ones
            policy.instalments.append(
                PremiumInstalment(
                    id=make_id(self.chooser),
                    due_date=day,
                    amount=amount,
                    paid_on=day - timedelta(days=3) if paid else None,
                )
            )

    def _use(self, policy: Policy) -> None:
        """A few treatments of the present policy year; one member has used a benefit up."""
        self.session.flush()
        first, _ = policy_year(policy, self.today)
        days = (self.today - first).days
        benefits = product_of(policy.product_code).benefits
        for index, membership in enumerate(policy.memberships):
            name = self.chooser.choice(["outpatient", "diagnostics", "dental"])
            limit = benefits[name].limit
            if limit is None or days < 1:
                continue
            share = 100 if index == 1 else self.chooser.randrange(2, 25)
            self.session.add(
                BenefitUse(
                    id=make_id(self.chooser),
                    membership_id=membership.id,
                    benefit_type=name,
                    used_on=self.today - timedelta(days=self.chooser.randrange(days)),
                    amount=limit * share / 100,
                )
            )

    def _unused(self, make: Callable[[], str]) -> str:
        while (value := make()) in self._used:
            pass
        self._used.add(value)
        return value
