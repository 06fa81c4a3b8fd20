"""Finding providers the way customers write. The providers are those of the demo data."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from backend.providers.models import Doctor, Provider

Find = Callable[..., Any]


@pytest.fixture
def find(actions: TestClient) -> Find:
    def find(market: str, *, status: int = 200, **query: Any) -> Any:
        answer = actions.get(f"/markets/{market}/providers", params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    return find


@pytest.mark.parametrize(
    ("market", "city", "meant", "fuzzy"),
    [
        ("it", "Milano", "Milano", False),
        ("it", "MILANO", "Milano", False),
        ("it", "Milan", "Milano", False),
        ("it", "Rome", "Roma", False),
        ("it", "Turin", "Torino", False),
        ("it", "Florence", "Firenze", False),
        ("it", "Naples", "Napoli", False),
        ("it", "Forli", "Forlì", False),
        ("it", "San Benedetto", "San Benedetto del Tronto", False),
        ("it", "l aquila", "L'Aquila", False),
        ("it", "Milnao", "Milano", True),
        ("it", "Bollogna", "Bologna", True),
        ("it", "Mlano", "Milano", True),  # as near to Miano, which is small
        ("rs", "Lznica", "Лозница", True),  # as near to Лазница
        ("rs", "Београд", "Београд", False),
        ("rs", "Beograd", "Београд", False),
        ("rs", "Belgrade", "Београд", False),
        ("rs", "Čačak", "Чачак", False),
        ("rs", "Cacak", "Чачак", False),
        ("rs", "novi beograd", "Нови Београд", False),
        ("rs", "Inđija", "Инђија", False),
        ("rs", "Indjija", "Инђија", False),
        ("rs", "Indija", "Инђија", False),
        ("rs", "Beogradu", "Београд", False),
        ("rs", "Новом Саду", "Нови Сад", False),
        ("rs", "Nišu", "Ниш", False),
        ("rs", "Kragujevcu", "Крагујевац", False),
        ("rs", "Čačku", "Чачак", False),
        ("rs", "Sremskoj Mitrovici", "Сремска Митровица", False),
        ("rs", "Kragujevcc", "Крагујевац", True),
        ("rs", "Суботца", "Суботица", True),
        ("id", "Jakarta", "Jakarta", False),
        ("id", "Jaksel", "Jakarta Selatan", False),
        ("id", "Jogja", "Yogyakarta", False),
        ("id", "Solo", "Surakarta", False),
        ("id", "Surabya", "Surabaya", True),
    ],
)
def test_a_town_is_found_however_it_is_written(
    market: str, city: str, meant: str, fuzzy: bool, find: Find
) -> None:
    found = find(market, city=city)
    assert found["matched"]["city"] == meant
    assert found["matched"]["fuzzy"] == (["city"] if fuzzy else [])
    assert found["total"] > 0
    if not found["matched"]["nearest"]:
        assert all(item["distance_km"] is None for item in found["items"])


def test_a_town_nobody_knows_finds_nothing(find: Find) -> None:
    found = find("it", city="Qwertyuiop")
    assert found == {"total": 0, "matched": {"city": None, "fuzzy": [], "nearest": False}, "items": []}


def test_a_city_holds_its_districts(find: Find) -> None:
    items = find("rs", city="Beograd", kind="clinic", limit=50)["items"]
    assert items[0]["city"] == "Београд"
    assert {"Београд", "Нови Београд", "Земун"} <= {item["city"] for item in items}
    assert {item["city"] for item in find("rs", city="Novi Beograd", limit=50)["items"]} == {"Нови Београд"}


def test_a_town_without_a_provider_gives_the_nearest(
    find: Find, actions: TestClient, database: sessionmaker[Session]
) -> None:
    places = actions.get("/markets/it/places", params={"limit": 100}).json()
    empty = [place["name"] for place in places if find("it", city=place["name"])["matched"]["nearest"]]
    assert empty
    found = find("it", city=empty[0])
    distances = [item["distance_km"] for item in found["items"]]
    assert found["total"] == 10 and distances == sorted(distances) and distances[0] < 100


@pytest.mark.parametrize(
    ("market", "town", "near"),
    [("it", "savigliano", "Alba"), ("id", "Genteng", "Banyuwangi"), ("rs", "Vrčinu", "Гроцка")],
)
def test_a_small_town_is_known_and_its_nearest_are_near(
    market: str, town: str, near: str, find: Find
) -> None:
    found = find(market, city=town)
    assert found["matched"]["nearest"]
    assert found["items"][0]["distance_km"] < 60, found["items"][0]
    assert near in {item["city"] for item in found["items"]}


def test_a_town_without_the_specialty_gives_the_nearest_that_have_it(find: Find) -> None:
    found = find("id", city="Merauke", kind="hospital", specialty="cardiology")
    assert found["matched"]["nearest"]
    assert all(item["kind"] == "hospital" and "cardiology" in item["specialties"] for item in found["items"])


def test_a_postal_code_finds_its_district_and_a_beginning_the_city(find: Find) -> None:
    exact = find("it", postal_code="20121", limit=50)
    assert exact["total"] and {item["postal_code"] for item in exact["items"]} == {"20121"}
    city = find("it", postal_code="201", limit=50)
    assert city["total"] > exact["total"]
    assert all(item["postal_code"].startswith("201") for item in city["items"])


def test_an_unknown_postal_code_gives_the_nearest(find: Find) -> None:
    found = find("it", postal_code="20199")
    assert found["matched"]["nearest"] and found["items"][0]["city"] == "Milano"


@pytest.mark.parametrize(
    ("market", "name", "expected", "fuzzy"),
    [
        ("it", "San Raffaele", "Ospedale San Raffaele", False),
        ("it", "ospedale san raffaele", "Ospedale San Raffaele", False),
        ("it", "san rafaele", "Ospedale San Raffaele", True),
        ("it", "gemelli", "Policlinico Gemelli", False),
        ("rs", "Bel Medic", "Општа болница Бел Медик", True),
        ("rs", "bolnica Bel Medik", "Општа болница Бел Медик", False),
        ("rs", "Еуромедик", "Општа болница Еуромедик", False),
        ("id", "rumah sakit pondok indah", "RS Pondok Indah", False),
        ("id", "siloam", "RS Siloam Kebon Jeruk", False),
    ],
)
def test_a_provider_is_found_by_its_name(
    market: str, name: str, expected: str, fuzzy: bool, find: Find
) -> None:
    found = find(market, name=name)
    assert expected in [item["name"] for item in found["items"]]
    assert ("name" in found["matched"]["fuzzy"]) is fuzzy


@pytest.fixture
def one_doctor(database: sessionmaker[Session]) -> str:
    with database.begin() as session:
        provider = Provider(
            market="rs",
            name="Ординација Чубра",
            kind="clinic",
            street="Главна 1",
            city="Уб",
            postal_code="14210",
            lat=44.456,
            lon=20.074,
            phone="+38114411222",
            services=["gp_visit"],
            specialties=["general_practice"],
            doctors=[Doctor(name="Ђурађ Шћепановић", specialty="general_practice")],
        )
        session.add(provider)
        session.flush()
        return provider.id


@pytest.mark.parametrize(
    ("doctor", "fuzzy"),
    [
        ("Ђурађ Шћепановић", False),
        ("dr Đurađ Šćepanović", False),
        ("scepanovic", False),
        ("Djuradj Scepanovic", False),
        ("Duradj Scepanovic", False),
        ("scepan", False),
        ("Šćepanovč", True),
    ],
)
def test_a_doctor_is_found_in_any_script_and_misspelt(
    doctor: str, fuzzy: bool, find: Find, one_doctor: str
) -> None:
    found = find("rs", doctor=doctor)
    assert [item["provider_id"] for item in found["items"]] == [one_doctor]
    assert found["matched"]["fuzzy"] == (["doctor"] if fuzzy else [])


def test_a_new_provider_is_found_at_once(find: Find, database: sessionmaker[Session]) -> None:
    assert find("rs", name="Чубра")["total"] == 0
    with database.begin() as session:
        session.add(
            Provider(
                market="rs", name="Ординација Чубра", kind="clinic", street="Главна 1", city="Уб",
                postal_code="14210", lat=44.456, lon=20.074, phone="+38114411222", services=[], specialties=[],
            )
        )  # fmt: skip
    assert find("rs", name="Cubra")["total"] == 1
    with database.begin() as session:
        session.query(Provider).filter_by(name="Ординација Чубра").one().name = "Ординација Џуџа"
    assert find("rs", name="Cubra")["total"] == 0
    assert find("rs", name="Džudža")["total"] == 1


@pytest.mark.parametrize(
    ("market", "q", "field", "value"),
    [
        ("it", "Milano", "city", "Milano"),
        ("it", "20121", "postal_code", "20121"),
        ("it", "San Raffaele Milano", "name", "Ospedale San Raffaele"),
        ("it", "San Rafaele Milano", "name", "Ospedale San Raffaele"),
        ("it", "ospedale a Bologna", "city", "Bologna"),
        ("it", "cardiologo a Torino", "city", "Torino"),
        ("rs", "болница у Крагујевцу", "city", "Крагујевац"),
        ("rs", "Еуромедик Нови Сад", "name", "Поликлиника Еуромедик"),
        ("id", "Siloam Jakarta", "name", "RS Siloam Kebon Jeruk"),
        ("id", "jogja", "city", "Yogyakarta"),
    ],
)
def test_free_text_is_a_postal_code_a_town_a_name_or_both(
    market: str, q: str, field: str, value: str, find: Find
) -> None:
    found = find(market, q=q)
    assert found["items"][0][field] == value


def test_all_criteria_must_hold(find: Find) -> None:
    found = find("it", city="Milano", kind="hospital", service="mri", limit=50)
    assert found["total"]
    for item in found["items"]:
        assert (item["city"], item["kind"]) == ("Milano", "hospital") and "mri" in item["services"]


def test_near_a_point_the_nearest_come_first(find: Find) -> None:
    found = find("it", lat=45.0703, lon=7.6869, specialty="cardiology", limit=10)
    distances = [item["distance_km"] for item in found["items"]]
    assert distances == sorted(distances) and distances[0] < 5
    assert found["items"][0]["city"] == "Torino"


def test_pages_do_not_overlap(find: Find) -> None:
    whole = find("it", city="Roma", limit=10)["items"]
    parts = [*find("it", city="Roma", limit=5)["items"], *find("it", city="Roma", limit=5, offset=5)["items"]]
    assert whole == parts


def test_one_provider_is_told_with_its_doctors(find: Find, actions: TestClient) -> None:
    item = find("id", name="Siloam")["items"][0]
    told = actions.get(f"/providers/{item['provider_id']}").json()
    assert told == item and 5 <= len(told["doctors"]) <= 12
    assert actions.get("/providers/none").status_code == 404


@pytest.mark.parametrize(
    "query", [{"kind": "spa"}, {"specialty": "magic"}, {"service": "x"}, {"lat": 45}, {"lon": 9}]
)
def test_an_unknown_id_or_half_a_point_is_refused(query: dict[str, Any], find: Find) -> None:
    assert find("it", status=422, **query)["error"] == "value_invalid"


def test_an_unknown_market_is_not_found(find: Find, actions: TestClient) -> None:
    assert find("xx", status=404)["error"] == "not_found"
    assert actions.get("/markets/xx/places").status_code == 404


@pytest.mark.parametrize("q", ["", " ", "😀", "'", "%", "a", "x" * 120, "\u0000", "1", "..."])
def test_odd_text_is_answered(q: str, find: Find) -> None:
    assert find("rs", q=q)["total"] >= 0


def test_places_begin_with_the_text_or_are_meant_by_it(actions: TestClient) -> None:
    def names(market: str, q: str) -> list[str]:
        answer = actions.get(f"/markets/{market}/places", params={"q": q})
        return [place["name"] for place in answer.json()]

    assert names("it", "reggio") == ["Reggio Emilia", "Reggio Calabria", "Reggiolo"]
    assert names("rs", "novi b")[0] == "Нови Београд"
    assert names("rs", "11070") == ["Нови Београд"]
    assert names("id", "Surabya") == ["Surabaya"] * 4
    assert names("it", "zzzzzz") == []


def test_a_garage_is_found_only_by_who_asks_for_one(find: Find) -> None:
    garages = find("rs", q="Novi Sad", kind="garage")
    assert garages["total"] >= 2
    assert {item["kind"] for item in garages["items"]} == {"garage"}
    care = find("rs", q="Novi Sad", limit=50)
    assert "garage" not in {item["kind"] for item in care["items"]}
    assert find("it", q="Milano", kind="garage")["total"] == 0
