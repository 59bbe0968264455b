# Two commands from a fresh clone: `make demo` and `make test`. Each does all of its own set-up in .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Its needs contradict ours.
SLITHER := $(VENV)/slither
NODE   := verifier_contracts/node_modules/.package-lock.json
RUST   := $(shell find crates circuits -name '*.rs' -o -name Cargo.toml 2>/dev/null) Cargo.toml Cargo.lock

.PHONY: demo test check lint pytest cargo forge bench docs clean
.DELETE_ON_ERROR:

demo: $(VENV)/demo.stamp $(NODE)  ## attest one real prediction, from ONNX to chain
	$(BIN)/zkattest demo

test: lint docs cargo forge pytest  ## every gate and every test; what CI runs
	@echo "all gates and tests passed"

check: test

lint: $(VENV)/test.stamp $(NODE) $(SLITHER).stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	npm --prefix verifier_contracts run --silent fmt:check
	npm --prefix verifier_contracts run --silent lint
	npm --prefix verifier_contracts run --silent artifacts:check
	SLITHER=$(CURDIR)/$(SLITHER)/bin/slither npm --prefix verifier_contracts run --silent slither -- --required
	$(BIN)/python docs/generate.py --check
	$(BIN)/python crates/cuda/build_ptx.py --check

cargo:
	cargo test --workspace --release --locked --quiet

forge: $(NODE)  ## 1,000 runs of each fuzz test
	FOUNDRY_PROFILE=ci npm --prefix verifier_contracts run --silent test

pytest: $(VENV)/test.stamp $(NODE)
	$(BIN)/python -m pytest

bench: $(VENV)/demo.stamp $(NODE)
	$(BIN)/python benchmarks/run.py --json benchmarks/results.json

docs: $(VENV)/test.stamp  ## HTML documentation in docs/_build/html
	$(BIN)/python docs/generate.py
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

# The demonstration needs neither torch nor the test tools; both stamps install the package with its Rust extension.
$(VENV)/pyvenv.cfg:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "zkattest needs Python 3.10 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo.stamp: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt $(RUST)
	@echo "installing zkattest into $(VENV) (builds the Rust extension; minutes on a fresh machine)"
	$(PIP) --editable '.[ezkl,demo,plot]'
	@touch $@

$(SLITHER).stamp: $(VENV)/pyvenv.cfg
	$(PYTHON) -m venv $(SLITHER)
	$(SLITHER)/bin/pip install --quiet --disable-pip-version-check slither-analyzer==0.11.6
	@touch $@

$(VENV)/test.stamp: $(VENV)/pyvenv.cfg pyproject.toml constraints.txt $(RUST)
	@echo "installing zkattest and its test tools into $(VENV) (torch is large; minutes on a fresh machine)"
	$(PIP) --editable '.[all,docs,dev]'
	@touch $(VENV)/demo.stamp $@

$(NODE): verifier_contracts/package.json verifier_contracts/package-lock.json
	@echo "installing the pinned solc, forge and anvil from npm"
	npm --prefix verifier_contracts ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

clean:
	rm -rf $(VENV) target build dist demo .zkattest docs/_build docs/_generated verifier_contracts/{node_modules,out,cache}
