# Every task makes its own virtual environment in .venv first, once, and again when a dependency changes.

PYTHON ?= python3
JOBS ?= 2
ARGS ?=

VENV := .venv
BIN := $(abspath $(VENV))/bin
PACKAGES := $(sort $(dir $(wildcard packages/*/pyproject.toml examples/*/pyproject.toml))) tests/servers/
INSTALLED := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help install demo servers test lint format types bench clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 10

install: $(INSTALLED) ## the environment, with all packages editable

demo: $(INSTALLED) ## the whole way on SQLite, with its real output
	@PATH="$(BIN):$$PATH" bash examples/demo/run.sh

servers: $(INSTALLED) ## fetch the tests' database servers that are missing; tests skip what stays so
	-@"$(BIN)/python" -m toasty_testservers get
	-@bash scripts/get-clients.sh

test: servers ## all tests; ARGS="-k name -x", JOBS=0 for one process
	@"$(BIN)/python" -m compileall -q $(addsuffix src,$(PACKAGES)) # tests run thousands of commands
	"$(BIN)/python" -m pytest -n $(JOBS) $(if $(ARGS),$(ARGS),tests packages)

lint: $(INSTALLED) ## ruff: rules and format
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .

format: $(INSTALLED) ## ruff: put right what it can
	"$(BIN)/ruff" check --fix .
	"$(BIN)/ruff" format .

types: $(INSTALLED) ## mypy --strict over every package, and over the tests, which need no annotations
	"$(BIN)/mypy" --strict $(addsuffix src,$(PACKAGES))
	@PATH="$(BIN):$$PATH" bash scripts/check-test-types.sh

bench: $(VENV)/.bench ## benchmarks against their peers
	"$(BIN)/python" benchmarks/run.py $(ARGS)

clean: ## throw away what was made
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml requirements-dev.txt $(addsuffix pyproject.toml,$(PACKAGES))
	@PYTHON="$(PYTHON)" bash scripts/make-venv.sh "$(VENV)"
	"$(BIN)/python" -m pip install --quiet $(addprefix -e ./,$(PACKAGES)) -r requirements-dev.txt
	@touch $@

$(VENV)/.bench: $(INSTALLED) requirements-bench.txt
	"$(BIN)/python" -m pip install --quiet -r requirements-bench.txt
	@touch $@
