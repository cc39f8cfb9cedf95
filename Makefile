# smartstore-edge: `make demo` and `make test` set up by themselves what they need; `make help` lists the rest.

SHELL := /bin/bash
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
CODE := edge devices cloud_bridge vision models tests bench
export PYTHON VENV

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench docs pictures ui setup setup-test lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

demo: ## a simulated cabinet, the controller, a broker and a consumer; Ctrl-C ends it. ARGS="--help" shows its options
	@setup/setup.sh demo
	@exec $(BIN)/smartstore demo $(ARGS)

test: setup-test ## everything: style, types, rooms, and all tests against real parts. ARGS="-k word" narrows pytest
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: ## style, types and import rules only
	@setup/setup.sh dev
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

format: ## put the code into the project's style
	@setup/setup.sh dev
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

bench: ## measure speed and accuracy, ratios against peers in the same run. ARGS="bus door" chooses
	@setup/setup.sh dev
	$(BIN)/python -m bench $(ARGS)

docs: ## write the generated pages again
	@setup/setup.sh dev
	$(BIN)/python -m edge.runtime.settings_markdown --write docs/config.md
	$(BIN)/python -m edge.session.faults > docs/faults.md
	$(BIN)/python -m devices.registry --write docs/devices.md
	$(BIN)/python -m edge.web.rights_page --write docs/rights.md
	$(BIN)/python -m cloud_bridge.asyncapi --write docs/messages

pictures: ## take the pictures of the screens in docs/pictures again, in a demonstration of its own
	@setup/setup.sh dev
	$(BIN)/python -m bench.pictures $(ARGS)

ui: ## build the screens again, after a change in edge/web/ui, in its languages or in the API
	@setup/setup.sh dev
	@setup/setup.sh ui
	$(BIN)/python -m edge.web.openapi --write edge/web/ui/openapi.json
	@cd edge/web/ui && npm run --silent schema && npm run --silent types && npm run --silent build -- --logLevel warn && npm run --silent sizes

setup: ## the virtual environment with everything a developer needs
	@setup/setup.sh dev

setup-test:
	@setup/setup.sh system
	@setup/setup.sh dev
	@setup/setup.sh ui

lock: ## choose today's versions of all dependencies and write requirements/*.lock
	@setup/setup.sh dev
	@setup/lock.sh $(ARGS)

clean: ## remove the virtual environment and everything generated
	rm -rf $(VENV) build dist edge/web/ui/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
