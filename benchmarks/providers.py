"""How long the backend takes to find hospitals and doctors, over HTTP: medians of every kind of search.

    python -m benchmarks.providers [--times 50] [--limit 20]

Starts the real backend with demo data. Prints medians and 95th percentiles for each market, and ends with 1 when a
median is over the limit (milliseconds).
"""

from __future__ import annotations

import argparse
import statistics
import time

import httpx

from benchmarks.medians import judge, started

ACTIONS = {"Authorization": "Bearer demo-actions-token"}
# A town as it is written, one mistyped, a postal code, a doctor half remembered, a speciality nearby, and nothing.
SEARCHES: dict[str, dict[str, dict[str, str]]] = {
    "it": {
        "town": {"city": "Torino"},
        "town, mistyped": {"q": "tornio"},
        "postal code": {"postal_code": "20121"},
        "doctor": {"doctor": "dottoressa Bianki"},
        "speciality in a town": {"city": "Milano", "specialty": "cardiology"},
        "nothing": {"q": "xyzzy"},
    },
    "id": {
        "town": {"city": "Surabaya"},
        "town, mistyped": {"q": "bandnug"},
        "postal code": {"postal_code": "40115"},
        "doctor": {"doctor": "dr. Wijya"},
        "speciality in a town": {"city": "Jakarta", "specialty": "cardiology"},
        "nothing": {"q": "xyzzy"},
    },
    "rs": {
        "town": {"city": "Niš"},
        "town, mistyped": {"q": "beogrda"},
        "postal code": {"postal_code": "21000"},
        "doctor": {"doctor": "jovanovč"},
        "speciality in a town": {"city": "Београд", "specialty": "cardiology"},
        "nothing": {"q": "xyzzy"},
    },
}


def main() -> None:
    """Search, print, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--times", type=int, default=50, help="of each search")
    parser.add_argument("--limit", type=float, default=20, help="milliseconds of a median")
    given = parser.parse_args()
    with started("backend") as running:
        medians = measure(running.programs["backend"].url, given.times)
    judge(medians, given.limit)


def measure(url: str, times: int) -> dict[str, float]:
    """Search for everything; returns the medians by market and search."""
    medians: dict[str, float] = {}
    print(f"{'':32}{'p50 ms':>8}{'p95 ms':>8}{'found':>7}")
    with httpx.Client(base_url=url, headers=ACTIONS, timeout=30) as http:
        for market, searches in SEARCHES.items():
            for name, criteria in searches.items():
                spent: list[float] = []
                for _ in range(times + 1):
                    start = time.perf_counter()
                    answer = http.get(f"/markets/{market}/providers", params=criteria).raise_for_status()
                    spent.append((time.perf_counter() - start) * 1000)
                del spent[0]  # the first of a kind fills caches
                name_here = f"{market} {name}"
                medians[name_here] = statistics.median(spent)
                high = statistics.quantiles(spent, n=20)[-1]
                print(f"{name_here:32}{medians[name_here]:8.1f}{high:8.1f}{answer.json()['total']:7}")
    return medians


if __name__ == "__main__":
    main()
