# `make` prints what there is. Arguments pass through: make test ARGS="-k ledger"

ARGS ?=
# Compiled once and not by every process anew, whatever the environment says.
export PYTHONDONTWRITEBYTECODE =
BIN := .venv/bin
READY := .venv/.ready
WANTED := requirements/dev.txt producer/pyproject.toml consumers/pyproject.toml shared/pyproject.toml .ci/setup

.DEFAULT_GOAL := help
.PHONY: help setup lint check quick-mail quick-rest test faults commands promises django live others packages demo django-shop \
	flask-shop fastapi-shop bench torture secrets services-up services-down lock clean

help: ## print this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## make .venv with everything in it; quick when nothing has changed

$(READY): $(WANTED)
	@.ci/setup
	@touch $@

lint: setup # format, lint, types and import rules
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo

check: setup ## before each commit: lint, tree rules and the quick tests, in about 20 seconds
ifdef ARGS
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -q -m "not slow" $(ARGS)
else
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=target lint quick-mail quick-rest
endif

# Two processes that each read half of the tests are quicker than workers that each read all.
MAIL = $(addprefix tests/unit/consumers/,rendering targets)
quick-mail: SHARE = $(MAIL)
quick-rest: SHARE = tests/house tests/unit $(addprefix --ignore=,$(MAIL))
quick-mail quick-rest: setup
	@$(BIN)/pytest -q -m "not slow" $(SHARE)

test: ## everything that continuous integration runs; needs and keeps its own servers
ifdef ARGS
	@$(MAKE) --no-print-directory setup packages
	$(BIN)/pytest $(ARGS)
else
	@$(MAKE) --no-print-directory --jobs=7 lint $(PARTS)
endif

# Parts beside each other and beside lint, each with servers of its own: most tests wait more than they work.
PARTS = faults commands promises django live others
FAULTS = tests/faults
COMMANDS = tests/contract/cli
PROMISES = tests/contract/promises
DJANGO = tests/live/django
LIVE = tests/live
# In memory, where there is room: servers and SQLite wait for a disk most of the time.
ROOM := $(shell [ "$$(df --output=avail /dev/shm 2>/dev/null | tail -1)" -gt 8000000 ] 2>/dev/null \
	&& echo /dev/shm || echo $${TMPDIR:-/tmp})
faults: SHARE = $(FAULTS)
commands: SHARE = $(COMMANDS)
promises: SHARE = $(PROMISES)
django: SHARE = $(DJANGO)
live: SHARE = $(LIVE) --ignore=$(DJANGO)
others: SHARE = $(addprefix --ignore=,$(FAULTS) $(COMMANDS) $(PROMISES) $(LIVE))
$(PARTS): SHELL = /bin/bash -o pipefail
$(PARTS): setup packages
	@TMPDIR=$(ROOM) $(BIN)/pytest --hypothesis-profile=thorough $(SHARE) 2>&1 | sed --unbuffered 's/^/$@: /'

# Beside setup: both wait for a network.
packages:
	@.ci/packages $$($$(.ci/python) -m tests.services.programs)

demo: setup ## a small shop tells its customers things, in under a minute and without a server
	@$(BIN)/python examples/shop/demo.py $(ARGS)

django-shop: setup ## a shop in Django that tells its customers, at http://127.0.0.1:8000 until Ctrl-C
	@$(BIN)/python examples/django_shop/run.py $(ARGS)

flask-shop: setup ## the same in Flask, at http://127.0.0.1:5000
	@$(BIN)/python examples/flask_shop/start.py $(ARGS)

fastapi-shop: setup ## the same in FastAPI, at http://127.0.0.1:8000
	@$(BIN)/python examples/fastapi_shop/start.py $(ARGS)

bench: setup packages ## measure throughput, latency, CPU and memory
	@$(BIN)/python -m benchmarks $(ARGS)

torture: setup packages ## the fault tests at full size, and the contracts in every place: many minutes
	COLUMBA_TORTURE=1 $(BIN)/pytest --hypothesis-profile=thorough tests/faults tests/contract tests/live/apps tests/live/actors \
		tests/live/deploy tests/live/django/admin/test_size.py $(ARGS)

secrets: ## make the passwords that docker-compose.yml needs; keeps those that are there
	@python3 deploy/prepare.py $(ARGS)

services-up: setup packages ## keep test servers running while you work, and print their environment
	@$(BIN)/python -m tests.services up

services-down: setup ## end them
	@$(BIN)/python -m tests.services down

PIN = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	--no-emit-package columba-shared --no-emit-package columba-producer --no-emit-package columba-consumers

lock: ## pin the libraries anew (needs uv); LOCK=--upgrade takes the newest that fit
	$(PIN) $(LOCK) requirements/run.in --output-file requirements/run.txt
	$(PIN) $(LOCK) requirements/dev.in --constraint requirements/run.txt --output-file requirements/dev.txt
	$(PIN) $(LOCK) requirements/build.in --constraint requirements/dev.txt --output-file requirements/build.txt

clean: ## end the test servers and remove all that can be made again
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m tests.services down; fi
	rm -rf .venv .venv-newest .services .demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +
