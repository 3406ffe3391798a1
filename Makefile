# `make` lists the targets. Everything lives in .venv and node_modules here; nothing else is touched,
# except that `make test` as root on Debian installs what tests need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# The lists are complete, so nothing is resolved: an install gives the same packages every day.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all:
# The same by uv, in a tenth of the time. It does not know pip's settings: where it finds no packages, pip takes over.
UV      := $(BIN)/uv pip install --quiet --no-deps --require-hashes --only-binary :all: --python
CHECK   := $(BIN)/pip --disable-pip-version-check check >/dev/null || \
           { $(BIN)/pip --disable-pip-version-check check; echo "$(VENV) holds something else, too: make clean, then again"; exit 1; }

# Migrations run once, in a transaction, on tables that they have just made; keys are natural ones. A view is made anew.
SQUAWK_NOT := require-concurrent-index-creation,prefer-robust-stmts,require-timeout-settings

.DEFAULT_GOAL := help
.PHONY: help setup demo tools test mutants soak bench lint dashboard tracker diagrams requirements readme clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/runtime: requirements.txt tracking/embedded/requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) -r requirements.txt -r tracking/embedded/requirements.txt
	@$(CHECK)
	@touch $@

$(VENV)/tests: $(VENV)/runtime tests/requirements.txt tracking/lake/requirements.txt tracking/telemetry/requirements.txt
	@sed -n '/^uv==/,/[^\\]$$/p' tests/requirements.txt > $(VENV)/uv.txt
	$(INSTALL) -r $(VENV)/uv.txt
	$(UV) $(BIN)/python -r tests/requirements.txt -r tracking/lake/requirements.txt -r tracking/telemetry/requirements.txt || \
	    $(INSTALL) -r tests/requirements.txt -r tracking/lake/requirements.txt -r tracking/telemetry/requirements.txt
	@$(CHECK)
	@touch $@

# What pins old packages has an environment of its own.
$(VENV)-dbt/ready: deploy/dbt/requirements.txt | $(VENV)/tests
	$(PYTHON) -m venv --clear $(VENV)-dbt
	$(UV) $(VENV)-dbt/bin/python -r $< || $(subst $(BIN),$(VENV)-dbt/bin,$(INSTALL)) -r $<
	@$(subst $(BIN),$(VENV)-dbt/bin,$(CHECK))
	@touch $@

$(VENV)-aws/ready: deploy/aws/requirements.txt | $(VENV)/tests
	$(PYTHON) -m venv --clear $(VENV)-aws
	$(UV) $(VENV)-aws/bin/python -r $< || $(subst $(BIN),$(VENV)-aws/bin,$(INSTALL)) -r $<
	@$(subst $(BIN),$(VENV)-aws/bin,$(CHECK))
	@touch $@

# PySpark comes as source only, so its builder is installed first, as pinned as itself.
$(VENV)-spark/ready: tests/spark/build.txt tests/spark/requirements.txt
	$(PYTHON) -m venv --clear $(VENV)-spark
	$(subst $(BIN),$(VENV)-spark/bin,$(INSTALL)) -r tests/spark/build.txt
	$(subst --only-binary :all:,--no-build-isolation,$(subst $(BIN),$(VENV)-spark/bin,$(INSTALL))) -r tests/spark/requirements.txt
	@$(subst $(BIN),$(VENV)-spark/bin,$(CHECK))
	@touch $@

setup: $(VENV)/runtime ## install what the demo needs

demo: setup ## run everything, with a month of traffic; Ctrl-C ends it
	@exec $(BIN)/python -m tracking demo

tools: ## install the programs that tests need, as root on Debian: a browser, PHP, Redis, RabbitMQ, Java
	@tests/install-tools

JOBS ?= 3

# A run starts hundreds of processes: each would compile the same sources anew.
test soak lint: export PYTHONDONTWRITEBYTECODE :=

test: $(VENV)/tests $(VENV)-aws/ready $(VENV)-dbt/ready $(VENV)-spark/ready tools ## run the tests, on the embedded engine or on DATABASE_URL; JOBS=3 at once
	@$(BIN)/python -m pytest -m "not alone" -n $(JOBS) --dist loadfile --no-loadscope-reorder && $(BIN)/python -m pytest -m alone

mutants: $(VENV)/tests tools ## plant bugs one at a time, in a copy, and check that the tests notice; ARGS=--help says more
	@PYTHONPATH=tests $(BIN)/python -m mutants $(ARGS)

MINUTES ?= 5

soak: $(VENV)/tests tools ## run the long tests: MINUTES of attacks, MINUTES of kills under attack, and a thousand examples an operation
	@SOAK=$(MINUTES) $(BIN)/python -m pytest --timeout 0 -o faulthandler_timeout=0 tests/faults tests/queues/test_hostile.py tests/attacks/test_together.py tests/test_openapi.py

bench: $(VENV)/tests ## measure the speed of events in and numbers out, and the cost of keeping them, on DATABASE_URL; takes an hour
	@$(BIN)/python -m bench.ingest
	@$(BIN)/python -m bench.identity
	@$(BIN)/python -m bench.metrics
	@$(BIN)/python -m bench.stats
	@$(BIN)/python -m bench.people
	@$(BIN)/python -m bench.refresh
	@$(BIN)/python -m bench.late
	@$(BIN)/python -m bench.tell
	@$(BIN)/python -m bench.keep
	@$(BIN)/python -m bench.names
	@$(BIN)/python -m bench.questions
	@$(BIN)/python -m bench.scale --check

lint: $(VENV)/tests $(VENV)-aws/ready tools ## ruff, mypy, squawk, hadolint, Docker Compose, dependencies pinned and hashed, the template for AWS, the alerts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/squawk --assume-in-transaction --exclude $(SQUAWK_NOT) sql/migrations/*.sql sql/functions/*.sql sql/*.sql
	@$(BIN)/squawk --assume-in-transaction --exclude $(SQUAWK_NOT),ban-drop-view sql/analytics/*.sql sql/analytics/final/*.sql
	@$(BIN)/hadolint Dockerfile deploy/superset/Dockerfile
	@for part in deploy/compose/*.yml; do $(BIN)/docker-compose -f docker-compose.yml -f $$part config --quiet || exit; done
	@$(BIN)/python deploy/audit.py
	@$(VENV)-aws/bin/cfn-lint --regions eu-central-1 us-east-1 -- deploy/aws/template.yaml
	@$(VENV)-aws/bin/checkov --file deploy/aws/template.yaml --framework cloudformation --skip-download --compact --quiet
	@command -v promtool >/dev/null || { echo "promtool is missing, so the alerts are not checked: make tools, or install Prometheus"; exit 1; }
	@promtool check rules --lint-fatal deploy/prometheus/rules.yml >/dev/null
	@promtool test rules tests/telemetry/alerts*.yml >/dev/null

dashboard: $(VENV)/runtime ## build the dashboard's bundle, after a change of its sources
	@cd tracking/web/dashboard && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent build

tracker: $(VENV)/runtime ## build the tracker's bundles, after a change of its sources
	@cd clients/browser && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent build

diagrams: $(VENV)/tests tools ## draw the diagrams that the README shows, after a change of their Mermaid sources
	@cd docs/diagrams && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@$(BIN)/python docs/diagrams/draw.py

requirements: ## compile the requirements files, with hashes, from pyproject.toml
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --group embedded -o tracking/embedded/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --group superset -o deploy/superset/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --group dbt -o deploy/dbt/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --group aws -o deploy/aws/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt \
	    --group lake -o tracking/lake/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt \
	    --group tracing -o tracking/telemetry/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header -c requirements.txt \
	    -c tracking/lake/requirements.txt --group dev -o tests/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --group spark -o tests/spark/requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --group spark-build -o tests/spark/build.txt

readme: $(VENV)/runtime ## write the generated parts of the README and of docs/
	@$(BIN)/python docs/generate.py

clean: ## remove what the targets installed; the data in .footfall stays
	rm -rf $(VENV) $(VENV)-aws $(VENV)-dbt $(VENV)-spark $(VENV)-superset tracking/embedded/node_modules tracking/web/dashboard/node_modules clients/browser/node_modules docs/diagrams/node_modules
