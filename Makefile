# Two commands matter: `make demo` and `make test`. Each sets up what it needs.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help setup demo test check lint types architecture unit bench lock clean

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

lint: ## Style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: ## mypy, strict, tests too
	$(BIN)/mypy

architecture: ## Who may import whom
	$(BIN)/lint-imports --no-logo

lock: ## Pin every dependency again, with hashes and without an index address
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --constraint requirements-dev.lock --output-file requirements.lock
