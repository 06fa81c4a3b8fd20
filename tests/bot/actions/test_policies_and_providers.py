"""Cover, limits and the search for a provider."""

import httpx
import pytest

from bot.actions.policies import ActionShowBenefits, ActionShowLimits
from bot.actions.providers import ActionFindProvider
from bot.actions.request_status import ActionCheckRequestStatus

MARIO = {"person_id": "p1", "full_name": "Mario Rossi", "first_name": "Mario", "relation": "self"}
ANNA = {"person_id": "p2", "full_name": "Anna Rossi", "first_name": "Anna", "relation": "spouse"}
LUCA = {"person_id": "p3", "full_name": "Luca Rossi", "first_name": "Luca", "relation": "child"}
EVA = {"person_id": "p4", "full_name": "Eva Rossi", "first_name": "Eva", "relation": "child"}


def euro(amount):
    return {"amount": amount, "currency": "EUR"}


def benefit(**changes):
    return {
        "policy_number": "IT-1", "product": "Salute", "person_id": "p1", "benefit_type": "dental", "covered": True,
        "limit": euro("1000.00"), "used": euro("250.00"), "left": euro("750.00"), "visits_limit": None,
        "visits_left": None, "co_payment_percent": 20, "co_payment": None, "period_start": "2026-01-01",
        "period_end": "2026-12-31", "waiting_until": None, "service": None, "service_covered": None, **changes,
    }  # fmt: skip


def with_family(bench, *benefits):
    bench.backend.on("GET", "/conversations/c1/members", [MARIO, ANNA, LUCA, EVA])
    bench.backend.on("GET", "/conversations/c1/benefits", list(benefits))


def asked_for(bench, path="/conversations/c1/benefits"):
    return dict([c for c in bench.backend.calls if c.url.path == path][-1].url.params)


def test_what_is_left_is_said_with_limit_used_and_co_payment(bench):
    with_family(bench, benefit())
    said = bench.run(ActionShowLimits, intent="ask_coverage_limit", entities={"benefit_type": "dental"})
    lines = "\n".join(said.cards[0]["lines"])
    assert all(part in lines for part in ("750,00", "1.000,00", "250,00", "20"))


def test_my_wife_means_the_spouse(bench):
    with_family(bench, benefit())
    bench.run(
        ActionShowBenefits, intent="ask_benefit", entities={"family_member": "spouse", "service": "mri"}
    )
    assert asked_for(bench) == {"person_id": "p2", "service": "mri"}


def test_my_child_with_two_children_asks_which(bench):
    with_family(bench, benefit())
    said = bench.run(ActionShowBenefits, intent="ask_benefit", entities={"family_member": "child"})
    assert len(said.buttons) == 2
    assert not [c for c in bench.backend.calls if c.url.path.endswith("/benefits")]


def test_a_person_who_may_not_be_seen_is_not_answered_with_ones_own_cover(bench):
    with_family(bench, benefit())
    said = bench.run(ActionShowBenefits, intent="ask_benefit", entities={"family_member": "Ettore"})
    assert said.cards == []


def test_and_for_my_wife_keeps_the_benefit_talked_about(bench):
    with_family(bench, benefit())
    subject = {"person_id": "p1", "benefit_type": "dental"}
    bench.run(
        ActionShowLimits,
        entities={"family_member": "spouse"},
        slots={"subject": subject, "awaiting": "limits"},
    )
    assert asked_for(bench) == {"person_id": "p2", "benefit_type": "dental"}


def test_an_excluded_service_is_not_covered_although_its_benefit_is(bench):
    with_family(bench, benefit(service="orthodontics", service_covered=False))
    said = bench.run(ActionShowBenefits, intent="ask_benefit", entities={"service": "orthodontics"})
    assert said.cards == []


def provider(number):
    return {
        "provider_id": f"v{number}", "name": f"Casa di Cura {number}", "kind": "hospital", "street": "Via Roma 1",
        "city": "Milano", "postal_code": "20121", "lat": 45.47, "lon": 9.19, "phone": "+39 02 000000",
        "specialties": ["cardiology"], "services": [], "doctors": [{"name": "Ada Neri", "specialty": "cardiology"}],
        "distance_km": None, "partner": True,
    }  # fmt: skip


def with_providers(bench, total=7):
    def search(request: httpx.Request):
        offset = int(request.url.params["offset"])
        items = [provider(n) for n in range(offset, min(total, offset + 5))]
        return 200, {"total": total, "matched": {"city": "Milano"}, "items": items}

    bench.backend.on("GET", "/markets/it/providers", search)


def test_a_specialty_without_a_town_asks_where_and_keeps_the_specialty(bench):
    asked = bench.run(ActionFindProvider, intent="find_provider", entities={"specialty": "cardiology"})
    assert asked.slots["awaiting"] == "provider_place"
    with_providers(bench)
    found = bench.run(ActionFindProvider, "Milano", entities={"city": "Milano"}, slots=asked.slots)
    sent = asked_for(bench, "/markets/it/providers")
    assert (sent["city"], sent["specialty"]) == ("Milano", "cardiology")
    assert "Ada Neri" in "\n".join(found.cards[0]["lines"])


@pytest.mark.parametrize(
    ("benefit", "service"),
    [("physiotherapy", "physiotherapy_session"), ("checkup", "checkup"), ("emergency", "emergency_visit")],
)
def test_a_benefit_named_whole_is_sought_as_the_service_it_means(bench, benefit, service):
    with_providers(bench)
    said = {"benefit_type": benefit, "city": "Torino"}
    bench.run(ActionFindProvider, "la fisioterapia a Torino", "find_provider", said)
    assert asked_for(bench, "/markets/it/providers")["service"] == service


def test_more_shows_the_next_page_of_the_same_search(bench):
    with_providers(bench)
    first = bench.run(ActionFindProvider, intent="find_provider", entities={"city": "Milano"})
    more = next(payload for payload in first.buttons.values() if "more" in payload)
    assert more == '/find_provider{"choice": "more"}'
    second = bench.run(
        ActionFindProvider, intent="find_provider", entities={"choice": "more"}, slots=first.slots
    )
    assert len(second.cards) == 2
    assert second.buttons == {}


def test_a_location_gives_the_nearest_of_what_was_sought(bench):
    asked = bench.run(ActionFindProvider, intent="find_provider", entities={"specialty": "cardiology"})
    assert asked.messages[0]["custom"]["input"] == {"kind": "location"}
    with_providers(bench)
    here = {"detail": {"lat": 45.07, "lon": 7.68}}
    found = bench.run(ActionFindProvider, "/find_provider", "find_provider", slots=asked.slots, metadata=here)
    sent = asked_for(bench, "/markets/it/providers")
    assert (sent["lat"], sent["lon"], sent["specialty"]) == ("45.07", "7.68", "cardiology")
    assert found.cards[0]["place"] == {"lat": 45.47, "lon": 9.19, "address": "Via Roma 1, 20121 Milano"}
    bench.run(ActionFindProvider, intent="find_provider", entities={"choice": "more"}, slots=found.slots)
    sent = asked_for(bench, "/markets/it/providers")
    assert (sent["lat"], sent["offset"]) == ("45.07", "5")


def test_a_location_out_of_the_blue_starts_anew(bench):
    with_providers(bench)
    before = {"provider_search": {"specialty": "cardiology", "city": "Milano"}}
    here = {"detail": {"lat": 45.07, "lon": 7.68}}
    bench.run(ActionFindProvider, "/find_provider", "find_provider", slots=before, metadata=here)
    assert asked_for(bench, "/markets/it/providers").keys() == {"lat", "lon", "limit", "offset"}


def test_a_town_nobody_knows_is_said_with_what_to_try(bench):
    bench.backend.on("GET", "/markets/it/providers", {"total": 0, "matched": {}, "items": []})
    assert (
        "Xyzburg" in bench.run(ActionFindProvider, intent="find_provider", entities={"city": "Xyzburg"}).text
    )


def test_a_whole_question_that_names_nobody_is_about_oneself_whoever_was_talked_about(bench):
    with_family(bench, benefit())
    subject = {"person_id": "p2", "benefit_type": "dental"}
    slots = {"subject": subject, "awaiting": "limits"}
    bench.run(
        ActionShowLimits, "quanto mi resta per la risonanza?", "ask_coverage_limit", {"service": "mri"}, slots
    )
    assert asked_for(bench)["person_id"] == "p1"


def test_another_kind_of_place_drops_the_specialty_sought_before(bench):
    with_providers(bench)
    before = {"provider_search": {"specialty": "dentistry", "city": "Milano"}, "awaiting": "provider_place"}
    bench.run(ActionFindProvider, "una farmacia a Torino", "find_provider", {"city": "Torino"}, before)
    sent = asked_for(bench, "/markets/it/providers")
    assert sent["kind"] == "pharmacy"
    assert "specialty" not in sent


def test_a_town_alone_keeps_the_specialty_that_was_asked_about(bench):
    with_providers(bench)
    before = {"provider_search": {"specialty": "cardiology"}, "awaiting": "provider_place"}
    bench.run(ActionFindProvider, "Palermo", "find_provider", {"city": "Palermo"}, before)
    sent = asked_for(bench, "/markets/it/providers")
    assert sent["specialty"] == "cardiology"
    assert sent["city"] == "Palermo"


def test_one_of_the_list_is_shown_with_everybody_who_works_there(bench):
    with_providers(bench)
    listed = bench.run(ActionFindProvider, intent="find_provider", entities={"city": "Milano"})
    choice = {"choice": "shown:2"}
    shown = bench.run(ActionFindProvider, "/find_provider", "find_provider", choice, listed.slots)
    assert [card["title"] for card in shown.cards] == [listed.cards[1]["title"]]
    assert any("Ada Neri (cardiologia)" in line for line in shown.cards[0]["lines"])


@pytest.mark.parametrize(
    ("text", "title"), [("la numero 3", "Casa di Cura 2"), ("l'ultimo", "Casa di Cura 4")]
)
def test_another_one_of_the_list_is_shown_after_the_first(bench, text, title):
    with_providers(bench)
    listed = bench.run(ActionFindProvider, intent="find_provider", entities={"city": "Milano"})
    shown = bench.run(ActionFindProvider, text, "inform", slots=listed.slots)
    assert [card["title"] for card in shown.cards] == [title]
    another = bench.run(ActionFindProvider, "il primo", "inform", slots={**listed.slots, **shown.slots})
    assert [card["title"] for card in another.cards] == ["Casa di Cura 0"]


def test_a_place_beyond_the_list_shows_nothing_else(bench):
    with_providers(bench, total=3)
    listed = bench.run(ActionFindProvider, intent="find_provider", entities={"city": "Milano"})
    choice = {"choice": "shown:4"}
    assert bench.run(ActionFindProvider, "/find_provider", "find_provider", choice, listed.slots).cards == []
    choice = {"choice": "shown:1"}
    assert bench.run(ActionFindProvider, "/find_provider", "find_provider", choice).cards == []


def test_a_doctor_nobody_knows_does_not_hide_what_the_town_has(bench):
    def search(request: httpx.Request):
        known = "doctor" not in request.url.params
        return 200, {
            "total": int(known),
            "matched": {"city": "Torino"},
            "items": [provider(1)] if known else [],
        }

    bench.backend.on("GET", "/markets/it/providers", search)
    said = {"doctor": "Zanin", "city": "Torino", "specialty": "cardiology"}
    found = bench.run(
        ActionFindProvider, "dottor Zanin, cardiologo a Torino", intent="find_provider", entities=said
    )
    assert "Zanin" in found.text
    assert len(found.cards) == 1
    assert asked_for(bench, "/markets/it/providers")["specialty"] == "cardiology"
    assert "doctor" not in found.slots["provider_search"]


NUMBER = {"request_number": "RT-TMA2-2AS7"}


@pytest.mark.parametrize(
    ("action", "awaiting"),
    [(ActionFindProvider, "provider_place"), (ActionShowLimits, "limits"), (ActionShowBenefits, "benefits")],
)
def test_a_request_number_asks_for_the_request_whatever_was_shown_before(bench, action, awaiting):
    with_family(bench, benefit())
    with_providers(bench)
    slots = {
        "awaiting": awaiting,
        "subject": {"benefit_type": "dental"},
        "provider_search": {"city": "Milano"},
    }
    said = bench.run(action, "RT-TMA2-2AS7", "inform", NUMBER, slots)
    assert said.followups == ["action_check_request_status"]
    assert said.messages == []


def test_a_town_after_limits_is_searched_and_a_service_is_not(bench):
    with_family(bench, benefit())
    slots = {"awaiting": "limits", "subject": {"benefit_type": "dental"}}
    town = bench.run(ActionShowLimits, "Torino", "inform", {"city": "Torino"}, slots)
    assert town.followups == ["action_find_provider"]
    service = bench.run(ActionShowLimits, "risonanza", "inform", {"service": "mri"}, slots)
    assert service.followups == []
    assert asked_for(bench)["service"] == "mri"


@pytest.mark.parametrize("awaiting", ["limits", "benefits"])
def test_a_number_after_limits_says_nothing_about_them(bench, awaiting):
    action = {"limits": ActionShowLimits, "benefits": ActionShowBenefits}[awaiting]
    with_family(bench, benefit())
    said = bench.run(
        action, "85", "inform", slots={"awaiting": awaiting, "subject": {"benefit_type": "dental"}}
    )
    assert said.followups == ["action_inform"]
    assert said.slots["awaiting"] is None


@pytest.mark.parametrize("action", [ActionShowLimits, ActionFindProvider])
def test_a_file_after_limits_or_hospitals_is_received_as_one(bench, action):
    with_family(bench, benefit())
    with_providers(bench)
    slots = {"awaiting": "limits" if action is ActionShowLimits else "provider_place"}
    files = [{"document_id": "f1", "filename": "ricetta.pdf", "media_type": "application/pdf"}]
    said = bench.run(action, "", "inform", slots=slots, metadata={"attachments": files})
    assert said.followups == ["action_inform"]
    assert said.messages == []


def test_a_town_said_when_the_number_of_a_request_was_asked_for_is_searched(bench):
    said = bench.run(
        ActionCheckRequestStatus, "Torino", "inform", {"city": "Torino"}, {"awaiting": "request_number"}
    )
    assert said.followups == ["action_find_provider"]
    assert bench.backend.calls == []
