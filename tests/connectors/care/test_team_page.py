"""The team's page: who waits and how long, who answers, who is there – of the supervisor's markets and no other."""

import html
import re
from datetime import timedelta

from sqlalchemy.orm import Session

from connectors.core.handover.models import AgentPresence
from connectors.core.handover.team import look_at_team
from connectors.database import utc_now
from tests.connectors.care.happenings import Happenings
from tests.connectors.gateway_world import words


def ago(seconds: float) -> str:
    return f"{utc_now() - timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}"


def present(
    happened: Happenings, name: str, status: str = "online", seen: float = 0, **values: object
) -> None:
    given = {"role": "agent", "languages": ["it"], "markets": ["it"], "limit": 3, **values}
    happened.session.add(
        AgentPresence(
            agent_id=name.lower(),
            name=name,
            status=status,
            seen_at=utc_now() - timedelta(seconds=seen),
            **given,
        )
    )


def rows(page: str, which: str) -> list[list[str]]:
    """The cells of a table as one reads them."""
    section = re.search(rf'<section[^>]*aria-labelledby="{which}".*?</section>', page, re.DOTALL)
    assert section, page
    found = re.findall(r"<tr>(.*?)</tr>", section[0], re.DOTALL)[1:]
    cells = [re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for row in found]
    return [[" ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in row] for row in cells]


async def test_who_waits_stands_in_the_order_of_the_queue(world, staff, happen):
    def waiting(happened: Happenings) -> None:
        for name, seconds, values in (
            ("late", 30, {}),
            ("early", 200, {"reason": "complaint"}),
            ("urgent", 10, {"urgent": True, "reason": "emergency"}),
            ("note", 4000, {"kind": "message", "reason": "message"}),
        ):
            happened.conversation(name, channel="telegram" if name == "early" else "website")
            happened.handover(name, ago(seconds), **values)
        happened.conversation("foreign", market="rs", language="sr")
        happened.handover("foreign", ago(9000))

    happen(waiting)
    page = (await staff.log_in(world.http, "supervisor").get("/team")).text
    reasons = [row[1] for row in rows(page, "team-waiting")]
    assert reasons == [words(f"desk_reason_{one}") for one in ("emergency", "complaint", "asked", "message")]
    shown = rows(page, "team-waiting")
    assert words("desk_urgent") in shown[0][0] and words("desk_urgent") not in shown[1][0]
    assert shown[1][0].startswith("3 min")
    assert shown[1][2:5] == ["Italia", "italiano", "Telegram"]
    assert re.search(r"4 in coda, attesa più lunga 1 h 6 min", page)


async def test_who_answers_is_named_with_what_is_due(world, staff, happen):
    def answering(happened: Happenings) -> None:
        present(happened, "Ana")
        present(happened, "Bruno", seen=600)
        for number, (agent, unanswered, answered) in enumerate(
            [("Ana", None, 20), ("Ana", 90, None), ("Bruno", 300, 30)]
        ):
            name = happened.conversation(f"c{number}")
            taken = happened.handover(name, ago(1000 - number), taken=10, answered=answered)
            taken.agent_id, taken.agent_name, taken.owned_since = agent.lower(), agent, taken.taken_at
            taken.unanswered_since = None if unanswered is None else utc_now() - timedelta(seconds=unanswered)

    happen(answering)
    page = (await staff.log_in(world.http, "supervisor").get("/team")).text
    first, second, third = rows(page, "team-answering")
    assert (first[0], first[2]) == ("Ana", "–")
    assert re.fullmatch(r"16 min \d+ s", first[1])
    assert second[2].startswith("1 min") and second[2].endswith(words("desk_team_no_answer_yet"))
    assert third[0] == f"Bruno {words('desk_team_status_offline')}"
    assert third[2].startswith("5 min")
    agents = {row[0]: row[1:4] for row in rows(page, "team-agents")}
    assert agents["Ana"] == [words("desk_online"), "2 su 3", "0"]
    assert agents["Bruno"][0].startswith(words("desk_team_status_offline"))
    assert agents["Bruno"][1] == "1 su 3"


async def test_whoever_waits_for_nobody_is_pointed_out(world, staff, happen):
    def uncovered(happened: Happenings) -> None:
        present(happened, "Ana")
        present(happened, "Away", status="away", languages=["sr"])
        present(happened, "Gone", seen=300, languages=["sr"])
        for language in ("it", "sr"):
            happened.conversation(language, language=language)
            happened.handover(language, ago(60))

    happen(uncovered)
    page = html.unescape((await staff.log_in(world.http, "supervisor").get("/team")).text)
    assert re.findall(r'<p class="warning">(.*?)</p>', page) == [
        words("desk_team_uncovered", market="Italia", spoken="serbo", count=1)
    ]


def test_what_ended_today_counts_for_whoever_ended_it(world, happen):
    noon = utc_now().replace(hour=12, minute=0, second=0, microsecond=0)
    midnight = noon - timedelta(hours=12)

    def ended(happened: Happenings) -> None:
        present(happened, "Ana")
        for number, hours in enumerate((1, 11, 13, 40)):
            name = happened.conversation(f"c{number}")
            started = f"{noon - timedelta(hours=hours):%Y-%m-%d %H:%M:%S}"
            happened.handover(name, started, taken=1, ended=2, agent_id="ana")

    happen(ended)
    with Session(world.app.state.gateway.database.engine) as session:
        team = look_at_team(session, ["it"], noon, midnight, timedelta(minutes=2))
    assert {one.name: one.ended for one in team.colleagues} == {"Ana": 2}
    assert (team.waiting, team.answering, team.queues) == ([], [], [])


async def test_colleagues_of_other_markets_are_not_shown(world, staff, happen):
    def there(happened: Happenings) -> None:
        present(happened, "Ana")
        present(happened, "Jelena", markets=["rs"])
        present(happened, "Both", markets=["it", "rs"])

    happen(there)
    page = (await staff.log_in(world.http, "supervisor").get("/team")).text
    assert [row[0] for row in rows(page, "team-agents")] == ["Ana", "Both"]


async def test_the_team_is_for_supervisors(world, staff):
    for path in ("/team", "/team/now"):
        for role, status in (("agent", 403), ("supervisor", 200), ("administrator", 403)):
            assert (await staff.log_in(world.http, role).get(path)).status_code == status, (path, role)


async def test_watching_does_not_keep_a_log_in_alive(world, staff):
    supervisor = staff.log_in(world.http, "supervisor")
    await supervisor.get("/team")
    staff.asked.clear()
    # Past what the gateway remembers of a log-in.
    world.app.state.care_sessions.forget(supervisor.token)
    await supervisor.get("/team/now")
    assert staff.asked == [(supervisor.staff_id, "quiet")]
    world.app.state.care_sessions.forget(supervisor.token)
    await supervisor.get("/team")
    assert staff.asked[1:] == [(supervisor.staff_id, "")]


async def test_a_long_queue_is_drawn_in_part_and_counted_whole(world, staff, happen):
    def crowd(happened: Happenings) -> None:
        for number in range(130):
            happened.conversation(f"c{number}")
            happened.handover(f"c{number}", ago(130 - number))

    happen(crowd)
    page = (await staff.log_in(world.http, "supervisor").get("/team")).text
    assert len(rows(page, "team-waiting")) == 100
    assert words("desk_team_more", count=30) in page
    assert words("desk_team_now", waiting=130, longest="2 min 10 s").split(",")[0] in page


async def test_the_page_asks_for_its_changing_part_by_itself(world, staff):
    supervisor = staff.log_in(world.http, "supervisor")
    page = (await supervisor.get("/team")).text
    assert 'hx-get="/care/team/now"' in page
    part = (await supervisor.get("/team/now")).text
    assert "<html" not in part
    assert words("desk_team_agents") in part and words("desk_team_nobody_waits") in part


async def test_names_are_written_in_the_readers_script(world, staff, happen):
    def answering(happened: Happenings) -> None:
        present(happened, "Јелена Петровић")
        happened.conversation("one")
        happened.handover("one", ago(60), taken=10, agent_name="Јелена Петровић")

    happen(answering)
    page = (await staff.log_in(world.http, "supervisor").get("/team")).text
    assert rows(page, "team-answering")[0][0].startswith("Jelena Petrović")
    assert "Jelena Petrović" in [row[0] for row in rows(page, "team-agents")]
