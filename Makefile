# Sluice. `make help` says what there is; `make up` is all a user needs.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

FITS := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	"$$name" -c '$(FITS)' 2>/dev/null && echo "$$name" && break; done)
PY := .venv/bin/python

.PHONY: help
help: ## what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  Settings come from the environment or a file .env: API_PORT, DATA_DIR, LLM_BASE_URL and others."

# Running

.PHONY: up
up: python ## start everything on this machine (http://127.0.0.1:8000); Ctrl-C stops it
	@$(PYTHON) -m local.prepare up
	@exec $(PY) -m local.up

# Checking

# Pytest comes last, so that its summary closes the output.
.PHONY: test
test: lint types layers web-test ## everything: lint, types, layers, web, then all Python and browser tests
	@$(PY) -m pytest tests

.PHONY: lint
lint: tools ## ruff: style and mistakes
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

.PHONY: types
types: tools ## mypy, strict
	@$(PY) -m mypy

.PHONY: layers
layers: tools ## import-linter: which room may import which
	@.venv/bin/lint-imports

.PHONY: unit
unit: tools ## unit tests
	@$(PY) -m pytest tests/unit

.PHONY: integration
integration: tools ## integration tests, with real PostgreSQL, Valkey and processes
	@$(PY) -m pytest tests/integration

.PHONY: acceptance
acceptance: tools ## the acceptance points, against the whole stack
	@$(PY) -m pytest tests/acceptance

.PHONY: browser
browser: tools ## browser tests in Chromium
	@$(PY) -m pytest tests/browser

.PHONY: properties
properties: tools ## the line under any interleaving: PROPERTY_EXAMPLES=25 PROPERTY_STEPS=50
	@$(PY) -m pytest tests/properties

.PHONY: chaos
chaos: tools ## the line's promises under faults: TASKS=1000 FAULTS=200 SEED=1 LIMIT=2 USERS=12
	@$(PY) -m tests.chaos

.PHONY: soak
soak: tools ## streams with slow and vanished clients for MINUTES=30: does anything grow?
	@$(PY) -m tests.soak

.PHONY: web-test
web-test: tools ## lint, types and tests of web/
	@cd web && npm run --silent lint && npm run --silent typecheck && npm run --silent test

.PHONY: test-compose
test-compose: tools ## bring the containers up with podman, stream one message, go down (root, Debian)
	@$(PY) -m tests.compose.run

.PHONY: screenshots
screenshots: tools ## make the pictures in docs/screenshots/ anew
	@$(PY) -m tests.browser.screenshots

# Measuring: `make bench-line`, `make bench-stream`, `make bench-web` (docs/benchmarks.md holds the results)

.PHONY: bench-line bench-stream bench-web
bench-line: peers ## the waiting line with 10, 1,000 and 10,000 waiting, beside Gradio's queue and plain Celery
	@$(PY) -m bench.line
bench-stream: peers ## a stream's latency and cost, beside its floors and other relays
	@$(PY) -m bench.stream
bench-web: peers ## the page under a fast answer
	@$(PY) -m bench.web

# Keeping house

.PHONY: fmt
fmt: tools ## format and fix what ruff can fix
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

LOCKING := uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --no-header pyproject.toml
.PHONY: lock
lock: python ## resolve the dependencies anew into locks/
	@test -x .venv-lock/bin/uv || { $(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install -q uv; }
	@.venv-lock/bin/$(LOCKING) -o locks/runtime.txt
	@.venv-lock/bin/$(LOCKING) --extra local -o locks/local.txt
	@.venv-lock/bin/$(LOCKING) --extra local --extra dev -o locks/dev.txt

	@.venv-lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --group peers -o locks/peers.txt

.PHONY: clean
clean: ## remove what can be made again; never the data
	@rm -rf .venv .venv-lock .venv-peers web/node_modules bench/peers/node_modules web/dist test-results
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Steps

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed, as python3 on the PATH." >&2; exit 1; }

.PHONY: tools
tools: python
	@$(PYTHON) -m local.prepare test

.PHONY: peers
peers: python
	@$(PYTHON) -m local.prepare bench
