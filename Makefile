# make run, make test, make check: everything else serves these three. `make help` lists all.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FDW_DATA_DIR ?= $(CURDIR)/var
PORT ?= 8000
export FDW_DATA_DIR PORT

.DEFAULT_GOAL := help
.PHONY: help run test test-postgres check lint journeys bench audit lock messages clean

help: ## list what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(VENV)/runtime: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; here: $$($(PYTHON) --version). Debian: apt-get install -y make python3-venv"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing. Debian: apt-get install -y python3-venv"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/runtime
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: $(VENV)/runtime ## try the portal with demo people, on SQLite, at http://localhost:8000
	@FDW_DEMO=1 $(BIN)/python -m fdw_portal.run

test: $(VENV)/dev ## the tests, on SQLite; browser journeys where a Chromium is found
	@$(BIN)/python manage.py compile_catalogues
	$(BIN)/python -m pytest -q -rs -n auto --dist loadfile

test-postgres: $(VENV)/dev ## the tests again on PostgreSQL and Redis, own servers on free ports
	$(BIN)/python -m benchmarks.services $(BIN)/python -m pytest -q -n auto --dist loadfile --ignore tests/journeys

lint: $(VENV)/dev ## format, rules, templates, migrations, deployment check, catalogues
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') DATABASE_URL=postgres://x/x REDIS_URL=redis://x ALLOWED_HOSTS=x FDW_DEMO=0 $(BIN)/python manage.py check --deploy --fail-level WARNING

check: ## everything that CI asks
	$(MAKE) test
	$(MAKE) lint
	$(MAKE) test-postgres
	$(BIN)/python -m benchmarks --tiny

bench: $(VENV)/dev ## measure; ONLY=courses for one subject
	$(BIN)/python -m benchmarks $(ONLY)

audit: $(VENV)/dev ## Nu checker, axe, Lighthouse, dependencies; ONLY=nu for one part (needs a JRE, node with npm, Chromium)
	$(BIN)/python -m benchmarks.audit $(ONLY)

messages: $(VENV)/dev ## collect the interface's texts into locale/ (needs gettext)
	$(BIN)/python manage.py makemessages -a --no-location --no-wrap --ignore=.venv --ignore=var --ignore=tests --ignore=benchmarks

lock: ## pin the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 -q requirements.in -o requirements.txt
	uv pip compile --universal --generate-hashes --python-version 3.11 -q requirements-dev.in -o requirements-dev.txt

clean: ## remove the virtual environment; data stays
	rm -rf $(VENV)
