# The front door: `make` lists what it does. Everything runs from .venv, which `make setup` makes.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PY := .venv/bin/python
READY := .venv/.ready
CODE := services shared tools tests migrations
# Two workers: most machines that run this have two cores.
WORKERS ?= 2
PYTEST := $(PY) -m pytest
IN_PARALLEL := -n $(WORKERS) --dist loadgroup --durations=10

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements/dev.txt pyproject.toml $(wildcard services/*/pyproject.toml shared/*/pyproject.toml)
	@tools/setup.sh

setup: $(READY) ## Make .venv from the locked requirements (nothing to do when it is current)

check: lint types test ## Everything that must pass before a merge

lint: $(READY) ## Format, lint and architecture
	$(PY) -m ruff format --check --quiet $(CODE)
	$(PY) -m ruff check --quiet $(CODE)
	.venv/bin/lint-imports

fix: $(READY) ## Format the code and mend what the linter can mend
	$(PY) -m ruff format $(CODE)
	$(PY) -m ruff check --fix $(CODE)

types: $(READY) ## Check the types of packages and tests
	$(PY) -m mypy $(CODE)

alone: $(READY) ## Install each service by itself and import it
	tools/alone.sh

test: $(READY) ## Every test but the slow ones, on SQLite and PostgreSQL; prints the ten slowest
	$(PYTEST) -m "not slow" $(IN_PARALLEL)

test-all: $(READY) ## The slow proofs too: the whole demonstration, repeated kills
	$(PYTEST) $(IN_PARALLEL)

contract: $(READY) ## Clients against applications, OpenAPI, gateway, documents
	$(PYTEST) tests/contract $(IN_PARALLEL)

lock: $(READY) ## Write requirements/*.txt anew after a change of dependencies
	PATH="$(CURDIR)/.venv/bin:$$PATH" tools/lock.sh

.PHONY: help setup check lint fix types alone test test-all contract lock
