"""What the benchmarks of running programs share: the programs of one run, and the limit that every median keeps."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.running import Running


@contextlib.contextmanager
def started(*programs: str, model: bool = False) -> Iterator[Running]:
    """The programs named (all of them where none is) with demo data of their own, until the end."""
    with tempfile.TemporaryDirectory() as folder:
        running = Running(Path(folder))
        running.prepare(model=model)
        running.start(*programs)
        try:
            yield running
        finally:
            running.stop()


def judge(medians: dict[str, float], limit: float) -> None:
    """Print which medians are over the limit (milliseconds), and end with 1 when one is."""
    slow = {name: round(median) for name, median in medians.items() if median > limit}
    print(f"\nover {limit:.0f} ms: {slow or 'none'}")
    raise SystemExit(bool(slow))
