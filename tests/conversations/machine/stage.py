"""The programs of all dialogues, and how a dialogue that kills one does not spoil the others."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from scripts.model import ROOT
from tests.conversations.machine.truth import Truth
from tests.running import Running


class Stage:
    """Many dialogues at once; for a killing all others pause between two turns."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.truth = Truth(running.var)
        # For whoever looks for defects: every walk that breaks something, not only each thread's first.
        self.keeps_going = bool(os.environ.get("CARE_KEEP_GOING"))
        self.found: list[str] = []
        self._condition = threading.Condition()
        self._turns = 0
        self._alone = False

    @property
    def backend_url(self) -> str:
        """Where the backend is."""
        return self.running.programs["backend"].url

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """No program is killed meanwhile."""
        with self._condition:
            self._condition.wait_for(lambda: not self._alone)
            self._turns += 1
        try:
            yield
        finally:
            with self._condition:
                self._turns -= 1
                self._condition.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other dialogue has a turn going on."""
        with self._condition:
            self._condition.wait_for(lambda: not self._alone)
            self._alone = True
            self._condition.wait_for(lambda: self._turns == 0)
        try:
            yield
        finally:
            with self._condition:
                self._alone = False
                self._condition.notify_all()

    def emergency_numbers(self, market: str) -> set[str]:
        """What is to be called in a medical emergency."""
        return {
            str(entry["number"])
            for entry in _pack(market)["emergency"]
            if entry["service"] in {"ambulance", "general"}
        }

    def phones(self, market: str) -> set[str]:
        """The numbers of people."""
        return {str(phone) for phone in _pack(market)["care"]["phones"]}


def _pack(market: str) -> dict[str, Any]:
    pack: dict[str, Any] = yaml.safe_load(
        (ROOT / "backend" / "markets" / f"{market}.yml").read_text(encoding="utf-8")
    )
    return pack
