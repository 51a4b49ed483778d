# Everything here works from a bare clone with make, Python 3.11 or newer, and a way to the package index.

PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3; do \
	$$each -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check
LOCK_PYTHON ?= python3.11
LOCK := build/lock/bin/python
# Such as CONFORMANCE_OPTIONS="--checkout ../aliyun-oss-python-sdk --auth v4".
CONFORMANCE_OPTIONS ?=
PYTEST_OPTIONS ?= -n auto -rs

.PHONY: help demo test conformance bench policies lint format lock clean

help:
	@echo 'make demo         use a cloud with the official clients, kill it, check every byte; rehearse 11.11'
	@echo 'make test         lint and run all tests'
	@echo "make conformance  run oss2's own tests, and the Terraform examples and aliyun where they are found"
	@echo 'make bench        compare with SeaweedFS, moto and a hand-written HAProxy on this machine'
	@echo 'make policies     simulate scaling policies on recorded traffic: TRACES=FOLDER; writes docs/policies.md'
	@echo 'make lint         ruff, mypy, generated pages'
	@echo 'make format       let ruff rewrite what it can'
	@echo 'make lock         resolve the dependencies anew'
	@echo 'make clean        remove what make made'

demo: $(VENV)/.demo
	@$(RUN) -m demo

test: lint
	@$(RUN) -m pytest $(PYTEST_OPTIONS)

lint: $(VENV)/.dev
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@$(RUN) -m mypy
	@$(RUN) tools/coverage.py --check

format: $(VENV)/.dev
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format

bench: $(VENV)/.bench
	@$(RUN) -m bench

policies: $(VENV)/.bench
	@$(RUN) -m bench policies --jobs 2 $(if $(TRACES),--traces $(TRACES),--trace double11 --page build/policies.md)

conformance: $(VENV)/.conformance
	@$(RUN) -m conformance $(CONFORMANCE_OPTIONS)

# The lock files hold every version and its hashes; nothing is resolved at installation.
$(VENV)/.demo $(VENV)/.dev $(VENV)/.bench $(VENV)/.conformance: $(VENV)/.%: requirements/%.txt pyproject.toml $(VENV)/pyvenv.cfg
	@echo 'Installing what $* needs into $(VENV) ...'
	@$(INSTALL) --require-hashes --requirement $<
	@$(INSTALL) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(VENV)/pyvenv.cfg:
	@test -n '$(PYTHON)' || { echo 'yunbox needs Python 3.11 or newer with the venv module on the PATH.' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# Resolved with the oldest Python, so that one lock serves them all.
lock: build/lock/.done
	@$(LOCK) requirements/lock.py

build/lock/.done: requirements/lock.txt
	@$(LOCK_PYTHON) -m venv --clear build/lock
	@$(LOCK) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

clean:
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
