"""`make review`: turns the assistant was unsure of or was corrected in, to be labelled and trained on.

Without options it goes through them, the newest first. `--list` only shows them; `--accept ID=intent` (with
`--wording ID=TEXT` where something is to be written out) and `--drop ID` label without asking. What is accepted is
written to data/nlu/<language>/<topic>.yml; a turn that is labelled or dropped is not shown again.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.orm import Session, sessionmaker

from backend.database import create_database_engine, session_factory
from backend.review import service
from backend.review.models import ReviewTurn
from backend.settings import get_settings
from scripts.model import ROOT
from scripts.review_lines import NotWritten, add_line, filled, intents_of

SHORT_ID = 8
LINES = ROOT / "data" / "nlu"


def main(arguments: list[str] | None = None, ask: Callable[[str], str] = input, lines: Path = LINES) -> int:
    """0 when everything asked for was done, 1 when a line was refused or an ID is unknown."""
    parser = argparse.ArgumentParser(prog="python -m scripts.review", description=__doc__)
    parser.add_argument("--language", help="only turns in this language")
    parser.add_argument("--list", action="store_true", help="show what waits and end")
    parser.add_argument("--accept", action="append", default=[], metavar="ID=INTENT", type=_pair)
    parser.add_argument("--wording", action="append", default=[], metavar="ID=TEXT", type=_pair)
    parser.add_argument("--drop", action="append", default=[], metavar="ID")
    given = parser.parse_args(arguments)
    engine = create_database_engine(get_settings().database_url)
    try:
        factory = session_factory(engine)
        with factory() as session:
            turns = service.waiting(session, given.language)
        if given.list:
            print("\n".join(shown(turn) for turn in turns) or "Nothing waits to be reviewed.")
            return 0
        if given.accept or given.drop:
            wordings = dict(given.wording)
            todo = [(id_, intent) for id_, intent in given.accept] + [(id_, None) for id_ in given.drop]
            return max(_close(factory, turns, id_, intent, wordings.get(id_), lines) for id_, intent in todo)
        _go_through(factory, turns, ask, lines)
        return 0
    finally:
        engine.dispose()


def shown(turn: ReviewTurn) -> str:
    """A turn in two lines."""
    understood = ", ".join(f"{u['intent']} {u['confidence']:.2f}" for u in turn.understood) or "nothing"
    meant = f" → {turn.picked}" if turn.picked else ""
    day = turn.said_at.strftime("%Y-%m-%d %H:%M")
    return f"{turn.key[:SHORT_ID]}  {day}  {turn.language}  {turn.reason}: {understood}{meant}\n          {turn.text}"


def _pair(value: str) -> tuple[str, str]:
    id_, separator, rest = value.partition("=")
    if not (id_ and separator and rest.strip()):
        raise argparse.ArgumentTypeError(f"{value!r} is not ID=…")
    return id_, rest.strip()


def _close(
    factory: sessionmaker[Session],
    turns: Sequence[ReviewTurn],
    id_: str,
    intent: str | None,
    wording: str | None,
    lines: Path,
) -> int:
    """Labels a turn, or drops it where there is no intent; says what came of it."""
    found = [turn for turn in turns if turn.key.startswith(id_)]
    if len(found) != 1:
        print(f"{id_}: {'several turns begin so' if found else 'no such turn waits'}", file=sys.stderr)
        return 1
    turn = found[0]
    if intent:
        try:
            text = wording or filled(turn.text, turn.language, lines)
            path = add_line(text, intent, turn.language, lines)
        except NotWritten as why:
            print(f"{id_}: not written: {why}", file=sys.stderr)
            return 1
        print(f"{id_}: {intent}, in {path.parent.name}/{path.name}")
    with factory.begin() as session:
        kept = session.get(ReviewTurn, turn.key)
        if kept is not None:
            service.close(session, kept, intent)
    return 0


def _go_through(
    factory: sessionmaker[Session], turns: Sequence[ReviewTurn], ask: Callable[[str], str], lines: Path
) -> None:
    """One after the other, until there is none or somebody has had enough."""
    for number, turn in enumerate(turns, 1):
        print(f"\n{number} of {len(turns)}\n{shown(turn)}")
        known = intents_of(turn.language, lines)
        likely = dict.fromkeys([turn.picked, *(u["intent"] for u in turn.understood)])
        offered = [name for name in likely if name in known]
        print("   ".join(f"{place} {name}" for place, name in enumerate(offered, 1)))
        while True:
            said = ask("number or intent, l = all intents, s = skip, d = drop, q = end: ").strip()
            if said == "q":
                return
            if said in {"s", ""}:
                break
            if said == "l":
                offered = known
                print("\n".join(f"{place:3} {name}" for place, name in enumerate(offered, 1)))
                continue
            intent = offered[int(said) - 1] if said.isdigit() and 0 < int(said) <= len(offered) else said
            if said != "d" and intent not in known:
                print("No such intent.")
                continue
            wording = None
            if said != "d":
                proposed = filled(turn.text, turn.language, lines)
                wording = ask(f"the line (Enter: {proposed}): ").strip() or proposed
            if _close(factory, turns, turn.key, None if said == "d" else intent, wording, lines) == 0:
                break
    print("\nNothing else waits to be reviewed." if turns else "Nothing waits to be reviewed.")


if __name__ == "__main__":
    sys.exit(main())
