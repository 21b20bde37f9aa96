# Everything a developer or operator of the source needs: Python ≥ 3.11 and make. `make help` lists the targets.
# Each environment is made from pinned, hashed versions and remade when the pins change.

SHELL := /bin/bash
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
RUN := .make/run
TEST := .make/test
BIN := $(TEST)/bin
ARGS ?=
unexport PYTHONDONTWRITEBYTECODE  # kept bytecode saves each of the many processes that tests start half a second

.PHONY: help demo test check format-check lint types contracts format gallery bench chaos load real-month pictures migration reference lock clean
.DEFAULT_GOAL := help

help:  ## List the targets.
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(RUN)/done  ## Run the whole path with a bundled newsroom in a temporary folder.
	$(RUN)/bin/digest demo $(ARGS)

test: $(TEST)/done  ## Run the tests; those that need outside programs skip where these are absent.
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

check: format-check lint types contracts test  ## Everything that must hold before a change is handed in.

format-check: $(TEST)/done
	$(BIN)/ruff format --check --output-format concise .

lint: $(TEST)/done
	$(BIN)/ruff check --output-format concise .

types: $(TEST)/done
	$(BIN)/mypy

contracts: $(TEST)/done
	$(BIN)/lint-imports

format: $(TEST)/done  ## Format the code and mend what can be mended by itself.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

gallery: $(TEST)/done  ## Make the pictures of all themes, languages and widths in var/gallery.
	$(BIN)/python -m digest.testing.gallery $(or $(ARGS),var/gallery)

bench: bench-sending  ## Measure sending; `make bench-NAME` runs tests/bench/NAME.py: cli, ingest, curation …

bench-curation: override ARGS += $(if $(SIZES),--sizes $(SIZES))
bench-%: $(TEST)/done
	$(BIN)/python tests/bench/$*.py $(ARGS)

chaos: $(TEST)/done  ## Kill the sending process KILLS times (100) and count what arrived.
	$(BIN)/python tests/chaos/chaos.py $(ARGS)

pictures: $(TEST)/done  ## Make the README's pictures from the demo, in docs/.
	$(BIN)/python docs/pictures/shoot_readme.py

real-month: $(TEST)/done  ## Ingest a month of feeds and send each day's edition: ARGS=FOLDER of YYYY-MM-DD-SOURCE.rss.
	$(BIN)/python tests/bench/real_month.py $(ARGS)

load: bench-load  ## Load the public pages while an edition is being sent.

migration: $(TEST)/done  ## Remake the first migration; ARGS='0002 "Add x"' drafts the next.
	$(BIN)/python .ci/migration $(ARGS)

reference: $(TEST)/done  ## Remake config/ and docs/reference/ from the code.
	$(BIN)/python .ci/reference.py

lock: ## Remake the pinned requirements; needs uv.
	.ci/lock

clean:  ## Remove the environments and what was built.
	rm -rf .make .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist build

.make/%/done: PINS = .ci/requirements$(if $(filter test,$*),-test).txt
.make/run/done: .ci/requirements.txt pyproject.toml
.make/test/done: .ci/requirements-test.txt pyproject.toml
.make/%/done:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none was found. Give PYTHON=/path/to/python3."; exit 1; }
	$(PYTHON) -m venv --clear .make/$*
	.make/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(PINS)
	.make/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
