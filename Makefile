# `make run` and `make test` set up everything by themselves; `make help` lists the rest.

.DEFAULT_GOAL := help
.PHONY: help setup run codec test test-long fuzz races chaos moderation-eval translation-eval check bench import backup restore screenshots reputation-check reputation-try
.DELETE_ON_ERROR:

# Another Python can be named: make run PYTHON=/path/to/python3
FITS := import sys, venv, ensurepip, sqlite3; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13; do "$$p" -c '$(FITS)' 2>&- && echo "$$p" && break; done)
PYTEST := .venv/bin/python -m pytest -n 2 --dist loadgroup

help:  ## this list
	@sed -nE 's/^([a-z-]+):.*  ## (.*)/  make \1\t\2/p' Makefile | expand -t 18

setup: .venv/dev.installed  ## a virtual environment in .venv with everything; the others do this by themselves

run: .venv/runtime.installed  ## the whole system on its embedded defaults, with demo data; Ctrl-C stops it
	@exec .venv/bin/python -m ops.run

codec: .venv/runtime.installed  ## the codec server for the Web UI, by the settings; `make run` starts its own
	@.venv/bin/python -m ops.codec_server

test: .venv/dev.installed  ## the tests that take seconds
	@$(PYTEST)

test-long: .venv/dev.installed  ## the tests that take minutes
	@$(PYTEST) -m long

fuzz: .venv/dev.installed  ## 200,000 random steps through the rules; SEED=2 for others
	@.venv/bin/python -m tests.fuzz --steps 200000 --seed $(or $(SEED),1)

races: .venv/dev.installed  ## thousands of races on real claims; ROUNDS=5000 SEED=1 ARGS="--postgres --only offer"
	@.venv/bin/python -m tests.races --rounds $(or $(ROUNDS),5000) --seed $(or $(SEED),1) $(ARGS)

chaos: .venv/dev.installed  ## 1,000 claims while real processes are killed 200 times, then every promise checked; ARGS="--seed 7"
	@.venv/bin/python -m tests.chaos $(ARGS)

moderation-eval: .venv/dev.installed  ## precision and recall of the moderation's rules, for each code and language
	@.venv/bin/python -m tests.moderation $(ARGS)

check: .venv/dev.installed  ## style, types, architecture, workflow determinism, models and migrations
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/temporalint --ignore TPL010 workflows  # Refused is one of the workflow's failure types
	.venv/bin/python -m ops.check_migrations

bench: .venv/dev.installed  ## import lines a second; what a claim's life, a message, a translation, a standing and a page cost
	.venv/bin/python -m bench.import_lines
	.venv/bin/python -m bench.claim_life
	.venv/bin/python -m bench.messages
	.venv/bin/python -m bench.translation
	.venv/bin/python -m bench.stream
	.venv/bin/python -m bench.standing
	.venv/bin/python -m bench.advice
	.venv/bin/python -m bench.pages

screenshots: .venv/dev.installed  ## pictures of the pages, written into docs/screenshots
	@.venv/bin/python -m tests.screenshots

translation-eval: .venv/dev.installed  ## quality of the embedded translation, written into docs/translation.md
	@.venv/bin/python -m bench.translation_eval

import: .venv/runtime.installed  ## FILE=orders.csv ARGS="...": orders from a file
	$(if $(FILE),,$(error Which file? make import FILE=orders.csv))
	@AMENDS_MODE=$${AMENDS_MODE:-embedded} .venv/bin/python -m ops.import_orders "$(FILE)" $(ARGS)

reputation-check: .venv/runtime.installed  ## every seller recomputed from the timelines and compared; ARGS="--repair"
	@AMENDS_MODE=$${AMENDS_MODE:-embedded} .venv/bin/python -m ops.reputation check $(ARGS)

reputation-try: .venv/runtime.installed  ## SITE=MLB TERMS=figures.json ARGS="--at 2026-11-01T00:00:00Z": on the past
	$(if $(and $(SITE),$(TERMS)),,$(error Which site, which terms? make reputation-try SITE=MLB TERMS=figures.json))
	@AMENDS_MODE=$${AMENDS_MODE:-embedded} .venv/bin/python -m ops.reputation try "$(SITE)" "$(TERMS)" $(ARGS)

backup: .venv/runtime.installed  ## of `make run`, also while it runs: both databases together, into var/backups
	@.venv/bin/python -m ops.backup take

restore: .venv/runtime.installed  ## FROM=var/backups/... ARGS="--only database": put a backup in place
	$(if $(FROM),,$(error Which backup? make restore FROM=var/backups/...))
	@.venv/bin/python -m ops.backup restore "$(FROM)" $(ARGS)

# pip installs uv, uv installs the rest ten times as fast; where uv finds no registry (it does not read pip's
# configuration), pip does it all. Both take nothing but what the locked hashes say.
.venv/%.installed: requirements/%.txt requirements/uv.txt | .venv/bin/python
	@echo "Installing $< into .venv ..."
	@.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@if ! .venv/bin/uv pip install -q --python .venv/bin/python --require-hashes -r $<; then \
	  echo "uv could not; now with pip, which takes a minute ..."; \
	  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r $<; \
	fi
	@touch $@

.venv/bin/python:
	@if ! "$(PYTHON)" -c '$(FITS)' 2>&-; then \
	  echo "Python 3.11 or newer with its venv module is needed; Debian's packages: python3 python3-venv." >&2; exit 1; \
	fi
	@"$(PYTHON)" -m venv --clear .venv
