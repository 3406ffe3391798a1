# `make` lists the targets. Everything lives in .venv and node_modules here; nothing else is touched,
# except that `make test` as root on Debian installs what tests need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Migrations run once, in a transaction, on tables they have just made; keys are natural ones.
SQUAWK_NOT := require-concurrent-index-creation,prefer-robust-stmts,require-timeout-settings

.DEFAULT_GOAL := help
.PHONY: help setup demo test soak lint requirements readme clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/runtime: requirements.txt tracking/embedded/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r tracking/embedded/requirements.txt
	@touch $@

$(VENV)/tests: $(VENV)/runtime tests/requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.txt
	@touch $@

setup: $(VENV)/runtime ## install what the demo needs

demo: setup ## run everything, with a month of traffic; Ctrl-C ends it
	@exec $(BIN)/python -m tracking demo

test: $(VENV)/tests ## run the tests, on the embedded engine or on DATABASE_URL
	@$(BIN)/python -m pytest

soak: $(VENV)/tests ## break things at random for MINUTES=10, and run the larger crash tests
	@FOOTFALL_SOAK=$(or $(MINUTES),10) $(BIN)/python -m pytest tests/faults

lint: $(VENV)/tests ## ruff, mypy, squawk
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/squawk --assume-in-transaction --exclude $(SQUAWK_NOT) sql/migrations/*.sql

requirements: ## compile the requirements files, with hashes, from pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --group embedded -o tracking/embedded/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt \
	    --group dev -o tests/requirements.txt

readme: $(VENV)/runtime ## write the generated parts of the README
	@$(BIN)/python docs/generate.py

clean: ## remove what the targets installed; the data in .footfall stays
	rm -rf $(VENV) tracking/embedded/node_modules
