"""`.env.example` names every variable the programs read and no other; production starts with no demo secret."""

import os
import re
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from backend.settings import Settings as BackendSettings
from bot import serve
from bot.actions.settings import Settings as ActionsSettings
from connectors.settings import Settings as ConnectorsSettings
from scripts.programs import Ports, environment
from scripts.run import PREFIXES
from simulators.settings import Settings as SimulatorsSettings

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / ".env.example"
PROGRAMS: list[type[BaseSettings]] = [
    BackendSettings,
    ConnectorsSettings,
    ActionsSettings,
    SimulatorsSettings,
]
# Without a value of their own: these only show what one looks like.
WITHOUT_DEFAULT = {
    "BACKEND_SMTP_URL",
    "BACKEND_SMS_URL",
    "BACKEND_SMS_TOKEN",
    "BACKEND_STAFF_OIDC_ISSUER",
    "CONNECTORS_REDIS_URL",
    "CONNECTORS_SIMULATORS_URL",
    "CONNECTORS_CARE_OIDC_ISSUER",
    "CONNECTORS_CARE_OIDC_CLIENT_ID",
    "CONNECTORS_CARE_OIDC_CLIENT_SECRET",
}
PRODUCTION = {
    BackendSettings: {
        "smtp_url": "smtp://mail.example.org:587",
        "sms_url": "https://sms.example.org",
        "public_url": "https://chat.example.org",
    },
    ConnectorsSettings: {"public_url": "https://chat.example.org"},
    ActionsSettings: {},
}
DEMO_SECRETS = [
    (program, name)
    for program in PROGRAMS
    for name, field in program.model_fields.items()
    if isinstance(field.default, SecretStr)
]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no `.env` of this machine says anything."""
    for name in [name for name in os.environ if name.split("_")[0] in PREFIXES]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def uncommented() -> dict[str, str]:
    """The variables of the example as they are once their `# ` is taken away."""
    found = re.findall(r"^(?:# )?([A-Z]+_[A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    names = [name for name, _ in found]
    assert len(names) == len(set(names)), "a variable stands twice"
    return dict(found)


def variables_of(program: type[BaseSettings]) -> set[str]:
    prefix = str(program.model_config["env_prefix"])
    return {f"{prefix}{name.upper()}" for name in program.model_fields}


def variables_of_rasa() -> set[str]:
    """BOT_* wherever Rasa's side and the commands read it."""
    places = [*ROOT.glob("bot/*.py"), *ROOT.glob("bot/components/*.py"), *ROOT.glob("scripts/*.py")]
    places += [ROOT / "endpoints.yml", ROOT / "credentials.yml"]
    found = {
        name
        for path in places
        for name in re.findall(r"\bBOT_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))
    }
    return found


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    read = set[str]().union(*(variables_of(program) for program in PROGRAMS)) | variables_of_rasa()
    assert set(uncommented()) - read == set(), "nobody reads these"
    assert read - set(uncommented()) == set(), "these are missing in .env.example"


def test_the_example_as_it_is_sets_nothing() -> None:
    lines = [line for line in EXAMPLE.read_text(encoding="utf-8").splitlines() if line]
    assert [line for line in lines if not line.startswith("#")] == []


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__module__)
def test_the_values_of_the_example_are_those_without_it(program: type[BaseSettings], tmp_path: Path) -> None:
    values = {name: value for name, value in uncommented().items() if name not in WITHOUT_DEFAULT}
    file = tmp_path / "uncommented.env"
    file.write_text("".join(f"{name}='{value}'\n" for name, value in values.items()), encoding="utf-8")
    assert program(_env_file=file) == program(_env_file=None)


def test_rasas_values_in_the_example_are_those_of_make_run() -> None:
    started = environment(Ports(), Path("var"), {})
    shown = {name: value for name, value in uncommented().items() if name.startswith("BOT_")}
    # The last two are the defaults of bot/serve.py itself.
    assert {name: started.get(name) for name in shown} == shown | {"BOT_PROFILE": None, "BOT_MODELS": None}
    assert (shown["BOT_PROFILE"], shown["BOT_MODELS"]) == ("demo", str(serve.MODELS))


def test_programs_that_share_a_secret_show_the_same_one() -> None:
    shown = uncommented()
    assert shown["BACKEND_CONNECTORS_TOKEN"] == shown["CONNECTORS_BACKEND_TOKEN"]
    assert shown["BACKEND_ACTIONS_TOKEN"] == shown["ACTIONS_BACKEND_TOKEN"]
    assert shown["BOT_CHANNEL_TOKEN"] == shown["CONNECTORS_RASA_CHANNEL_TOKEN"]


@pytest.mark.parametrize(
    ("program", "secret"), DEMO_SECRETS, ids=lambda value: getattr(value, "__module__", value)
)
def test_production_refuses_every_demo_secret(program: type[BaseSettings], secret: str) -> None:
    real = {name: f"{name}-{'x' * 32}" for of, name in DEMO_SECRETS if of is program} | PRODUCTION[program]  # type: ignore[index]
    assert program(_env_file=None, profile="production", **real)
    demo = program.model_fields[secret].default.get_secret_value()
    assert demo.startswith("demo-")
    with pytest.raises(ValueError, match=f"{program.model_config['env_prefix']}{secret.upper()}"):
        program(_env_file=None, profile="production", **(real | {secret: demo}))
    with pytest.raises(ValueError, match=f"{secret.upper()} is shorter"):
        program(_env_file=None, profile="production", **(real | {secret: "x" * 23}))


@pytest.mark.parametrize("secret", ["BOT_API_TOKEN", "BOT_CHANNEL_TOKEN"])
@pytest.mark.parametrize("value", ["", "demo", "x" * 23])
def test_rasa_in_production_refuses_missing_short_and_demo_secrets(
    secret: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = uncommented()
    monkeypatch.setenv("BOT_PROFILE", "production")
    for name in ("BOT_API_TOKEN", "BOT_CHANNEL_TOKEN"):
        monkeypatch.setenv(name, "x" * 32)
    monkeypatch.setenv(secret, demo[secret] if value == "demo" else value)
    monkeypatch.setattr(sys, "argv", ["serve"])
    with pytest.raises(SystemExit, match=secret):
        serve.main()
