"""How long a click at the CARE desk takes with a full house: medians of every page and action an agent uses.

    python -m benchmarks.desk [--waiting 200] [--messages 5000] [--clicks 30] [--limit 200]

Starts the real gateway and backend with demo data. Fills in customers who wait, one logged-in customer with a long
history, and a month of figures; a supervisor works while the event streams of three browsers are open. Prints medians,
95th percentiles and the sizes of the answers, and ends with 1 when a median is over the limit (milliseconds).
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
from sqlalchemy import insert
from sqlalchemy.orm import Session

from backend.demo.fill import PASSWORD
from backend.demo.staff import TOTP_SECRET
from benchmarks.medians import judge, started
from connectors.care.csrf import csrf_of
from connectors.core.handover.models import Handover, HandoverEvent
from connectors.core.handover.past_figures import keep_contacts
from connectors.core.models import Conversation, TranscriptMessage
from connectors.database import create_database_engine
from tests.running import Running

CONNECTORS = {"Authorization": "Bearer demo-connectors-token"}
ACTIONS = {"Authorization": "Bearer demo-actions-token"}
LONG = "benchmark-long-history"
REASONS = ("asked", "misunderstood", "complaint", "form")
LINES = (
    "Buongiorno, vorrei sapere a che punto è il rimborso della visita cardiologica.",
    "La Sua richiesta è in valutazione: la risposta arriva entro il 12 marzo.",
    "grazie",
    "C'è altro che posso fare per Lei?",
    "sì, ho dimenticato di allegare la fattura della risonanza, come faccio?",
)


def main() -> None:
    """Fill, click, print, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--waiting", type=int, default=200, help="customers in the queue")
    parser.add_argument("--messages", type=int, default=5000, help="messages of the long conversation")
    parser.add_argument("--clicks", type=int, default=30, help="of each kind")
    parser.add_argument("--limit", type=float, default=200, help="milliseconds of a median")
    given = parser.parse_args()
    with started("backend", "connectors") as running:
        medians = measure(running, given.waiting, given.messages, given.clicks)
    judge(medians, given.limit)


class Desk:
    """The browser of somebody at the desk; each click's milliseconds and size are kept under its name."""

    def __init__(self, running: Running, username: str) -> None:
        self.http = httpx.Client(base_url=f"{running.public_url}/care", timeout=30)
        self.token = log_in(running, username)
        self.headers = {
            "Cookie": f"__Host-care={self.token}; __Host-care-language=it",
            "X-CSRF-Token": csrf_of(self.token),
        }
        self.times: dict[str, list[float]] = {}
        self.sizes: dict[str, int] = {}

    def click(
        self, name: str, path: str, data: dict[str, Any] | None = None, *, htmx: bool = True
    ) -> httpx.Response:
        """A reading click, or with `data` an action; raises for anything but success."""
        headers = self.headers | ({"HX-Request": "true"} if htmx else {})
        start = time.perf_counter()
        if data is None:
            answer = self.http.get(path, headers=headers)
        else:
            answer = self.http.post(path, data=data, headers=headers)
        self.times.setdefault(name, []).append((time.perf_counter() - start) * 1000)
        if answer.is_error:
            raise AssertionError(f"{name}: {answer.status_code} {answer.text[:500]}")
        self.sizes[name] = len(answer.content)
        return answer


def measure(running: Running, waiting: int, messages: int, clicks: int) -> dict[str, float]:
    """Click through everything; returns the medians by name."""
    log_customer_in(running, LONG)
    desk = Desk(running, "supervisor")
    me = member_of(running, desk.token)["staff_id"]
    # Every click that takes somebody takes the next of them: as many as wait stay.
    actions = clicks
    numbers = fill(running, me, waiting + actions, messages)
    long, queue = numbers[0], iter(numbers[1:])
    with streams(desk, long, 3):
        for _ in range(3):
            desk.click("warm", "/queue", htmx=False)
            desk.click("warm", f"/conversations/{long}", htmx=False)
        for click in range(clicks):
            read(desk, long, messages)
            act(desk, long, next(queue), click)
    del desk.times["warm"]
    print(f"{'':44}{'p50 ms':>8}{'p95 ms':>8}{'kB':>7}")
    for name, times in desk.times.items():
        high = statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        print(f"{name:44}{statistics.median(times):8.0f}{high:8.0f}{desk.sizes[name] / 1024:7.0f}")
    return {name: statistics.median(times) for name, times in desk.times.items()}


def read(desk: Desk, long: int, messages: int) -> None:
    """Every page once."""
    here = f"/conversations/{long}"
    desk.click("queue, whole page", "/queue", htmx=False)
    desk.click("queue, its column", "/queue/list")
    desk.click("queue, all that wait", "/queue/list?all=1")
    desk.click("conversation with the long history", here)
    desk.click("conversation, whole page", here, htmx=False)
    desk.click("new lines", f"{here}/lines?after={messages - 1}")
    desk.click("older lines, in the middle", f"{here}/older?number={messages // 2}")
    desk.click("customer's panel", f"{here}/panel")
    desk.click("team", "/team", htmx=False)
    desk.click("reports of 14 days", "/reports", htmx=False)
    month = f"first={datetime.now(UTC).date() - timedelta(days=28)}"
    desk.click("reports of 29 days by channel", f"/reports?{month}&by=channel", htmx=False)
    desk.click("plot of 29 days", f"/reports/contacts.svg?{month}", htmx=False)
    desk.click("CSV of 29 days", f"/reports.csv?{month}", htmx=False)


def act(desk: Desk, long: int, other: int, click: int) -> None:
    """Every action once, on the long conversation where it can be repeated there."""
    here, there = f"/conversations/{long}", f"/conversations/{other}"
    desk.click("answer", f"{here}/answer", {"answer_id": f"benchmark-{click:04}", "text": LINES[1]})
    desk.click("note", f"{here}/note", {"text": "Ha già chiamato ieri."})
    desk.click("unmask", f"{here}/unmask", {"fields": ["name", "phone"], "reason": "richiamata chiesta"})
    desk.click("take", f"{there}/take", {})
    desk.click("close", f"{there}/close", {"outcome": "solved", "note": "Tutto chiarito."})


@contextlib.contextmanager
def streams(desk: Desk, long: int, count: int) -> Iterator[None]:
    """Browsers that listen: each to the queue and to the conversation."""
    stop = threading.Event()

    def listen(path: str) -> None:
        with (
            contextlib.suppress(httpx.HTTPError),
            httpx.stream("GET", f"{desk.http.base_url}{path}", headers=desk.headers, timeout=60) as stream,
        ):
            for _ in stream.iter_lines():
                if stop.is_set():
                    return

    path = f"stream?handover={long}"
    threads = [threading.Thread(target=listen, args=(path,), daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()


def log_in(running: Running, username: str) -> str:
    """The token of a demo member's log-in."""
    backend = httpx.Client(base_url=running.programs["backend"].url, headers=CONNECTORS, timeout=30)
    body = {"username": username, "password": PASSWORD, "address": "127.0.0.1"}
    ticket = backend.post("/staff/logins", json=body).raise_for_status().json()["ticket"]
    code = {"ticket": ticket, "code": pyotp.TOTP(TOTP_SECRET).now()}
    return str(backend.post("/staff/logins/totp", json=code).raise_for_status().json()["token"])


def member_of(running: Running, token: str) -> dict[str, Any]:
    """Whose log-in it is."""
    url = f"{running.programs['backend'].url}/staff/session"
    answer = httpx.get(url, headers=CONNECTORS | {"X-Staff-Token": token}).raise_for_status()
    member: dict[str, Any] = answer.json()["member"]
    return member


def log_customer_in(running: Running, conversation_id: str) -> None:
    """A demo customer is logged in there: policies, requests and data to be shown."""
    backend = httpx.Client(base_url=running.programs["backend"].url, timeout=30)
    here = f"/conversations/{conversation_id}"
    opened = {"market": "it", "channel": "website", "language": "it"}
    backend.put(here, json=opened, headers=CONNECTORS).raise_for_status()
    wish = {"language": "it", "script": "Latn"}
    link = backend.post(f"{here}/login-links", json=wish, headers=ACTIONS).raise_for_status().json()["token"]
    proof = {"username": "mario.rossi", "password": PASSWORD}
    backend.post(f"/login-links/{link}/password", json=proof, headers=CONNECTORS).raise_for_status()
    code = newest_code(running)
    backend.post(f"{here}/codes/verify", json={"code": code}, headers=CONNECTORS).raise_for_status()


def newest_code(running: Running) -> str:
    """The code that the backend has just sent."""
    for _ in range(100):
        for mail in httpx.get(running.mailbox_url).raise_for_status().json():
            if found := re.search(r"\b(\d{6})\b", mail["body"]):
                return found[1]
        time.sleep(0.1)
    raise AssertionError("no code was sent")


def fill(running: Running, me: str, waiting: int, messages: int) -> list[int]:
    """The long conversation of `me`, whoever waits, and a month of the past; their hand-overs, the long one first."""
    engine = create_database_engine(running.env["CONNECTORS_DATABASE_URL"])
    now = datetime.now(UTC)
    chance = random.Random(7)
    with Session(engine) as session, session.begin():
        add_past(session, now, chance)
        add(session, LONG, now - timedelta(days=20), messages, chance)
        found = [add_handover(session, LONG, now - timedelta(minutes=20), chance, agent_id=me)]
        for number in range(waiting):
            name = f"benchmark-waiting-{number}"
            add(session, name, now - timedelta(minutes=waiting - number), 12, chance)
            found.append(add_handover(session, name, now - timedelta(minutes=waiting - number), chance))
        # What the gateway does every hour: days that are over have been counted.
        for market, zone in (("it", "Europe/Rome"), ("rs", "Europe/Belgrade"), ("id", "Asia/Jakarta")):
            keep_contacts(session, market, zone, now, now - timedelta(days=30))
    engine.dispose()
    return found


def add_past(session: Session, now: datetime, chance: random.Random) -> None:
    """A hundred conversations a day for 29 days, of which every fifth was handed over."""
    for number in range(29 * 100):
        asked = now - timedelta(days=1 + number // 100, minutes=chance.randrange(600))
        name = f"benchmark-past-{number}"
        add(session, name, asked, 8, chance)
        if number % 5 == 0:
            taken = asked + timedelta(seconds=chance.randrange(600))
            ended = taken + timedelta(seconds=chance.randrange(1800))
            values = {
                "taken_at": taken,
                "ended_at": ended,
                "outcome": "solved",
                "rating": chance.randrange(1, 6),
            }
            add_handover(session, name, asked, chance, state="ended", agent_id="somebody", **values)


def add(session: Session, name: str, at: datetime, messages: int, chance: random.Random) -> None:
    """A conversation with as many messages, customer and assistant in turns."""
    channel = chance.choice(("website", "telegram", "whatsapp"))
    session.add(
        Conversation(
            id=name,
            channel="website" if name == LONG else channel,
            market="it",
            language="it",
            created_at=at,
            last_number=messages,
            login_state="logged_in" if name == LONG else "none",
        )
    )
    session.flush()
    session.execute(
        insert(TranscriptMessage),
        [
            {
                "conversation_id": name,
                "number": number,
                "at": at + timedelta(seconds=number),
                "author": ("customer", "bot")[number % 2],
                "language": "it",
                "text": LINES[number % len(LINES)],
                "content": {},
            }
            for number in range(1, messages + 1)
        ],
    )


def add_handover(
    session: Session,
    name: str,
    asked: datetime,
    chance: random.Random,
    agent_id: str | None = None,
    **values: Any,
) -> int:
    """One that waits, is `agent_id`'s, or is as `values` say; returns its number."""
    state = "waiting" if agent_id is None else "taken"
    given = {
        "state": state,
        "market": "it",
        "language": "it",
        "taken_at": None if agent_id is None else asked,
    }
    handover = Handover(
        conversation_id=name,
        kind="live",
        reason=chance.choice(REASONS),
        urgent=chance.random() < 0.1,
        facts={"journey": "claim", "step": "treatment_date"},
        requested_at=asked,
        agent_id=agent_id,
        agent_name="Ana" if agent_id else None,
        owned_since=asked if agent_id else None,
        **(given | values),
    )
    session.add(handover)
    conversation = session.get_one(Conversation, name)
    conversation.speaker = {"waiting": "queue", "taken": "agent"}.get(handover.state, "bot")
    session.flush()
    session.add(HandoverEvent(handover_id=handover.id, at=asked, kind="requested"))
    return handover.id


if __name__ == "__main__":
    main()
