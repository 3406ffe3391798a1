# `make` lists the targets. Everything lives in .venv and node_modules here; nothing else is touched,
# except that `make test` as root on Debian installs what tests need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# Migrations run once, in a transaction, on tables they have just made; keys are natural ones.
SQUAWK_NOT := require-concurrent-index-creation,prefer-robust-stmts,require-timeout-settings

.DEFAULT_GOAL := help
.PHONY: help setup demo browser test lint dashboard requirements readme clean

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

browser: ## install the Chromium that tests need, as root on Debian
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || test -n "$$CHROMIUM" \
	    || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	    || echo "There is no Chromium here, and nobody to install it: the dashboard's tests will be skipped, and say so."

test: $(VENV)/tests browser ## run the tests, on the embedded engine or on DATABASE_URL
	@$(BIN)/python -m pytest

lint: $(VENV)/tests ## ruff, mypy, squawk
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/squawk --assume-in-transaction --exclude $(SQUAWK_NOT) sql/migrations/*.sql

dashboard: $(VENV)/runtime ## build the dashboard's bundle, after a change of its sources
	@cd tracking/web/dashboard && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent build

requirements: ## compile the requirements files, with hashes, from pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --group embedded -o tracking/embedded/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt \
	    --group dev -o tests/requirements.txt

readme: $(VENV)/runtime ## write the generated parts of the README
	@$(BIN)/python docs/generate.py

clean: ## remove what the targets installed; the data in .footfall stays
	rm -rf $(VENV) tracking/embedded/node_modules tracking/web/dashboard/node_modules
