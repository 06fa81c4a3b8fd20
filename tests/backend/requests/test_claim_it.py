"""The Italian claim step by step, as guide 002 asks it."""

import pytest

from tests.backend.documents import bills
from tests.backend.requests.conftest import (
    LAST_WEEK,
    MARIOS_IBAN,
    NEW_IBAN,
    TODAY,
    Customer,
    Family,
    add_bill,
    euros,
    fill_claim,
    go_to_bills,
)


def test_the_questions_come_in_the_order_of_the_guide(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    mario.begin()
    asked = []
    answers = {
        "treatment_date": LAST_WEEK,
        "person": rossi.anna,
        "service": "mri",
        "recipient": "self",
        "authorisation": True,
        "email": "new@example.org",
        "bank_account": {"iban": "de89 3704 0044 0532 0130 00"},
        "expense_date": LAST_WEEK,
        "expense_amount": euros("120.00"),
        "expense_issuer": "Clinica",
        "invoice_number": "12/A",
        "more_expenses": False,
        "notes": "Grazie",
    }
    while mario.next:
        asked.append(mario.next)
        if mario.next == "expense_document":
            mario.answer(mario.next, mario.upload())
        elif mario.next == "further_documents":
            mario.answer(mario.next, [mario.upload()])
        else:
            mario.answer(mario.next, answers[mario.next])
    assert asked == [
        "treatment_date",
        "person",
        "service",
        "recipient",
        "authorisation",
        "email",
        "bank_account",
        "expense_document",
        "expense_date",
        "expense_amount",
        "expense_issuer",
        "invoice_number",
        "more_expenses",
        "further_documents",
        "further_documents",
        "notes",
    ]
    assert mario.draft["ready"]
    assert mario.value("bank_account") == {"iban": NEW_IBAN}
    # Only one policy covers Anna: answered from what is known, shown and editable.
    policy = next(answer for answer in mario.draft["answers"] if answer["question"] == "policy")
    assert (policy["value"], policy["source"], policy["editable"]) == (rossi.policies[0], "profile", True)
    assert mario.draft["progress"]["answered"] == mario.draft["progress"]["total"]


def test_only_covered_services_of_visible_people_can_be_chosen(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    mario.begin({"treatment_date": LAST_WEEK})
    people = [option["value"] for option in mario.draft["next"]["options"]]
    assert people == [rossi.mario, rossi.anna, rossi.giulia, rossi.luca]
    assert mario.put("person", "0" * 32).json()["error"] == "option_unknown"
    mario.answer("person", rossi.anna)
    services = {option["value"] for option in mario.draft["next"]["options"]}
    assert "mri" in services
    assert "orthodontics" not in services
    assert mario.put("service", "orthodontics").json()["error"] == "option_unknown"
    assert all(
        option["label_key"] == f"service.{option['value']}" for option in mario.draft["next"]["options"]
    )


def test_the_policy_is_asked_where_more_than_one_covers(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    mario.begin({"treatment_date": LAST_WEEK, "person": rossi.mario, "service": "mri"})
    assert mario.next == "policy"
    options = mario.draft["next"]["options"]
    assert {option["value"] for option in options} == set(rossi.policies)
    left = {option["value"]: option["detail"]["left"] for option in options}
    assert left == {rossi.policies[0]: euros("3500.00"), rossi.policies[1]: euros("2000.00")}
    mario.answer("policy", rossi.policies[1])
    # For himself nobody else can be paid.
    assert mario.value("recipient") == "self"
    assert mario.next == "email"


@pytest.mark.parametrize(
    ("member", "asked"), [("mario", False), ("luca", False), ("anna", True), ("giulia", True)]
)
def test_the_recipient_is_asked_for_a_relative_of_full_age(
    mario_online: Customer, rossi: Family, member: str, asked: bool
) -> None:
    mario = mario_online
    mario.begin({"treatment_date": LAST_WEEK, "person": rossi.people[member], "service": "gp_visit"})
    if mario.next == "policy":
        mario.answer("policy", rossi.policies[0])
    assert (mario.next == "recipient") is asked


def test_paying_a_grown_up_relatives_refund_to_oneself_needs_the_authorisation(
    mario_online: Customer, rossi: Family
) -> None:
    mario = mario_online
    mario.begin({"treatment_date": LAST_WEEK, "person": rossi.anna, "service": "mri", "recipient": "self"})
    assert mario.next == "authorisation"
    assert mario.put("authorisation", False).json()["error"] == "consent_needed"
    mario.answer("authorisation", True)
    mario.answer("recipient", rossi.anna)
    assert mario.draft["dropped"] == ["authorisation"]
    assert mario.put("authorisation", True).json()["error"] == "value_invalid"


def test_a_relatives_own_account_is_never_shown(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    mario.begin(
        {"treatment_date": LAST_WEEK, "person": rossi.anna, "service": "mri", "recipient": rossi.anna}
    )
    mario.answer("email", {"known": "profile"})
    question = mario.draft["next"]
    assert (question["question"], question["options"], question["suggestion"]) == ("bank_account", [], None)
    assert mario.put("bank_account", {"known": "b" * 32}).json()["error"] == "option_unknown"


def test_known_contact_data_are_offered_masked_and_stored_only_when_confirmed(
    mario_online: Customer, rossi: Family
) -> None:
    mario = mario_online
    mario.begin({"treatment_date": LAST_WEEK, "person": rossi.luca, "service": "mri"})
    email = mario.draft["next"]
    assert email["suggestion"]["value"] == {"known": "profile"}
    assert email["options"][0]["label"] == "m•••@example.org"
    assert not mario.has("email")
    mario.answer("email", {"known": "profile"}, source="profile")
    account = mario.draft["next"]
    assert account["suggestion"]["display"]["label"] == "IT60 •••• 3456"
    assert MARIOS_IBAN not in str(mario.draft)
    mario.answer("bank_account", account["suggestion"]["value"], source="profile")
    assert MARIOS_IBAN not in str(mario.draft)
    assert [a["source"] for a in mario.draft["answers"] if a["question"] == "bank_account"] == ["profile"]


def test_the_receipt_fills_the_form_but_only_what_is_confirmed_is_stored(
    mario_online: Customer, rossi: Family
) -> None:
    mario = mario_online
    go_to_bills(mario, rossi)
    text = bills.ITALIAN.replace("03/11/2026", TODAY.strftime("%d/%m/%Y"))
    document_id = mario.upload(bills.make_pdf(text))
    mario.answer("expense_document", document_id)
    suggestion = mario.draft["next"]["suggestion"]
    assert (mario.next, suggestion["value"]) == ("expense_date", TODAY.isoformat())
    assert (suggestion["source"], suggestion["document_id"]) == ("document", document_id)
    assert not mario.has("expense_date")
    mario.answer("expense_date", TODAY.isoformat(), source="document")
    assert mario.draft["next"]["suggestion"]["value"] == euros("262.00")
    # Corrected by the customer: then it is the customer's word, whatever is claimed.
    mario.answer("expense_amount", euros("260.00"), source="document")
    sources = {a["question"]: a["source"] for a in mario.draft["answers"]}
    assert (sources["expense_date"], sources["expense_amount"]) == ("document", "customer")
    assert mario.draft["next"]["suggestion"]["value"] == "Poliambulatorio San Luca S.r.l."


def test_bills_are_taken_one_at_a_time(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    go_to_bills(mario, rossi)
    add_bill(mario, "100.00")
    mario.answer("more_expenses", True)
    assert (mario.next, mario.draft["next"]["item"]) == ("expense_document", 2)
    add_bill(mario, "50.50")
    mario.answer("more_expenses", False)
    assert mario.next == "further_documents"
    assert mario.value("expense_amount", 1) == euros("100.00")
    assert mario.value("expense_amount", 2) == euros("50.50")
    assert mario.put("expense_amount", euros("1.00")).json()["detail"] == {"reason": "item_needed"}
    assert mario.put("expense_amount", euros("1.00"), 3).json()["detail"] == {"reason": "not_asked"}


def test_a_bill_can_be_taken_out_again(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    go_to_bills(mario, rossi)
    for amount in ("1.00", "2.00", "3.00"):
        add_bill(mario, amount)
        mario.answer("more_expenses", amount != "3.00")
    mario.reopen("expenses", 2)
    assert [mario.value("expense_amount", item)["amount"] for item in (1, 2)] == ["1.00", "3.00"]
    assert mario.value("more_expenses", 2) is False
    mario.reopen("expenses", 2)
    assert mario.value("more_expenses", 1) is False
    assert mario.next == "further_documents"
    mario.reopen("expenses", 1)
    assert (mario.next, mario.draft["next"]["item"]) == ("expense_document", 1)


def test_a_second_bill_half_begun_can_be_taken_back(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    go_to_bills(mario, rossi)
    add_bill(mario, "1.00")
    mario.answer("more_expenses", True)
    mario.answer("expense_document", mario.upload())
    mario.answer("more_expenses", False, 1)
    assert mario.draft["dropped"] == ["expense_document"]
    assert mario.next == "further_documents"


def test_the_documents_that_the_service_needs_are_asked_until_they_are_there(
    mario_online: Customer, rossi: Family
) -> None:
    mario = mario_online
    go_to_bills(mario, rossi)
    add_bill(mario, "1.00")
    mario.answer("more_expenses", False)
    assert mario.draft["next"]["rules"]["missing"] == ["referral", "report"]
    report = mario.upload()
    mario.answer("further_documents", [{"document_id": report, "document_type": "report"}])
    assert (mario.next, mario.draft["next"]["rules"]["missing"]) == ("further_documents", ["referral"])
    mario.answer("further_documents", [mario.upload()])
    assert [entry["document_type"] for entry in mario.value("further_documents")] == ["report", "referral"]
    assert mario.next == "notes"
    # Said again, nothing changes.
    mario.answer("further_documents", [report])
    assert len(mario.value("further_documents")) == 2


def test_nothing_is_asked_where_the_service_needs_no_document(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    mario.begin({"treatment_date": LAST_WEEK, "person": rossi.luca, "service": "gp_visit"})
    mario.answer("email", {"known": "profile"})
    mario.answer("bank_account", {"iban": MARIOS_IBAN})
    add_bill(mario, "30.00")
    mario.answer("more_expenses", False)
    assert mario.next == "notes"


def test_more_than_the_limit_is_said_and_allowed(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    fill_claim(mario, rossi)
    assert mario.draft["warnings"] == []
    mario.answer("expense_amount", euros("3500.01"), 1)
    assert mario.draft["warnings"] == ["over_limit"]
    assert mario.submit().status_code == 201


def test_changing_the_person_drops_what_was_said_for_the_other_one(
    mario_online: Customer, rossi: Family
) -> None:
    mario = mario_online
    go_to_bills(mario, rossi, "anna")
    add_bill(mario, "10.00")
    mario.answer("person", rossi.giulia)
    assert mario.draft["dropped"] == ["recipient", "authorisation"]
    assert mario.next == "recipient"
    assert mario.value("expense_amount", 1) == euros("10.00")
    assert mario.value("service") == "mri"
    mario.answer("recipient", "self")
    assert mario.next == "authorisation"
    # The same one is paid as before: the account stays.
    mario.answer("authorisation", True)
    assert mario.next == "more_expenses"


def test_another_recipient_needs_another_account(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    go_to_bills(mario, rossi, "anna")
    mario.answer("recipient", rossi.anna)
    assert set(mario.draft["dropped"]) == {"authorisation", "bank_account"}
    assert mario.next == "bank_account"


def test_a_day_before_the_policy_drops_the_service(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    mario.begin({"treatment_date": LAST_WEEK, "person": rossi.anna, "service": "mri"})
    long_ago = TODAY.replace(year=TODAY.year - 2).isoformat()
    mario.answer("treatment_date", long_ago)
    assert mario.draft["dropped"] == ["service"]
    assert mario.draft["next"]["options"] == []


def test_an_answer_can_be_asked_again(mario_online: Customer, rossi: Family) -> None:
    mario = mario_online
    fill_claim(mario, rossi)
    mario.reopen("expense_date", 1)
    assert (mario.next, mario.draft["next"]["item"]) == ("expense_date", 1)
    assert not mario.draft["ready"]
    assert mario.value("expense_amount", 1) == euros("262.00")
    mario.answer("expense_date", LAST_WEEK)
    assert mario.draft["ready"]
