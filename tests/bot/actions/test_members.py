"""Whom the customer means, by relation, by name in any case, and never by an accident of words."""

import pytest

from bot.actions.members import members_called, members_meant
from bot.actions.turn import Reply


def member(person_id, full_name, relation):
    return {
        "person_id": person_id,
        "full_name": full_name,
        "first_name": full_name.split()[0],
        "relation": relation,
    }


MILICA = member("p1", "Милица Јовановић", "self")
NENAD = member("p2", "Ненад Јовановић", "spouse")
UROS = member("p3", "Урош Јовановић", "child")
SOFIJA = member("p4", "Софија Јовановић", "child")
FAMILY = [MILICA, NENAD, UROS, SOFIJA]


def said(text, *values):
    entities = [{"entity": "family_member", "value": value} for value in values]
    return Reply(text, "inform", 0.9, entities, [])


@pytest.mark.parametrize("text", ["limit za Uroša", "а за Уроша?", "Urošu koliko je ostalo"])
def test_a_first_name_in_any_case_is_that_person(text):
    assert members_meant(FAMILY, said(text)) == [UROS]


def test_my_daughter_sofija_is_not_asked_again():
    assert members_meant(FAMILY, said("za moju ćerku Sofiju", "child")) == [SOFIJA]


def test_a_relation_alone_means_all_of_that_relation():
    assert members_meant(FAMILY, said("za decu", "child")) == [UROS, SOFIJA]


def test_nobody_named_means_nobody():
    assert members_meant(FAMILY, said("koliko imam za zubara")) == []


def test_me_is_oneself_as_an_answer_but_not_inside_a_sentence_about_something_mine():
    assert members_called(FAMILY, "за мене", "sr") == [MILICA]
    assert members_called(FAMILY, "мој број рачуна је 160-0000000000000-11", "sr") == []


def test_my_wife_is_not_me_even_where_she_is_not_to_be_chosen():
    me = {"person_id": "m1", "relation": "self", "full_name": "Mario Rossi", "first_name": "Mario"}
    assert members_called([me], "per mia moglie", "it") == []
    assert members_called([me], "per me", "it") == [me]
