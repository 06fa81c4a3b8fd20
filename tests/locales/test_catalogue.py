import pytest

from locales import catalogue


@pytest.mark.parametrize(
    ("line", "language", "service"),
    [
        ("Ricovero ordinario, 3 giorni", "it", "hospital_stay"),
        ("biaya opname 2 malam", "id", "hospital_stay"),
        ("Систематски преглед", "sr", "checkup"),
        ("sistematski", "sr", "checkup"),
        ("fisioterapi", "id", "physiotherapy_session"),
        ("spese di segreteria", "it", None),
        ("risonanza magnetica ginocchio", "it", "mri"),
        ("gigi", "id", None),
    ],
)
def test_a_service_is_found_by_its_own_words_and_by_those_of_a_benefit_that_stands_for_it(
    line, language, service
):
    assert catalogue.named_in("service", line, language) == service


def test_a_benefit_of_many_services_stands_for_none():
    assert catalogue.standard_service("dental") is None
