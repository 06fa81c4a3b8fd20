"""Time of a whole turn on the website channel: POST of a text to the last bubble, and its parts.

    python -m benchmarks.turn [--turns 40] [--long 300]

Starts the real programs on free ports with demo data. Prints medians and 95th percentiles for one conversation
and for eight at once, the parts of a turn (acknowledgement, Rasa, of it understanding, action calls), and how
turn 300 of a conversation compares with turn 10. Alone on the machine the figures are steadier.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import httpx

from benchmarks.medians import started
from tests.customer import Customer
from tests.running import Running

# One client: making one costs more than the calls measured with it.
HTTP = httpx.Client(timeout=30)
# Turns of everyday use: small talk, a question from the guides, a search, cover and limits (logged in).
LINES = [
    "buongiorno",
    "quali formati di file accettate?",
    "cerco un cardiologo a Torino",
    "quanto mi resta per il dentista?",
    "la risonanza è coperta?",
    "a che ora siete aperti?",
    "mi mostri le mie polizze",
    "che stato ha la mia ultima richiesta?",
]


def main() -> None:
    """Run all parts and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=40, help="turns of each conversation")
    parser.add_argument(
        "--long", type=int, default=300, help="turns of the long conversation; 0 leaves it out"
    )
    given = parser.parse_args()
    with started(model=True) as running:
        measure(running, given.turns, given.long)


def measure(running: Running, turns: int, long: int) -> None:
    """All measurements on running programs."""
    customers = [logged_in(running) for _ in range(8)]
    for customer in customers:
        take_turns(customer, 8)  # warm
    print(f"{'':34}{'p50 ms':>8}{'p95 ms':>8}{'turns/s':>9}")
    one, seconds = timed(lambda: take_turns(customers[0], turns))
    row("whole turn, 1 conversation", one, len(one) / seconds)
    eight, seconds = timed(lambda: at_once(customers, turns))
    row("whole turn, 8 conversations at once", eight, len(eight) / seconds)
    row("  acknowledgement of the POST (1)", [acknowledged(customers[0], line) for line in LINES * 4])
    row("  Rasa's turn without action (1)", [rasa_turn(running, "ciao a tutti") for _ in range(turns)])
    row("  understanding alone (1)", [parsed(running, LINES[n % len(LINES)]) for n in range(turns)])
    row("  backend: conversation (1)", [backend_call(running, customers[0]) for _ in range(turns)])
    if long:
        times = take_turns(logged_in(running), long)
        early, late = times[5:25], times[long - 20 : long]
        ratio = statistics.median(late) / statistics.median(early)
        print(
            f"\nmedian of turns 6-25: {statistics.median(early) * 1000:.0f} ms, of the last 20 of {long}: "
            f"{statistics.median(late) * 1000:.0f} ms, ratio {ratio:.2f}"
        )


def logged_in(running: Running) -> Customer:
    """A customer who has logged in."""
    customer = Customer(running.public_url, running.mailbox_url, "it", "it")
    customer.say("mi mostri le mie polizze")
    customer.log_in("mario.rossi")
    return customer


def take_turns(customer: Customer, turns: int) -> list[float]:
    """Seconds of each turn, measured on the event stream as a browser would see it."""
    times = []
    with stream_of(customer) as stream:
        lines = stream.iter_lines()
        for number in range(turns):
            start = time.perf_counter()
            customer.post({"text": LINES[number % len(LINES)]})
            wait_for_rest(lines)
            times.append(time.perf_counter() - start)
    return times


def stream_of(customer: Customer) -> AbstractContextManager[httpx.Response]:
    """The conversation's events from now on."""
    path = f"/api/website/conversations/{customer.conversation_id}"
    newest = customer.http.get(f"{path}/messages", params={"after": 0}, headers=customer.headers).json()[
        "messages"
    ]
    headers = {**customer.headers, "Last-Event-ID": str(newest[-1]["id"])}
    return customer.http.stream("GET", f"{path}/events", headers=headers, timeout=60)


def wait_for_rest(lines: Iterator[str]) -> None:
    """Read events until the assistant has answered and stopped typing."""
    answered, event = False, ""
    for line in lines:
        if line.startswith("event:"):
            event = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            if event == "message" and '"author":"customer"' not in line.replace(" ", ""):
                answered = True
            elif event == "typing" and "false" in line and answered:
                return


def at_once(customers: list[Customer], turns: int) -> list[float]:
    """The same turns in all conversations at the same time."""
    found: list[float] = []
    threads = [
        threading.Thread(target=lambda c=customer: found.extend(take_turns(c, turns)))
        for customer in customers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def acknowledged(customer: Customer, line: str) -> float:
    """Seconds until a POST is answered; the turn itself is waited for outside the measurement."""
    start = time.perf_counter()
    customer.post({"text": line})
    taken = time.perf_counter() - start
    customer.listen()
    return taken


def rasa_turn(running: Running, text: str) -> float:
    """Seconds of one turn at the gateway's channel."""
    body = {
        "conversation_id": "benchmark",
        "message_id": f"b{time.perf_counter_ns()}",
        "text": text,
        "metadata": {
            "market": "it",
            "channel": "website",
            "language": "it",
            "today": "2026-11-20",
            "attachments": [],
        },
    }
    token = running.env["BOT_CHANNEL_TOKEN"]
    url = f"{running.programs['rasa'].url}/webhooks/gateway/turn"
    start = time.perf_counter()
    HTTP.post(url, json=body, headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    return time.perf_counter() - start


def parsed(running: Running, text: str) -> float:
    """Seconds of understanding one text through Rasa's HTTP API."""
    url = f"{running.programs['rasa'].url}/model/parse"
    start = time.perf_counter()
    httpx.post(
        url, params={"token": running.env["BOT_API_TOKEN"]}, json={"text": text}, timeout=30
    ).raise_for_status()
    return time.perf_counter() - start


def backend_call(running: Running, customer: Customer) -> float:
    """Seconds of one call of the backend."""
    url = f"{running.programs['backend'].url}/conversations/{customer.conversation_id}"
    start = time.perf_counter()
    HTTP.get(url, headers={"Authorization": "Bearer demo-actions-token"}).raise_for_status()
    return time.perf_counter() - start


def timed(work: Callable[[], list[float]]) -> tuple[list[float], float]:
    """The result and how many seconds it took."""
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def row(name: str, seconds: list[float], rate: float | None = None) -> None:
    """One line of the table."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    last = f"{rate:9.1f}" if rate else ""
    print(f"{name:34}{statistics.median(ordered) * 1000:8.0f}{p95 * 1000:8.0f}{last}")


if __name__ == "__main__":
    main()
