# The two commands that matter: `make run` (a server with a show on air) and `make test` (everything, set up first).
PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test check check-python check-client bench setup packages client clean asan fuzz

run: setup
	@exec $(BIN)/closetcast demo --port $(PORT)

test: setup packages
	@tests/run

check: setup
	@$(MAKE) --no-print-directory -j2 --output-sync=target check-python check-client

check-python:
	@echo "check: ruff"; $(BIN)/ruff check . && $(BIN)/ruff format --check .
	@echo "check: mypy"; $(BIN)/mypy
	@echo "check: import-linter"; $(BIN)/lint-imports

check-client:
	@echo "check: TypeScript"; cd web/client && npm run --silent check

bench: setup packages
	@tests/packages.sh janus
	@$(BIN)/python -m tests.bench

# Python packages by hash from the lock, then this project in place, then its pages. Each step runs again only when its input changed.
setup: $(VENV)/.installed .setup-client

COMPILED := $(wildcard livestream/engine/compiled/*.pyx livestream/engine/compiled/*.pxi livestream/engine/compiled/*.[ch])

$(VENV)/.installed: .requirements.txt pyproject.toml setup.py $(COMPILED)
	@echo "setup: a virtual environment with the locked packages (a minute or two the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r .requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check "setuptools>=80"
	@CLOSETCAST_SKIP_CLIENT=1 $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m livestream.engine.choose
	@touch $@

.setup-client: web/client/package-lock.json $(shell find web/client -type f -not -path '*/node_modules/*' 2>/dev/null)
	@echo "setup: building the pages"
	@command -v npm >/dev/null || { echo "setup: Node.js 20 or newer with npm is needed to build the pages; install it and run make again"; exit 1; }
	@cd web/client && { [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --no-update-notifier --loglevel=error; } && npm run --silent build -- --logLevel warn
	@touch $@

packages:
	@tests/packages.sh

# The compiled media path under AddressSanitizer and UndefinedBehaviorSanitizer; then its packet parser fuzzed for a minute (clang).
asan: setup
	@tests/asan

fuzz:
	@tests/fuzz-packets

clean:
	rm -rf $(VENV) .setup-client web/static web/client/node_modules build *.egg-info
