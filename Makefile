# make run    the conversation in the terminal
# make test   every check: style, types, tests
# All of it runs in .venv, set up from the locked requirements on first use.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: run test chaos live-telegram lint types check evaluate lock clean

run: $(VENV)/.run
	@$(BIN)/lotse

# Two files of tests at a time; each brings up its own servers.
test: $(VENV)/.test lint types
	$(BIN)/python -m pytest -n 2 --dist loadfile

# The long runs: kills at random moments, every fault at every method, hostile events.
chaos: $(VENV)/.test
	$(BIN)/python -m pytest -m chaos

# Against the real Telegram, with a token of your own.
live-telegram: $(VENV)/.test
	$(BIN)/python -m pytest -m live tests/live/telegram/test_telegram_real.py

lint: $(VENV)/.test
	$(BIN)/ruff check bot adapters tests benchmarks
	$(BIN)/ruff format --check bot adapters tests benchmarks

types: $(VENV)/.test
	$(BIN)/mypy

check: $(VENV)/.run
	$(BIN)/lotse check

evaluate: $(VENV)/.run
	$(BIN)/lotse evaluate tests/questions/*.jsonl

lock: $(VENV)/.test
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile $(COMPILE) --extra build --extra redis --output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile $(COMPILE) --extra build --extra test --extra redis --constraint requirements.txt --output-file requirements-test.txt pyproject.toml

COMPILE = --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links --no-header --no-annotate

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python requirements.txt pyproject.toml
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.test: $(BIN)/python requirements-test.txt pyproject.toml
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-test.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@
