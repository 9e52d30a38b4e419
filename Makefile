# Every daily verb of the house. `make demo` and `make test` need only Python 3.11+ and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test check chaos bench up lock

# The first interpreter that is new enough; name another with PYTHON=…
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
STAMP := .venv/.installed

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(STAMP): requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Darkroom needs Python 3.11 or newer with venv (Debian: apt install python3-venv). Set PYTHON=/path/to/python3."; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@echo "installing into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

setup: $(STAMP) ## Make .venv and install everything, as locked

demo: $(STAMP) ## Start the whole stack, track a movie, show the result (MOVIE=path POINTS=x,y[;x,y…])
	@$(BIN)/darkroom demo $(if $(MOVIE),--movie "$(MOVIE)") $(if $(POINTS),--points "$(POINTS)") $(if $(SIZE),--points-size "$(SIZE)") $(if $(OUT),--out "$(OUT)")

# Services that are promised and not named in the environment are started for the run.
test: $(STAMP) ## Run the tests (DARKROOM_TEST_SERVICES=all, or some of redis,postgres,s3: those on servers too)
	@promised="$${DARKROOM_TEST_SERVICES:-}"; \
	named="$${DARKROOM_TEST_REDIS_URL:-}$${DARKROOM_TEST_DATABASE_URL:-}$${DARKROOM_TEST_S3_ENDPOINT:-}"; \
	if [ -n "$$promised" ] && [ -z "$$named" ]; then \
		servers=$$(mktemp -d); trap 'bash .ci/services stop "$$servers"; rm -rf "$$servers"' EXIT; \
		names=$${promised//,/ }; [[ " $$names " != *" all "* ]] || names=; \
		bash .ci/services start "$$servers" $$names; source "$$servers/env"; \
	fi; \
	$(BIN)/python -m pytest $(ARGS)

check: $(STAMP) ## Linters, types and import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

chaos: $(STAMP) ## Kill everything at random while jobs flow; count what was lost (nothing)
	@$(BIN)/python -m bench.chaos $(ARGS)

bench: $(STAMP) ## Run every benchmark (one: .venv/bin/python -m bench NAME)
	@$(BIN)/python -m bench $(ARGS)

up: $(STAMP) ## Start API, workers and sweeper in this terminal
	@$(BIN)/darkroom up

lock: $(STAMP) ## Write requirements.lock anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv && $(BIN)/uv pip compile --quiet --extra compute --extra dev --universal --generate-hashes --no-header --no-emit-index-url -o requirements.lock pyproject.toml
