"""The whole table: every role, every action, every way a conversation can stand to somebody."""

from typing import get_args

import pytest

from connectors.care.access import NotAllowed, NotFound, StaffMember, check
from connectors.care.permissions import ROLES, Action, Whose, may, relation

# One row an action, one column a role; each letter is one standing of the conversation that is allowed:
# o own, p past, w waiting, l left by a colleague, c another of their market, v over and not theirs. Foreign ones never.
TABLE = """
take        w     w      -
read        opwl  opwlcv -
answer      o     o      -
note        op    opwlcv -
transfer    o     owlc   -
take_over   l     lc     -
unmask      o     olc    -
view_file   o     olc    -
fill_field  o     o      -
hand_back   o     o      -
close       o     o      -
"""
LETTERS = dict(zip("opwlcv", ["own", "past", "waiting", "left", "other", "over"], strict=True))
GENERAL = {
    "enter": {"agent", "supervisor", "administrator"},
    "see_queue": {"agent", "supervisor"},
    "see_reports": {"supervisor", "administrator"},
    "see_team": {"supervisor"},
    "manage_staff": {"administrator"},
}
ROWS = {row.split()[0]: row.split()[1:] for row in TABLE.strip().splitlines()}


def test_the_tables_name_every_action() -> None:
    assert set(ROWS) | set(GENERAL) == set(get_args(Action))


@pytest.mark.parametrize("action", get_args(Action))
@pytest.mark.parametrize("role", ROLES)
def test_every_cell(role, action) -> None:
    if action in GENERAL:
        assert may(role, action) is (role in GENERAL[action])
        return
    allowed = {LETTERS[letter] for letter in ROWS[action][ROLES.index(role)].replace("-", "")}
    assert may(role, action) is bool(allowed)
    for whose in Whose:
        assert may(role, action, whose) is (whose.value in allowed), (role, action, whose)


def member(role, languages=("it",), markets=("it", "rs")) -> StaffMember:
    return StaffMember("me", "Ana", role, list(languages), list(markets), 4, "token")


@pytest.mark.parametrize(
    ("role", "handover", "whose"),
    [
        ("agent", {"state": "waiting", "agent_id": None}, "waiting"),
        ("agent", {"state": "waiting", "agent_id": None, "language": "sr"}, "other"),
        ("supervisor", {"state": "waiting", "agent_id": None, "language": "sr"}, "waiting"),
        ("agent", {"state": "waiting", "agent_id": "me"}, "waiting"),
        ("agent", {"state": "waiting", "agent_id": "colleague"}, "other"),
        ("agent", {"state": "taken", "agent_id": "me"}, "own"),
        ("agent", {"state": "taken", "agent_id": "me", "language": "sr"}, "own"),
        ("agent", {"state": "taken", "agent_id": "colleague"}, "other"),
        ("agent", {"state": "taken", "agent_id": "colleague", "abandoned": True}, "left"),
        ("agent", {"state": "taken", "agent_id": "colleague", "abandoned": True, "language": "sr"}, "other"),
        ("supervisor", {"state": "taken", "agent_id": "colleague"}, "other"),
        ("agent", {"state": "ended", "agent_id": "me"}, "past"),
        ("agent", {"state": "ended", "agent_id": "colleague"}, "over"),
        ("agent", {"state": "ended", "agent_id": None}, "over"),
        ("agent", {"state": "taken", "agent_id": "me", "market": "id"}, "foreign"),
        ("supervisor", {"state": "waiting", "agent_id": None, "market": "id"}, "foreign"),
    ],
)
def test_how_a_hand_over_stands_to_somebody(role, handover, whose) -> None:
    asked = {"market": "it", "language": "it"} | handover
    assert member(role).relation_to(**asked).value == whose
    assert relation(staff_id="me", role=role, markets=["it", "rs"], languages=["it"], **asked) is Whose(whose)


def test_what_one_may_not_read_does_not_exist() -> None:
    check(member("agent"), "answer", Whose.OWN)
    with pytest.raises(NotAllowed):
        check(member("agent"), "answer", Whose.WAITING)
    with pytest.raises(NotFound):
        check(member("agent"), "read", Whose.OTHER)
    with pytest.raises(NotFound):
        check(member("supervisor"), "note", Whose.FOREIGN)
    with pytest.raises(NotFound):
        check(member("administrator"), "read", Whose.OWN)


def test_the_token_is_not_in_what_is_printed() -> None:
    assert "token" not in repr(member("agent"))
