# The commands of this repository; `make` alone lists them.
# Tools run as `.venv/bin/python -m tool`: a script's first line breaks where the path has a space.

.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON := .venv/bin/python
WORKERS ?= 2
PYTEST := $(PYTHON) -m pytest -n $(WORKERS)

export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: help setup app test test-all check format scenarios compile bench docs lock clean chromium

help:
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

setup: .venv/.dev ## Install everything that development needs into .venv

app: .venv/.app ## Start the app and print its address
	$(PYTHON) -m simulator app $(ARGS)

test: .venv/.dev chromium ## Run all tests but the slow ones
	$(PYTEST) -m "not slow" $(ARGS)

test-all: .venv/.dev chromium ## Run all tests, however long they take
	VALIDATION_REPORT=docs/reference/validation.md $(PYTEST) $(ARGS)

check: .venv/.dev ## Check format, style, types and layers
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m pyright
	$(PYTHON) -c 'from importlinter.cli import lint_imports_command as main; main(["--no-logo"])'

format: .venv/.dev ## Format the code and mend what can be mended
	$(PYTHON) -m ruff check --fix-only .
	$(PYTHON) -m ruff format .

scenarios: .venv/.dev ## Check every scenario file and evaluate its findings
	$(PYTHON) -m simulator check scenarios/*/*.yaml
	$(PYTHON) -m simulator findings

compile: .venv/.compile ## Compile the engine in place, about twice as fast; make clean undoes it
	$(PYTHON) tools/native.py

bench: .venv/.dev ## Measure the engine's speed against idiomatic SimPy
	$(PYTHON) -m simulator bench

docs: .venv/.docs ## Write the reference pages and build the site
	$(PYTHON) -m simulator docs
	$(PYTHON) -m mkdocs build --strict

lock: ## Renew uv.lock with the newest releases that pyproject.toml allows
	$(UV) lock --upgrade

clean: ## Remove caches and build products, the compiled engine too; .venv stays
	rm -f simulator__mypyc.*
	find simulator -name '*.so' -exec rm -f {} +
	rm -rf build dist site .hypothesis .import_linter_cache .pytest_cache .ruff_cache
	find . -name .venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

# An environment is ready when its stamp is younger than the project's metadata. uv installs what
# uv.lock pins; pip, which cannot read that file, the newest releases that pyproject.toml allows.

.venv/.app: WITH_UV := --extra app --no-default-groups
.venv/.app: WITH_PIP := -e ".[app]"
.venv/.app: READY := .venv/.app

.venv/.dev: WITH_UV := --extra app --extra notebooks --extra optimize --extra distributed \
	--extra parquet
.venv/.dev: WITH_PIP := -e ".[app,notebooks,optimize,distributed,parquet]" --group dev
.venv/.dev: READY := .venv/.dev .venv/.app

.venv/.docs: WITH_UV := --group docs
.venv/.docs: WITH_PIP := -e . --group docs
.venv/.docs: READY := .venv/.docs

.venv/.compile: WITH_UV := --group compile
.venv/.compile: WITH_PIP := -e . --group compile
.venv/.compile: READY := .venv/.compile

.venv/.app .venv/.dev .venv/.docs .venv/.compile: pyproject.toml uv.lock
	@echo "Setting up .venv: a minute or two the first time ..."
	@$(install)
	@touch $(READY)

ifneq ($(shell uv --version 2>/dev/null),)

UV := uv
install = uv sync --locked --inexact $(WITH_UV)

else

UV := $(PYTHON) -m uv
lock: .venv/.dev

# A shim on the path may fail, and a Python may lack what makes environments: each is tried.
define install
set -e; \
if ! $(PYTHON) -m pip --version >/dev/null 2>&1; then \
	for python in python3.13 python3.12 python3.11 python3 none; do \
		"$$python" -c "import ensurepip, sys, venv; \
		sys.exit(not (3, 11) <= sys.version_info < (3, 15))" 2>/dev/null && break; \
	done; \
	if [ "$$python" = none ]; then \
		echo "No Python from 3.11 to 3.14 that can make a virtual environment was found." \
			"Install one (on Debian: apt-get install python3-venv), or uv." >&2; \
		exit 1; \
	fi; \
	"$$python" -m venv --clear .venv; \
fi; \
$(PYTHON) -m pip install --quiet --upgrade "pip>=25.1"; \
$(PYTHON) -m pip install --quiet $(WITH_PIP)
endef

endif

# Without a browser the tests that need one are skipped, so a failed installation stops nothing.
chromium:
	@for browser in chromium chromium-browser google-chrome; do \
		if command -v "$$browser" >/dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && grep -qx ID=debian /etc/os-release 2>/dev/null; then \
		echo "Installing Chromium for the browser tests ..."; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
			--no-install-recommends chromium fonts-dejavu-core fonts-noto-color-emoji && exit 0; \
	fi; \
	echo "No Chromium: the browser tests will be skipped." >&2
