"""Opening an account and getting back into one, from the wish in the chat to the log-in with the new password."""

import re
import sqlite3
from typing import Any

import pytest

from tests.conversations.claiming import button_title
from tests.conversations.speech import Talk

pytestmark = pytest.mark.slow
PASSWORD = "quattro treni lenti a mezzanotte"
INSURED = """
select p.national_id, p.birth_date, p.email, p.phone, m.policy_number, m.member_number, po.is_group
from people p join memberships m on m.person_id = p.id join policies po on po.number = m.policy_number
where p.market = ? and p.birth_date < '2003-01-01' and po.status = 'active' and m.left_on is null
  and po.valid_to > date('now') and p.email is not null
  and p.id not in (select person_id from accounts)
  and 1 = (select count(*) from people q where q.email = p.email)
order by p.id limit 1
"""


class AccountPage:
    """The secure page behind the newest link of a talk."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.path = talk.link()

    def fill(self, status: int = 200, **fields: str) -> str:
        """Send the present step; tells the page that comes next."""
        page = self.talk.http.get(self.path)
        hidden = dict(re.findall(r'name="(csrf|step)" value="([^"]*)"', page.text))
        origin = str(self.talk.http.base_url).rstrip("/")
        answer = self.talk.http.post(self.path, data={**hidden, **fields}, headers={"Origin": origin})
        assert answer.status_code == status, re.sub(r"\s*<[^>]+>\s*", " ", answer.text)
        return answer.text


def mail_to(talk: Talk, address: str, key: str) -> dict[str, Any]:
    for mail in talk.mails():
        if (mail["to"], mail["key"]) == (address, key):
            return dict(mail)
    raise AssertionError(f"no mail {key} to {address}")


def code_to(talk: Talk, address: str) -> str:
    found = re.search(r"\b\d{6}\b", mail_to(talk, address, "account_code")["body"])
    assert found is not None
    return found[0]


def insured(talk: Talk) -> dict[str, Any]:
    """Somebody of the talk's market who has no account yet."""
    with sqlite3.connect(talk.backend_file) as database:
        database.row_factory = sqlite3.Row
        row = database.execute(INSURED, [talk.phrases["market"]]).fetchone()
    return {
        "national_id": row["national_id"],
        "birth_date": row["birth_date"],
        "email": row["email"],
        "phone": row["phone"] or "",
        "policy_number": row["policy_number"],
        "member_number": row["member_number"],
        "policy_kind": "group" if row["is_group"] else "individual",
    }


def test_an_account_is_opened_and_used(talk, running):
    talk.backend_file = running.var / "backend.db"
    data = insured(talk)
    talk.expect(talk.tell("register"), "account_offer_register")
    page = AccountPage(talk)
    page.fill(422, **data)
    page.fill(**data, consent="yes")
    page.fill(code=code_to(talk, data["email"]))
    username = f"test.{talk.phrases['language']}.{talk.conversation_id[:6].lower().strip('-_')}"
    page.fill(username=username, password=PASSWORD, password_again=PASSWORD)
    talk.expect(talk.listen(), "account_changed_register")

    confirmed = mail_to(talk, data["email"], "account_opened")["body"]
    username = re.search(r": (\S+)\n", confirmed)[1]
    talk.expect(talk.press(button_title(talk, "account_button_login")), "login_offer")
    assert talk.give_password(username, PASSWORD).status_code == 200
    talk.listen()
    talk.expect(talk.say(talk.newest_code()), "login_done_menu")


def test_a_forgotten_password_is_replaced(talk):
    # Somebody else than the other tests log in as: their password stays.
    username = talk.phrases["stranger"]
    answer = talk.tell("forgot_password")
    if talk.means(answer, "not_understood_did_you_mean"):
        # User name or password: where it is not sure, it asks, and what is meant is among the two.
        answer = talk.press(button_title(talk, "wish_forgot_password"))
    talk.expect(answer, "account_offer_password")
    page = AccountPage(talk)
    email = f"{username}@example.org"
    page.fill(username=username, policy_or_email=email, birth_date=talk.phrases["stranger_born"])
    page.fill(code=code_to(talk, email))
    page.fill(password="Care-Demo-2026", password_again="Care-Demo-2026")
    talk.expect(talk.listen(), "account_changed_password")
    talk.expect(talk.press(button_title(talk, "account_button_login")), "login_offer")
    talk.log_in(username)


def test_a_forgotten_user_name_comes_by_mail(talk):
    username = talk.phrases["stranger"]
    talk.expect(talk.tell("forgot_username"), "account_offer_username")
    email = f"{username}@example.org"
    AccountPage(talk).fill(policy_or_email=email, birth_date=talk.phrases["stranger_born"])
    talk.expect(talk.listen(), "account_changed_username")
    assert username in mail_to(talk, email, "username")["body"]


def test_a_password_is_changed_after_the_log_in(talk):
    username = talk.phrases["stranger"]
    talk.expect(talk.tell("change_password"), "login_needed")
    talk.expect(talk.log_in(username), "account_offer_change_password")
    same = "Care-Demo-2026"
    AccountPage(talk).fill(old_password=same, password=same, password_again=same)
    talk.expect(talk.listen(), "account_changed_change_password")
