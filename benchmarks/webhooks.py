"""How fast webhooks are acknowledged while turns are worked off, and how long the backlog takes afterwards.

    python -m benchmarks.webhooks [--rate 100] [--seconds 60] [--customers 1500] [--limit 250]

Starts the real gateway with a WhatsApp account and, each as a process of its own, stand-ins for Rasa (150 to 450 ms
a turn), the backend and WhatsApp. Posts signed webhooks at a steady rate whatever the answers take, waits until every
message is answered and delivered, and prints the figures. Ends with 1 when the 99th percentile is over the limit.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.migrate import migrate
from tests.connectors.gateway_fakes import FakeBackend, FakeRasa
from tests.connectors.live_gateway import free_port

SECRET = "benchmark-app-secret-0123456789"
ACCOUNT = {
    "name": "it",
    "market": "it",
    "language": "it",
    "phone_number_id": "100000000000003",
    "access_token": "benchmark-access-token-0123456789",
    "app_secret": SECRET,
    "verify_token": "benchmark-verify-token-0123456789",
}
OPEN = "SELECT count(*) FROM {} WHERE state IN ('waiting', 'working')"


def main() -> None:
    """Run, print, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=int, default=100, help="webhooks a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--customers", type=int, default=1500)
    parser.add_argument("--limit", type=float, default=250, help="milliseconds of the 99th percentile")
    parser.add_argument("--neighbour", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.neighbour:
        serve(given.neighbour, given.port)
        return
    with tempfile.TemporaryDirectory() as folder, gateway(Path(folder)) as url:
        times, refused = asyncio.run(post_all(url, given.rate, given.seconds, given.customers))
        backlog, drained = drain(Path(folder) / "connectors.db")
        worked = count(Path(folder) / "connectors.db", "SELECT count(*) FROM turns WHERE state = 'done'")
        sent = count(Path(folder) / "connectors.db", "SELECT count(*) FROM deliveries WHERE state = 'done'")
    slowest = statistics.quantiles(times, n=100)[98]
    print(f"webhooks {len(times)}, not taken {refused}")
    print(
        f"acknowledged after: p50 {statistics.median(times):.0f} ms, p99 {slowest:.0f} ms, max {max(times):.0f} ms"
    )
    print(f"backlog at the end {backlog}, drained in {drained:.0f} s; turns {worked}, delivered {sent}")
    # One more was worked: the first warms the gateway up and is not timed.
    if refused or worked != len(times) + 1 or sent < worked or slowest > given.limit:
        sys.exit(1)


@contextlib.contextmanager
def gateway(folder: Path) -> Iterator[str]:
    """The real gateway and its neighbours."""
    names = ("rasa", "backend", "graph")
    ports = {name: free_port() for name in (*names, "gateway")}
    migrate(f"sqlite:///{folder}/connectors.db")
    environment = {
        **os.environ,
        "CONNECTORS_PORT": str(ports["gateway"]),
        "CONNECTORS_DATABASE_URL": f"sqlite:///{folder}/connectors.db",
        "CONNECTORS_RASA_URL": f"http://127.0.0.1:{ports['rasa']}",
        "CONNECTORS_BACKEND_URL": f"http://127.0.0.1:{ports['backend']}",
        "CONNECTORS_WHATSAPP_API_URL": f"http://127.0.0.1:{ports['graph']}",
        "CONNECTORS_WHATSAPP_ACCOUNTS": json.dumps([ACCOUNT]),
        "CONNECTORS_LOG_LEVEL": "WARNING",
    }
    here = [sys.executable, "-m", "benchmarks.webhooks", "--neighbour"]
    commands = [[*here, name, "--port", str(ports[name])] for name in names]
    processes = [
        subprocess.Popen(command, env=environment)
        for command in [*commands, [sys.executable, "-m", "connectors"]]
    ]
    url = f"http://127.0.0.1:{ports['gateway']}"
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            time.sleep(0.2)
        yield url
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


def serve(name: str, port: int) -> None:
    """One neighbour, until ended."""
    rasa = FakeRasa()
    apps: dict[str, Any] = {"rasa": slow(rasa), "backend": FakeBackend().asgi, "graph": graph()}
    uvicorn.run(apps[name], port=port, log_config=None, access_log=False)


def slow(rasa: FakeRasa) -> Any:
    """Rasa, which thinks for a while."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(random.uniform(0.15, 0.45))
        await rasa.app(scope, receive, send)

    return app


def graph() -> Starlette:
    """WhatsApp as far as sending goes, 50 to 150 ms a call."""
    numbers = iter(range(10**9))

    async def take(request: Request) -> Response:
        await asyncio.sleep(random.uniform(0.05, 0.15))
        body = await request.json()
        if body.get("status"):
            return JSONResponse({"success": True})
        sent = [{"id": f"wamid.out{next(numbers)}"}]
        return JSONResponse({"messaging_product": "whatsapp", "contacts": [], "messages": sent})

    return Starlette(routes=[Route("/{path:path}", take, methods=["GET", "POST"])])


async def post_all(url: str, rate: int, seconds: int, customers: int) -> tuple[list[float], int]:
    """Milliseconds of each acknowledgement, and how many webhooks were not taken."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=60) as http:
        await post(http, customers, "warm")
        begin = time.monotonic()
        tasks = []
        for number in range(rate * seconds):
            await asyncio.sleep(max(0.0, begin + number / rate - time.monotonic()))
            tasks.append(asyncio.create_task(post(http, number % customers, f"{number}")))
        done = await asyncio.gather(*tasks)
    return [milliseconds for milliseconds, _ in done], sum(status != 200 for _, status in done)


async def post(http: httpx.AsyncClient, customer: int, number: str) -> tuple[float, int]:
    """One text of one customer."""
    who = f"39333{customer:07}"
    text = {"body": f"messaggio {number}"}
    message = {
        "from": who,
        "id": f"wamid.in{number}",
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": text,
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "390000", "phone_number_id": ACCOUNT["phone_number_id"]},
        "contacts": [{"profile": {"name": "Prova"}, "wa_id": who}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    body = json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}
    ).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    begin = time.perf_counter()
    answer = await http.post(
        "/webhooks/whatsapp/it", content=body, headers={"X-Hub-Signature-256": signature}
    )
    return (time.perf_counter() - begin) * 1000, answer.status_code


def drain(database: Path) -> tuple[int, float]:
    """What was open when the last webhook was posted, and the seconds until nothing was."""
    begin = time.monotonic()
    first = backlog = open_jobs(database)
    while backlog and time.monotonic() < begin + 600:
        time.sleep(0.5)
        backlog = open_jobs(database)
    return first, time.monotonic() - begin


def open_jobs(database: Path) -> int:
    return sum(count(database, OPEN.format(table)) for table in ("turns", "deliveries"))


def count(database: Path, statement: str) -> int:
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute(statement).fetchone()[0])


if __name__ == "__main__":
    main()
