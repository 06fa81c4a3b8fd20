"""Writing a reviewed message into the training lines: its file, its form, and what speaks against it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import yaml

from locales.script import script_of
from scripts.lint_data import ANNOTATION, Line, faults_of_new, read
from scripts.model import ROOT

PLACEHOLDER = re.compile(r"\[([a-z_]+)\](?![({])")


class NotWritten(Exception):
    """A line is not fit to be trained on; the message says why."""


def intents_of(language: str, folder: Path = ROOT / "data" / "nlu") -> list[str]:
    """The intents that have lines in a language, answers of the FAQ by their full name."""
    return sorted({line.intent for line in read(language, folder)})


def filled(text: str, language: str, folder: Path = ROOT / "data" / "nlu") -> str:
    """The text with an annotated example in place of each `[entity]` of which the training lines have one.

    The same text is always filled alike. `[name]`, `[amount]` and the like stay: a person writes what fits.
    """
    examples: dict[str, list[str]] = {}
    for line in read(language, folder):
        for found in ANNOTATION.finditer(line.marked):
            entity = found.group(2) or yaml.safe_load(found.group(3))["entity"]
            if script_of(found.group(1)) == script_of(text.replace(found.group(1), "")):
                examples.setdefault(entity, []).append(found.group())

    def example(found: re.Match[str]) -> str:
        known = examples.get(found.group(1))
        if not known:
            return found.group()
        number = hashlib.sha256(f"{text}{found.start()}".encode()).digest()[0]
        return known[number * len(known) // 256]

    return PLACEHOLDER.sub(example, text)


def add_line(text: str, intent: str, language: str, folder: Path = ROOT / "data" / "nlu") -> Path:
    """Puts the line at the end of its intent's lines, the rest of the file untouched; tells the file.

    Raises NotWritten when something is left to fill in, the intent is unknown, or the linter has something against it.
    """
    text = " ".join(text.split())
    left = PLACEHOLDER.findall(text)
    if not text or left:
        raise NotWritten(f"still to be written out: {', '.join(left)}" if left else "nothing is left of it")
    lines = read(language, folder)
    file = next((line.file for line in lines if line.intent == intent), None)
    if file is None:
        raise NotWritten(f"no lines of {intent} in {language}")
    path = folder / file
    ids = yaml.safe_load((ROOT / "data" / "catalogue" / "ids.yml").read_text(encoding="utf-8"))
    new = Line(file, intent, ANNOTATION.sub(r"\1", text), text)
    faults = faults_of_new(new, lines, ids)
    if faults:
        raise NotWritten("; ".join(faults[:3]))
    written = _inserted(path.read_text(encoding="utf-8"), intent, text)
    partial = path.with_suffix(".partial")
    partial.write_text(written, encoding="utf-8")
    if [line.marked for line in _lines_of(partial) if line.intent == intent][-1] != text:
        partial.unlink()
        raise NotWritten("YAML would read it as something else")
    partial.replace(path)
    return path


def _inserted(content: str, intent: str, text: str) -> str:
    rows = content.splitlines(keepends=True)
    begin = next(i for i, row in enumerate(rows) if re.fullmatch(rf"- intent: {re.escape(intent)}\s*", row))
    last = begin
    for place in range(begin + 1, len(rows)):
        if rows[place].startswith("- "):
            break
        if rows[place].lstrip().startswith("- "):
            last = place
    indent = rows[last][: len(rows[last]) - len(rows[last].lstrip())]
    if not rows[last].endswith("\n"):
        rows[last] += "\n"
    return "".join([*rows[: last + 1], f"{indent}- {text}\n", *rows[last + 1 :]])


def _lines_of(path: Path) -> list[Line]:
    return [
        Line(path.name, block["intent"], ANNOTATION.sub(r"\1", row[2:]), row[2:])
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
        for row in block["examples"].splitlines()
    ]
