"""A market nobody thought of, with its own language, is data: in a copy of the project, no line of code changed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.model import ROOT
from scripts.programs import SERVICES_PYTHON
from tests.fourth_market.country import ACCOUNT, BAD_ACCOUNT, LANGUAGE, found_country

# It trains a model, on one core when other tests run beside it.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * 3600)]
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venvs", "models", "var", ".rasa", "__pycache__", ".*_cache", ".hypothesis"
)
CHECKS = (
    "tests/translations",
    "tests/conversations/test_main_job.py::test_the_whole_job",
    "tests/conversations/test_main_job.py::test_answers_come_in_the_language_and_script_the_customer_writes",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with one country more, and its model."""
    copy = tmp_path_factory.mktemp("fourth") / "care"
    shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
    (copy / ".venvs").symlink_to((ROOT / ".venvs").resolve(), target_is_directory=True)
    found_country(copy)
    run(copy, "-m", "scripts.train")
    return copy


def run(project: Path, *arguments: str) -> None:
    """A program of the copy; what it printed is the failure."""
    env = {name: value for name, value in os.environ.items() if name not in {"BOT_MODELS", "PYTHONPATH"}}
    done = subprocess.run(
        [str(SERVICES_PYTHON), *arguments],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        timeout=3 * 3600,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"


def test_the_account_of_the_phrases_is_right_and_the_bad_one_is_not():
    from locales.identifiers import read_iban

    assert read_iban(ACCOUNT) and not read_iban(BAD_ACCOUNT)


def test_a_country_with_its_own_language_does_the_main_job_from_data_alone(project: Path):
    assert (project / "data" / "nlu" / LANGUAGE).is_dir()
    run(project, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-m", "slow or not slow", *CHECKS)
