"""What many do at once with one secret: one of them gets in."""

from concurrent.futures import ThreadPoolExecutor

from tests.backend.staffing import Desk

AT_ONCE = 6


def test_one_code_on_many_tickets_is_taken_once(ana: Desk) -> None:
    tickets = [ana.prove_password().json()["ticket"] for _ in range(AT_ONCE)]
    code = ana.phone.code()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(lambda ticket: ana.prove_code(ticket, code).status_code, tickets))
    # The wrong ones may pause whoever is guessing.
    assert statuses.count(200) == 1 and set(statuses) <= {200, 422, 429}, statuses


def test_one_ticket_is_used_once(ana: Desk) -> None:
    ticket, code = ana.prove_password().json()["ticket"], ana.phone.code()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(lambda _: ana.prove_code(ticket, code).status_code, range(AT_ONCE)))
    assert sorted(statuses) == [200] + [404] * (AT_ONCE - 1)


def test_one_invitation_chooses_one_password(ana: Desk) -> None:
    body = {"username": "dora", "name": "Dora", "role": "agent"}
    token = ana.call("POST", "/members", body).json()["invitation_url_token"]
    desks = [Desk(ana.backend, "dora", f"harbour {number} lanterns quiet") for number in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = list(pool.map(lambda desk: desk.choose_password(token).status_code, desks))
    assert sorted(statuses) == [204] + [404] * (AT_ONCE - 1)
    assert desks[statuses.index(204)].prove_password().status_code == 200


def test_guesses_at_once_are_counted_one_by_one(ana: Desk) -> None:
    with ThreadPoolExecutor(AT_ONCE * 2) as pool:
        statuses = list(pool.map(lambda _: ana.prove_password("wrong").status_code, range(AT_ONCE * 2)))
    # A guess that is refused while the pause lasts was not looked at.
    assert set(statuses) <= {401, 429} and statuses.count(401) <= 5
    assert ana.prove_password().status_code == 429
