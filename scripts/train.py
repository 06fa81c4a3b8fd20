"""`make train`: trains the model if what it is made of has changed, with a bar that shows how far it is."""

import os
import re
import subprocess
import sys
from collections import deque

import yaml
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from scripts.model import ROOT, fingerprint, is_fresh, models_folder, record

RASA_PYTHON = ROOT / ".venvs" / "rasa" / "bin" / "python"
FINISHED = re.compile(r"(?:Finished training component|Restored component) '?(\w+)")


def train() -> None:
    """Train and record the model; exits with Rasa's last lines when it fails."""
    made_of = fingerprint()
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    steps = len(config["pipeline"]) + len(config["policies"])
    log_path = ROOT / "var" / "log" / "train.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    command = [
        str(RASA_PYTHON), "-m", "rasa", "train", "--fixed-model-name", f"care-{made_of[:12]}",
        "--out", str(models_folder()), "--domain", "domain.yml", "--data", "data/nlu", "data/stories",
        # `make check` validates the data, once; it means reading all lines once more.
        "--skip-validation",
    ]  # fmt: skip
    env = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONHASHSEED": "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    last: deque[str] = deque(maxlen=30)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns) as bar, log_path.open("w", encoding="utf-8") as log:
        task = bar.add_task("Training the model", total=steps + 1)
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            log.write(line)
            last.append(line)
            if found := FINISHED.search(line):
                bar.update(task, advance=1, description=f"Training the model: {found.group(1)}")
        code = process.wait()
        bar.update(task, completed=steps + 1, description="Training the model")
    if code:
        sys.exit("The training failed; the whole log is in var/log/train.log. Its end:\n" + "".join(last))
    record(models_folder() / f"care-{made_of[:12]}.tar.gz", made_of)


def main() -> None:
    """Train unless the model is fresh."""
    if is_fresh():
        print("The model is up to date.")
        return
    train()


if __name__ == "__main__":
    main()
