"""The reports' page, its plots and its file: the same figures in each, for those who may see them and nobody else."""

import csv
import html
import io
import itertools
import re
import xml.etree.ElementTree as ElementTree

import pytest

from connectors.care.report_csv import harmless
from connectors.care.report_figures import duration
from connectors.care.report_plots import PLOTS
from connectors.core.conversations import Voice
from locales import texts
from tests.connectors.care.happenings import Happenings
from tests.connectors.gateway_world import words

MAY = {"first": "2026-05-01", "last": "2026-05-31"}


def a_busy_week(happened: Happenings) -> None:
    """Five contacts on two days: four Italian on the website, one Serbian on Telegram; two asked for a person."""
    for name in ("a", "b", "c"):
        happened.conversation(name)
        happened.wrote(name, "2026-05-04 08:00")
    happened.conversation("d")
    happened.wrote("d", "2026-05-05 08:00")
    happened.conversation("s", language="sr", channel="telegram")
    happened.wrote("s", "2026-05-05 08:00")
    happened.handover("a", "2026-05-04 08:00", taken=60, answered=75, ended=660, rating=4, outcome="solved")
    happened.handover("s", "2026-05-05 08:00", reason="misunderstood", ended=45, outcome="left_queue")
    # Elsewhere, and nobody's business here.
    happened.conversation("r", market="rs", language="sr")
    happened.wrote("r", "2026-05-04 08:00")


def table(page: str, which: str = "figures") -> list[list[str]]:
    """The cells of a table of the page, row by row."""
    found = re.search(rf'id="{which}".*?<table.*?</table>', page, re.DOTALL)
    assert found, page
    rows = re.findall(r"<tr>(.*?)</tr>", found[0], re.DOTALL)
    return [
        [html.unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in rows
    ]


def column(page: str, key: str) -> dict[str, str]:
    head, *rows = table(page)
    place = head.index(words(f"desk_reports_{key}"))
    return {row[0]: row[place] for row in rows}


async def test_the_page_shows_the_figures_of_each_day_and_their_sum(world, staff, happen):
    happen(a_busy_week)
    page = (await staff.log_in(world.http, "supervisor").get("/reports", params=MAY)).text
    assert column(page, "contacts") == {"lun 4 mag 2026": "3", "mar 5 mag 2026": "2", "Totale": "5"}
    assert column(page, "by_bot_share") == {"lun 4 mag 2026": "67%", "mar 5 mag 2026": "50%", "Totale": "60%"}
    assert column(page, "wait") == {"lun 4 mag 2026": "1 min", "mar 5 mag 2026": "–", "Totale": "1 min"}
    assert column(page, "handling")["Totale"] == "10 min"
    assert column(page, "left") == {"lun 4 mag 2026": "0", "mar 5 mag 2026": "1", "Totale": "1"}
    assert column(page, "rating") == {"lun 4 mag 2026": "4,0", "mar 5 mag 2026": "–", "Totale": "4,0"}
    assert table(page, "reasons")[1:] == [
        [words("desk_reason_asked"), "1", "50%"],
        [words("desk_reason_misunderstood"), "1", "50%"],
    ]
    assert table(page, "outcomes")[1:] == [
        [words("desk_reports_outcome_left_queue"), "1", "50%"],
        [words("desk_outcome_solved"), "1", "50%"],
    ]


async def test_figures_can_be_grouped_and_narrowed(world, staff, happen):
    happen(a_busy_week)
    supervisor = staff.log_in(world.http, "supervisor")
    for chosen, contacts in (
        ({"by": "language"}, {"italiano": "4", "serbo": "1", "Totale": "5"}),
        ({"by": "channel"}, {"Telegram": "1", "Sito web": "4", "Totale": "5"}),
        ({"by": "market"}, {"Italia": "5", "Totale": "5"}),
        ({"by": "language", "channel": "website"}, {"italiano": "4", "Totale": "4"}),
        ({"language": "sr"}, {"mar 5 mag 2026": "1", "Totale": "1"}),
    ):
        page = (await supervisor.get("/reports", params=MAY | chosen)).text
        assert column(page, "contacts") == contacts, chosen


async def test_a_market_that_is_not_ones_own_has_no_figures(world, staff, happen):
    happen(a_busy_week)
    supervisor = staff.log_in(world.http, "supervisor")
    for path in ("/reports", "/reports.csv", "/reports/contacts.svg"):
        foreign = await supervisor.get(path, params=MAY | {"market": "rs"})
        unknown = await supervisor.get(path, params=MAY | {"market": "zz"})
        strip = r"market=\w\w&?|<link.*|care-\S+"
        assert foreign.status_code == unknown.status_code == 200
        assert re.sub(strip, "", foreign.text) == re.sub(strip, "", unknown.text)
    everywhere = staff.log_in(world.http, "administrator", markets=["it", "rs"])
    page = (await everywhere.get("/reports", params=MAY | {"by": "market"})).text
    assert column(page, "contacts") == {"Italia": "5", "Serbia": "1", "Totale": "6"}


async def test_an_administrator_without_markets_sees_the_house_and_a_supervisor_nothing(world, staff, happen):
    happen(a_busy_week)
    nowhere = {"markets": [], "languages": []}
    page = (await staff.log_in(world.http, "administrator", **nowhere).get("/reports", params=MAY)).text
    assert column(page, "contacts")["Totale"] == "6"
    page = (await staff.log_in(world.http, "supervisor", **nowhere).get("/reports", params=MAY)).text
    assert words("desk_reports_nothing") in page


async def test_reports_are_for_supervisors_and_administrators(world, staff):
    for path in ("/reports", "/reports.csv", "/reports/contacts.svg", "/reports/rating.svg"):
        for role, status in (("agent", 403), ("supervisor", 200), ("administrator", 200)):
            assert (await staff.log_in(world.http, role).get(path)).status_code == status, (path, role)
        nobody = await world.http.get(f"/care{path}")
        assert nobody.status_code == 303 and "login" in nobody.headers["location"], path


async def test_dates_that_cannot_be_are_said_so(world, staff):
    supervisor = staff.log_in(world.http, "supervisor")
    for dates in (
        {"first": "2026-05-02", "last": "2026-05-01"},
        {"first": "2026-01-01", "last": "2026-12-31"},
        {"first": "yesterday"},
        {"last": "2026-02-30"},
        {"first": "0001-01-01", "last": "0001-01-02"},
        {"last": "9999-12-31"},
    ):
        answer = await supervisor.get("/reports", params=dates)
        assert answer.status_code == 422, dates
        assert words("desk_reports_dates_wrong", days=92) in html.unescape(answer.text)
        assert 'aria-invalid="true"' in answer.text


async def test_the_file_says_what_the_page_says(world, staff, happen):
    happen(a_busy_week)
    answer = await staff.log_in(world.http, "supervisor").get("/reports.csv", params=MAY)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="care-2026-05-01-2026-05-31.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    seconds = words("desk_reports_seconds")
    chosen = [
        words("desk_reports_by_day"),
        words("desk_reports_by_channel"),
        words("desk_reports_contacts"),
        words("desk_reports_by_bot_share"),
        f"{words('desk_reports_wait')} ({seconds})",
        words("desk_reports_rating"),
        f"{words('desk_team_reason')}: {words('desk_reason_misunderstood')}",
    ]
    assert [[line[name] for name in chosen] for line in lines] == [
        ["2026-05-04", "Sito web", "3", "66,67", "60", "4", "0"],
        ["2026-05-05", "Sito web", "1", "100", "", "", "0"],
        ["2026-05-05", "Telegram", "1", "0", "", "", "1"],
    ]


async def test_no_cell_of_the_file_is_a_formula(world, staff, happen):
    def attack(happened: Happenings) -> None:
        happened.conversation("a", channel="=cmd|' /C calc'!A0")
        happened.wrote("a", "2026-05-04 08:00")
        happened.handover("a", "2026-05-04 08:00", ended=1, reason="@SUM(A1:A9)", outcome="+1;=2\n=3")

    happen(attack)
    answer = await staff.log_in(world.http, "supervisor").get("/reports.csv", params=MAY)
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 2
    assert not [cell for row in rows for cell in row if re.match(r"[=+\-@\t\r\n]", cell)]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_what_a_spreadsheet_would_compute_is_made_text(start):
    assert harmless(f"{start}1") == f"'{start}1"
    assert harmless("1,5") == "1,5"


async def test_a_plot_is_an_image_that_can_do_nothing(world, staff, happen):
    happen(a_busy_week)
    supervisor = staff.log_in(world.http, "supervisor")
    for plot, language in itertools.product(PLOTS, ("it", "id", "sr-Latn", "sr-Cyrl")):
        headers = {"Cookie": f"{supervisor.headers['Cookie']}; __Host-care-language={language}"}
        answer = await world.http.get(f"/care/reports/{plot}.svg", params=MAY, headers=headers)
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        drawn = ElementTree.fromstring(answer.content)
        tags = {element.tag.rpartition("}")[2] for element in drawn.iter()}
        assert "svg" in tags and not tags & {"script", "image", "foreignObject", "a"}
        names = [name.lower() for element in drawn.iter() for name in element.attrib]
        assert not [name for name in names if name.startswith("on") or name.endswith("href")]
        assert not re.search(r"@import|url\(\s*['\"]?(?!#)", answer.text)
        said, _, script = language.partition("-")
        title = texts.render(f"desk_reports_plot_{plot}", said, script or "Latn")
        assert title in html.unescape(answer.text), (plot, language)


async def test_the_plot_has_the_numbers_of_the_table(world, staff, happen):
    happen(a_busy_week)
    answer = await staff.log_in(world.http, "supervisor").get("/reports/contacts.svg", params=MAY)
    values = re.findall(r'<desc class="value">(\d+)', answer.text)
    # By the assistant on the two days, then with a person.
    assert values[:2] == ["2", "1"]
    assert values[-2:] == ["1", "1"]


async def test_every_plot_names_itself_and_its_table(world, staff, happen):
    happen(a_busy_week)
    page = (await staff.log_in(world.http, "supervisor").get("/reports", params=MAY)).text
    shown = dict(re.findall(r'<img src="/care/reports/(\w+)\.svg[^>]*alt="([^"]+)"', page))
    assert set(shown) == set(PLOTS)
    for plot, alternative in shown.items():
        title = words(f"desk_reports_plot_{plot}")
        assert html.unescape(alternative) == words("desk_reports_plot_alt", title=title)


async def test_nothing_happened_is_said_and_draws(world, staff):
    supervisor = staff.log_in(world.http, "supervisor")
    page = await supervisor.get("/reports")
    assert page.status_code == 200
    assert words("desk_reports_nothing") in page.text
    for plot in PLOTS:
        answer = await supervisor.get(f"/reports/{plot}.svg")
        assert answer.status_code == 200
        assert words("desk_reports_nothing") in answer.text
    assert (await supervisor.get("/reports/else.svg")).status_code == 422


@pytest.mark.parametrize(
    ("seconds", "it", "sr"),
    [
        (0, "0 s", "0 сек"),
        (59.4, "59 s", "59 сек"),
        (60, "1 min", "1 мин"),
        (200, "3 min 20 s", "3 мин 20 сек"),
        (3600, "1 h", "1 сат"),
        (3659, "1 h", "1 сат"),
        (7500, "2 h 5 min", "2 сата 5 мин"),
    ],
)
def test_durations_are_written_with_their_two_largest_units(seconds, it, sr):
    assert duration(seconds, Voice("it")) == it
    assert duration(seconds, Voice("sr", "Cyrl")) == sr
