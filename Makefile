# Two commands matter: `make demo` and `make test`. Each does its own set-up.
.DEFAULT_GOAL := help
BIN := .venv/bin
DEMO ?=
TESTS ?= tests
no_tests = [ $$? = 5 ] # a selection may hold none of a kind; pytest says 5 then

.PHONY: help setup setup-tests demo test check lint types architecture coverage bench lock clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

setup: ## Make .venv and .venv/bin/vidhuk, fetch the local broker
	@.ci/setup

setup-tests:
	@.ci/setup tests

demo: setup ## Simulate a company, run the whole pipeline, print the scorecard
	@$(BIN)/vidhuk demo $(DEMO)

test: setup-tests ## Set up and pass the tests: two at a time, then those that need the machine to themselves
	$(BIN)/python -m pytest $(TESTS) -m "not alone" --numprocesses 2 --dist loadfile || $(no_tests)
	$(BIN)/python -m pytest $(TESTS) -m alone || $(no_tests)

check: setup-tests lint types architecture test ## What a change must pass: lint, types, architecture, tests

lint: ## Style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: ## mypy, strict, tests too
	$(BIN)/mypy

architecture: ## Who may import whom
	$(BIN)/lint-imports --no-logo

coverage: setup-tests ## Tests with branch coverage
	$(BIN)/coverage run -m pytest $(TESTS)
	$(BIN)/coverage combine
	$(BIN)/coverage report

bench: setup ## Throughput of the whole path and of each stage, per core
	$(BIN)/python -m benchmarks.run

lock: ## Pin every dependency again, with hashes and without an index address
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --constraint requirements-dev.lock --output-file requirements.lock

clean: ## Remove what the commands above made, but for .venv
	rm -rf .vidhuk .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
