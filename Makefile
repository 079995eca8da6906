# `make` alone lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# With it set, Airflow would compile its modules anew at every start of every process.
unexport PYTHONDONTWRITEBYTECODE

PORT ?= 8080
EXTRAS ?=
BIN := .venv/bin

##@ Use
.PHONY: help install demo demo-ui up
help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-19s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## .venv with everything pinned, and .venv/bin/dibao (EXTRAS="s3 slack": with these too, from now on)
	@if [ -n "$(EXTRAS)" ]; then mkdir -p var && echo "$(EXTRAS)" > var/extras && rm -f .venv/.installed; fi
	@$(BIN)/python -c 'import crawler' 2>/dev/null && grep -qs "$(CURDIR)/.venv" $(BIN)/dibao || rm -f .venv/.installed .venv/.installed-dev
	@$(MAKE) --silent .venv/.installed

demo: install ## one night of the four publishers from the replica to the store, by Airflow, then stop
	@$(BIN)/python -m scripts.demo

demo-ui: install ## Airflow's pages of the demo again, with the replica behind them, until Ctrl-C (PORT=8080)
	@$(BIN)/python -m scripts.up --demo --port $(PORT)

up: install ## Airflow for the live publishers, every night, until Ctrl-C (PORT=8080)
	@$(BIN)/python -m scripts.up --port $(PORT)

##@ Work on it
.PHONY: test lint format bench
test: install-dev ## every test but the long suites; sets up what they need
	@scripts/need_postgresql.sh
	@$(BIN)/python -m pytest -m "not slow" $(ARGS)

lint: install-dev ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: install-dev ## ruff's formatting and its safe corrections
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: install-dev ## the benchmarks, one after the other
	@for each in benchmarks/*.py; do echo "== $$each"; $(BIN)/python $$each; done

.PHONY: lock audit-dependencies
lock: ## the locks anew from the .in files, with hashes (needs uv; ARGS=--upgrade for the newest of everything)
	@scripts/lock.sh $(ARGS)

audit-dependencies: install-dev ## ask an advisory service about every pin of requirements.txt (needs a network)
	@$(BIN)/python -m scripts.audit_dependencies $(ARGS)

.PHONY: evaluate
evaluate: install ## score the parser on annotated pages (PAGES=folder with a gold.jsonl)
	@test -n "$(PAGES)" || { echo "evaluate: say which: make evaluate PAGES=folder" >&2; exit 2; }
	@$(BIN)/dibao evaluate "$(PAGES)/gold.jsonl"

##@ Long suites
.PHONY: slow fuzz properties browser chaos mutants
slow: install-dev ## the tests marked slow
	@scripts/need_postgresql.sh
	@$(BIN)/python -m pytest -m slow $(ARGS)

fuzz: install-dev ## broken pages through decode and parse (ARGS="--pages 100000")
	@$(BIN)/python -m tests.fuzz $(ARGS)

properties: install-dev ## the property-based tests with thirty times their examples
	@scripts/need_postgresql.sh
	@$(BIN)/python -m pytest -m "hypothesis and not slow" --hypothesis-profile thorough --timeout 1200 $(ARGS)

browser: install-dev ## Airflow's pages and the Corpus page in a real Chromium
	@command -v chromium >/dev/null || { echo "browser: chromium is missing; Debian: apt-get install chromium fonts-noto-cjk" >&2; exit 1; }
	@$(BIN)/python -m pytest tests/browser $(ARGS)

chaos: install-dev ## nights killed at random moments, held against undisturbed ones (ARGS="--rounds 200 --seed 1")
	@scripts/need_postgresql.sh
	@$(BIN)/python -m tests.chaos $(ARGS)

mutants: install-dev ## a failure planted for each guard, to see that it is caught (ARGS="--jobs 1 lock robots")
	@scripts/need_postgresql.sh
	@$(BIN)/python -m tests.mutants $(ARGS)

##@ Tidy up
.PHONY: clean clean-demo
clean: clean-demo ## .venv, caches and the demo; never data/ and var/airflow
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

clean-demo: ## what `make demo` has left behind; refused while a demo runs
	@if $(BIN)/python -c 'import scripts.clean_demo' 2>/dev/null; then $(BIN)/python -m scripts.clean_demo; else rm -rf var/demo; fi

.PHONY: install-dev
install-dev: install
	@$(MAKE) --silent .venv/.installed-dev

.venv/.installed: requirements.txt pyproject.toml scripts/install.sh
	@scripts/install.sh requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	@scripts/install.sh requirements-dev.txt
	@touch $@
