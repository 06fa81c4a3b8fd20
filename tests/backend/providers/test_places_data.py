"""data/places holds real towns: plausible postal codes and positions, nothing twice."""

from itertools import pairwise

import pytest
import yaml

from backend.providers.places import PLACES_FOLDER, distance_km, places_of, search_key
from locales.identifiers import read_postal_code

# south, north, west, east
BOXES = {"id": (-11.1, 6.1, 95.0, 141.1), "rs": (42.2, 46.2, 18.8, 23.1), "it": (35.4, 47.1, 6.6, 18.6)}


@pytest.fixture(params=sorted(BOXES))
def market(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_small_towns_are_there_as_well(market: str) -> None:
    small = {"id": "Genteng", "rs": "Врчин", "it": "San Vito Lo Capo"}
    assert places_of(market).exact(small[market]) is not None
    assert len({place.name for place in places_of(market).rows}) >= 400


def test_postal_codes_are_of_the_country(market: str) -> None:
    coded = [place for place in places_of(market).rows if place.postal_code]
    assert len({place.name for place in coded}) >= 120
    for place in coded:
        assert read_postal_code(place.postal_code, market) == place.postal_code, place


def test_positions_are_in_the_country(market: str) -> None:
    south, north, west, east = BOXES[market]
    for place in places_of(market).rows:
        assert south <= place.lat <= north and west <= place.lon <= east, place


def test_no_place_and_no_position_is_there_twice(market: str) -> None:
    rows = places_of(market).rows
    assert len({(place.key, place.postal_code) for place in rows}) == len(rows)
    assert len({(place.lat, place.lon) for place in rows}) == len(rows)
    codes = [place.postal_code for place in rows if place.postal_code]
    assert len(set(codes)) == len(codes)


def test_districts_of_one_town_are_near_each_other(market: str) -> None:
    rows = sorted(places_of(market).rows, key=lambda place: place.key)
    for one, other in pairwise(rows):
        if one.name == other.name:
            assert distance_km(one.lat, one.lon, other.lat, other.lon) < 30, one.name


def test_places_of_a_province_are_near_its_others(market: str) -> None:
    # A typing error in a coordinate puts a town far from all the others of its province.
    rows = places_of(market).rows
    for place in rows:
        others = [row for row in rows if row.province == place.province and row is not place]
        if others and place.province:
            nearest = min(distance_km(place.lat, place.lon, row.lat, row.lon) for row in others)
            assert nearest < (500 if market == "id" else 110), place


def test_serbian_names_are_in_cyrillic() -> None:
    for place in places_of("rs").rows:
        assert not any(letter.isascii() and letter.isalpha() for letter in place.name + place.province), place


def test_other_names_are_written_the_way_they_are_looked_up() -> None:
    content = yaml.safe_load((PLACES_FOLDER / "other_names.yml").read_text(encoding="utf-8"))
    for market, part in content.items():
        own = {place.key for place in places_of(market).rows}
        for other, name in part["names"].items():
            assert places_of(market).exact(other) is not None, other
            assert search_key(other) not in own, f"{other} is a place itself, not another name of {name}"


def test_the_distance_between_two_cities_is_right() -> None:
    # Milano – Roma is 477 km as the crow flies.
    assert 470 < distance_km(45.4642, 9.19, 41.9028, 12.4964) < 484
