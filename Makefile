# ztix: installation, demo, tests. `make` alone tells what there is.
# Needs git, make and python3; scripts/install-tools, install-bird and install-speakers add the rest, once.

PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help install demo test lint coverage soak bench fmt clean distclean

help: ## this list
	@sed -nE 's/^([a-z]+): .*## (.*)/  make \1\t\2/p' Makefile | expand -t 20

install: ## what is missing on this machine: uv, .venv, BIRD 2 and 3, OpenSSH, iproute2
	@scripts/install-tools
	@scripts/install-bird

demo: install ## a whole exchange on this machine: simulator, route servers, members; then takes it down
	@.venv/bin/ztix lab demo

test: install ## lint, types, layers, workflows, and all tests but the long ones
	@scripts/install-speakers
	@scripts/run-tests all

lint: install ## ruff, mypy, lint-imports, zizmor, mkdocs
	@scripts/run-tests lint

coverage: install ## unit and golden tests, offline; fails under 100 % of the pure modules' branches
	@scripts/run-tests coverage

soak: install ## long simulation, fuzzing and scale runs
	@$(PYTHON) -m pytest -m soak

bench: install ## measurements, one line each
	@set -e; for program in bench/*.py; do echo "── $$program"; $(PYTHON) "$$program"; done

fmt: install ## formats the code and mends what ruff can mend
	@.venv/bin/ruff check --fix-only --quiet
	@.venv/bin/ruff format

clean: ## caches and reports
	@rm -rf .coverage .coverage.* .docs-site dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests scripts bench -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## also .venv and .tools
	@rm -rf .venv .tools
