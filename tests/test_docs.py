"""What the documents and commands point at exists, and nothing points at a place outside the repository."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# What is made on the machine and therefore not in the repository.
MADE_HERE = {"var", "models", ".venvs", ".env"}


def tracked(*patterns: str) -> list[Path]:
    """Files of the repository, new ones that are not ignored included."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in sorted(set(listed.split("\0"))) if name and (path := ROOT / name).is_file()]


DOCUMENTS = tracked("*.md")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def code_of(document: str) -> list[str]:
    """Everything a document sets in code: fenced blocks and `spans`."""
    fenced = re.findall(r"^```.*?\n(.*?)^```", document, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", document, flags=re.MULTILINE | re.DOTALL)
    return fenced + re.findall(r"`([^`\n]+)`", rest)


def exists(named: str) -> bool:
    """Whether a path of the documents is in the repository; <words> stand for any name, modules need no `.py`."""
    pattern = re.sub(r"<[^>]+>|…|NNNN", "*", named).rstrip("/")
    return any(next(ROOT.glob(ending), None) for ending in (pattern, f"{pattern}.py"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_path_named_in_code_is_there(document: Path) -> None:
    """A span such as `backend/markets/<market>.yml` names a path when its first part is a room of ours."""
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir()} - MADE_HERE
    missing = []
    for span in code_of(document.read_text(encoding="utf-8")):
        for named in re.findall(r"(?<![\w/:.<{])[\w.]+/[\w./<>*…-]*", span):
            named = re.sub(r"\.$", "", named)
            if named.split("/")[0] in rooms and not exists(named):
                missing.append(named)
    assert missing == []


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md"])
def test_every_room_is_there(document: str) -> None:
    section = (ROOT / document).read_text(encoding="utf-8").split("## The rooms", 1)[1].split("\n## ", 1)[0]
    if fenced := re.search(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL):
        # A line is names, then two blanks or more, then words about them; names after the first may be short.
        columns = [re.split(r"\s{2,}", line)[0].split() for line in fenced[1].splitlines()]
    else:
        columns = [
            re.findall(r"`([^`]+)`", row.split("|")[1]) for row in section.splitlines() if row[:1] == "|"
        ]
    missing, found = [], 0
    for names in columns:
        folder = names[0].rpartition("/")[0] if names else ""
        for name in names:
            found += 1
            if not exists(name) and not exists(f"{folder}/{name}"):
                missing.append(name)
    assert missing == []
    assert found > 10


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_make_target_named_exists(document: Path) -> None:
    named = {
        target
        for span in code_of(document.read_text(encoding="utf-8"))
        for target in re.findall(r"\bmake ([a-z][a-z-]*)", span)
    }
    assert named - TARGETS == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_module_named_as_a_command_exists(document: Path) -> None:
    named = {
        module
        for span in code_of(document.read_text(encoding="utf-8"))
        for module in re.findall(
            r"python3? -m ((?:backend|connectors|bot|scripts|benchmarks|simulators)[\w.]*)", span
        )
    }
    places = {module: ROOT / module.replace(".", "/") for module in named}
    missing = [
        module
        for module, place in places.items()
        if not (place.with_suffix(".py").exists() or (place / "__main__.py").exists())
    ]
    assert missing == []


def test_ci_and_the_makefile_call_only_targets_that_exist() -> None:
    called = set(re.findall(r"^\s*make ([a-z-]+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.M))
    assert called
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    needed = {
        word
        for needs in re.findall(r"^[a-z][a-z-]*:([^=#\n]*)", makefile, re.MULTILINE)
        for word in needs.split()
        if re.fullmatch(r"[a-z-]+", word)
    }
    phony = set(re.findall(r"^\.PHONY:(.*)", makefile, re.MULTILINE)[0].split())
    assert (called | needed) - TARGETS == set()
    assert phony == TARGETS


def test_the_makefile_and_ci_name_only_files_and_modules_that_exist() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8") + (ROOT / ".ci" / "run").read_text(
        encoding="utf-8"
    )
    modules = set(re.findall(r"-m ((?:backend|connectors|bot|scripts|benchmarks|simulators)\.\w+)", text))
    files = set(re.findall(r"(?<!\S)((?:tests|requirements)/[\w./-]+)", text))
    assert modules
    assert files
    places = {name: ROOT / name.replace(".", "/") for name in modules}
    missing = [
        name
        for name, place in places.items()
        if not (place.with_suffix(".py").exists() or (place / "__main__.py").exists())
    ]
    assert missing + [name for name in files if not (ROOT / name).exists()] == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    own = re.escape(str(ROOT))
    place = re.compile(rf"{own}(?![\w.-])|(?<![\w.}}-])/(?:home|root|Users|work|workspace)/[\w.-]|/tmp/[a-z]")
    found = []
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{name_of(path)}: {match[0]}" for match in place.finditer(text)]
    assert found == []


def test_requirements_name_no_index() -> None:
    for path in tracked("requirements/*.txt"):
        assert re.findall(r"https?://\S+|^--?(?:index|extra|find)\S*", path.read_text("utf-8"), re.M) == []
