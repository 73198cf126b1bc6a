# Everything a person or a machine does with this repository. Needs Python 3.11 or newer and make, nothing else.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
ML := .venv-ml
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
# The checks and tests never see a real home, database or broker.
CLEAN := env -u DATABASE_URL -u REDIS_URL -u CRMIS_PROFILE CRMIS_HOME=$(CURDIR)/var/check

# Real files of banks, where somebody laid them beside the repository; tests that need them skip with one loud line.
export CRMIS_REALDATA ?= $(abspath $(wildcard ../shared/data))

.DEFAULT_GOAL := help
.PHONY: help run test check browser faults walk thorough bench ml messages fmt

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "CRMIS needs Python 3.11 or newer; this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(PY)
	$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(PY)
	$(PIP) install -r requirements-dev.txt
	@touch $@ $(VENV)/.run

run: $(VENV)/.run  ## the product on 127.0.0.1:$PORT (8000); DEMO=0 starts empty, CRMIS_HOME (./var) keeps the data
	@$(PY) manage.py migrate --verbosity 0
	@if [ "$(DEMO)" != 0 ]; then $(PY) manage.py load_demo --if-empty; fi
	@exec $(PY) manage.py up

test: $(VENV)/.dev  ## the default suite on SQLite, then what needs PostgreSQL and Redis
	$(CLEAN) $(PY) -m pytest -n auto
	$(PY) -m tests.servers -- $(PY) -m pytest -m "(postgres or together or redis) and not faults"

check: $(VENV)/.dev  ## style, types, import contracts, templates, migrations, catalogues, production settings
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(CLEAN) $(PY) -m mypy
	$(VENV)/bin/lint-imports --cache-dir var/cache/imports
	$(PY) -m djlint templates --lint --quiet
	$(CLEAN) $(PY) manage.py makemigrations --check --dry-run
	$(CLEAN) $(PY) manage.py permissions --check
	$(PY) .ci/catalogues.py
	.ci/check_deploy $(PY)
	$(CLEAN) $(PY) -m pytest -q tests/test_house.py

browser: $(VENV)/.dev  ## journeys in a real browser, with axe
	$(CLEAN) $(PY) -m pytest -m browser

walk: $(VENV)/.dev  ## every address as every role and method
	$(CLEAN) $(PY) -m pytest -n auto -m walk

thorough: $(VENV)/.dev  ## what the default suite does in small, at its full size
	CRMIS_THOROUGH=1 $(CLEAN) $(PY) -m pytest -n auto -m thorough

faults: $(VENV)/.dev  ## kill processes and look at what is left
	$(PY) -m tests.servers -- $(PY) -m pytest -m faults
	CRMIS_SQLITE_FILE=1 $(CLEAN) $(PY) -m pytest -n auto -m together

bench: $(VENV)/.dev  ## ratios against floors measured in the same run; QUICK=1, FULL=1
	$(PY) -m tests.servers -- $(PY) -m benchmarks.run $(if $(FULL),--full,$(if $(QUICK),--quick))

$(ML)/.ml: requirements.txt requirements-dev.txt requirements-ml.txt | $(PY)
	$(PYTHON) -m venv $(ML)
	$(ML)/bin/python -m pip --disable-pip-version-check --quiet install -r requirements-dev.txt -r requirements-ml.txt
	@touch $@

ml: $(PY)  ## machine suggestions with the extra (requirements-ml.txt), in an environment of its own
	@if $(MAKE) --no-print-directory $(ML)/.ml; then $(CLEAN) $(ML)/bin/python -m pytest -m ml; \
	else echo "*** THE EXTRA CANNOT BE INSTALLED HERE, ITS TESTS ARE SKIPPED ***" >&2; fi

messages: $(VENV)/.dev  ## rebuild the message catalogues (needs gettext tools)
	$(PY) .ci/catalogues.py --write

fmt: $(VENV)/.dev  ## put the code into shape
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
