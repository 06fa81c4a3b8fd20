# Two commands do everything: `make run` and `make test`. `make check` is what every commit passes.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PY3 ?= python3
UV := .venvs/uv/bin/uv
SERVICES := .venvs/services/bin
RASA := .venvs/rasa/bin
export PYTHONWARNINGS ?= ignore
export SQLALCHEMY_SILENCE_UBER_WARNING := 1
export TF_CPP_MIN_LOG_LEVEL := 3

.PHONY: help setup run test check slow train evaluate benchmark lock guide review channels format clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venvs/services/.ready .venvs/rasa/.ready ## Both environments

$(UV):
	@$(PY3) -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || { echo "A Python 3 is needed to begin with: none answers as '$(PY3)'." >&2; exit 1; }
	@free=$$(df -Pk . | awk 'NR==2 {print $$4}'); [ "$$free" -gt 6000000 ] || { echo "The disk has $$((free / 1024)) MB free; the environments and the model need 6000 MB." >&2; exit 1; }
	@echo "Fetching uv …"
	@$(PY3) -m venv .venvs/uv && .venvs/uv/bin/pip install --quiet --disable-pip-version-check uv

.venvs/services/.ready: requirements/services.txt | $(UV)
	@echo "Building the environment of the services (Python 3.13) …"
	@$(UV) venv --quiet --clear --python 3.13 .venvs/services || { echo "Python 3.13 was not found and could not be fetched: install it, or put it on the PATH." >&2; exit 1; }
	@VIRTUAL_ENV=.venvs/services $(UV) pip sync --quiet --require-hashes requirements/services.txt
	@touch $@

.venvs/rasa/.ready: requirements/rasa.txt | $(UV)
	@echo "Building the environment of Rasa (Python 3.10, 2.7 GB, about a minute) …"
	@$(UV) venv --quiet --clear --python 3.10 .venvs/rasa || { echo "Python 3.10 was not found and could not be fetched: install it, or put it on the PATH." >&2; exit 1; }
	@VIRTUAL_ENV=.venvs/rasa $(UV) pip sync --quiet --require-hashes requirements/rasa.txt
	@touch $@

run: setup ## Start everything, print where to click; Ctrl-C ends it
	@$(SERVICES)/python -m scripts.run

train: setup ## Train the model if data, domain or components changed
	@$(SERVICES)/python -m scripts.train

evaluate: setup ## Intent and entity scores per language and script, confusion pictures in var/evaluation
	@$(RASA)/python -m scripts.evaluate

benchmark: setup train ## Times of turns, searches and understanding, against Rasa's default pipeline and NLP.js
	@$(SERVICES)/python -m benchmarks.turn
	@$(RASA)/python -m benchmarks.nlu
	@$(SERVICES)/python -m benchmarks.providers

format: setup ## Put the code into shape
	@$(SERVICES)/ruff format . && $(SERVICES)/ruff check --fix .

check: setup ## Format, lint, types, import contracts, texts, data, migrations, fast tests
	@$(SERVICES)/ruff format --check .
	@$(SERVICES)/ruff check .
	@$(SERVICES)/mypy
	@$(SERVICES)/lint-imports
	@$(RASA)/python -m scripts.validate_data
	@$(RASA)/python -m scripts.lint_data
	@$(SERVICES)/pytest -n 2 -m "not slow" tests
	@$(RASA)/python -m pytest -c tests/rasa.ini tests/bot/components tests/bot/test_channel.py tests/bot/test_listed.py tests/bot/test_importer.py tests/bot/test_tracker_store.py tests/nlu

test: check train slow ## Everything `check` does, and the slow tests: real model, real programs, real browser

slow: setup
	@$(SERVICES)/pytest -n 2 --dist loadfile -m slow tests

guide: setup ## Add a PDF guide: make guide MARKET=it LANGUAGE=it FILE=guida.pdf TITLE="Guida"
	@$(SERVICES)/python -m backend.guides add "$(MARKET)" "$(LANGUAGE)" "$(FILE)" --title "$(TITLE)"

review: setup ## Label what was not understood surely, and write it to the training lines
	@$(SERVICES)/python -m scripts.review $(ARGS)

channels: setup ## Are the accounts at Telegram and WhatsApp set up? make channels SET=1 sets the webhooks
	@$(SERVICES)/python -m connectors.channels $(if $(SET),--set)

lock: $(UV) ## Compile requirements/*.txt from pyproject.toml
	@$(UV) pip compile pyproject.toml --group dev --python-version 3.13 --generate-hashes --no-header --no-emit-index-url -q -o requirements/services.txt
	@$(UV) pip compile --group rasa --python-version 3.10 --generate-hashes --no-header --no-emit-index-url -q -o requirements/rasa.txt

clean: ## Remove environments, models and the local data
	@rm -rf .venvs models var .rasa
