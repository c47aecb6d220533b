# Needs git, make and Python 3.11+; everything else is installed below from uv.lock.
PYTHON ?= python3
UV := $(or $(shell command -v uv 2>/dev/null),var/tools/bin/uv)
RUN := .venv/bin
COMPOSE = $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose) --file deploy/compose.yaml --project-name careloop
export UV_PYTHON_DOWNLOADS = never

.PHONY: setup demo up down compose test chaos browser containers chart lives fuzz bench contracts docs format clean

setup: .venv/.ready

.venv/.ready: pyproject.toml uv.lock
	@test -x "$(UV)" || { $(PYTHON) -m venv var/tools && var/tools/bin/pip install --quiet --disable-pip-version-check uv; }
	@$(UV) sync --quiet --frozen --extra local --python $(PYTHON)
	@touch $@

demo: setup  ## play one patient's story through the whole system
	@$(RUN)/careloop demo

up: setup  ## start everything and leave it running
	@$(RUN)/careloop up --detach

down: setup
	@$(RUN)/careloop down

compose: setup  ## everything in containers, with the story played through it; needs a Docker engine and its compose
	@$(RUN)/careloop containers secrets var/compose
	@docker build --quiet --file deploy/image/Dockerfile --tag careloop:dev .
	@$(COMPOSE) up --detach
	@$(COMPOSE) run --rm --use-aliases story
	@$(COMPOSE) exec -T console careloop users demo
	@echo "console: https://localhost:8800, patients' pages: https://localhost:8801; $(COMPOSE) down stops it"

test: setup  ## every test this machine can run; skipped tiers are named with the reason
	@$(RUN)/python -m tests.run

chaos: setup  ## the full matrix of faults
	@CARELOOP_CHAOS=full $(RUN)/python -m tests.run chaos

browser: setup  ## every screen in both languages, light and dark, and enlarged
	@CARELOOP_BROWSER=full $(RUN)/python -m tests.run browser

containers: setup  ## the image, and the whole system in containers; needs a Docker engine
	@$(RUN)/python -m tests.run containers

chart: setup  ## the Helm chart, rendered and validated; builds Helm if it is not there, with Go
	@CARELOOP_HELM=build $(RUN)/python -m pytest tests/deploy/helm

lives: setup  ## 12,000 random lives in worlds that crash, on every core: some 20 a second on each
	@CARELOOP_LIVES=2000 $(RUN)/python -m pytest tests/world/test_lives.py tests/world/test_humans.py

fuzz: setup  ## damaged and costly input for every parser at full size, and thousands of odd requests for every route
	@CARELOOP_FUZZ=full $(RUN)/python -m pytest tests/fuzz tests/his_adapter/test_fuzz.py tests/flows/test_schemathesis.py

bench: setup  ## what it costs, beside the raw limits; never part of the tests
	@$(RUN)/python -m bench

contracts: setup  ## regenerate docs/reference from the code
	@$(RUN)/careloop contracts

docs: setup  ## the documentation as a site that can be searched, in var/site
	@NO_MKDOCS_2_WARNING=1 $(RUN)/mkdocs build
	@echo "read it: $(RUN)/python -m http.server --directory var/site 8088, then http://127.0.0.1:8088"

format: setup
	@$(RUN)/ruff format . && $(RUN)/ruff check --fix .

clean:
	rm -rf .venv var
