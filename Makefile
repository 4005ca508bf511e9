# make demo | test | check | bench: each makes its own environment first, with nothing but Python 3.11.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SEED   := $(or $(SEED),$(shell date +%s))

.DEFAULT_GOAL := help
.PHONY: help demo test soak check format bench clean

help:  ## Show this list.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: $(VENV)/.installed  ## Provision a company of 600 people into a SCIM server, twice, and judge the server.
	$(BIN)/python examples/demo.py

test: $(VENV)/.installed  ## Run the tests, on all cores.
	$(BIN)/python -m pytest --numprocesses logical

soak: $(VENV)/.installed  ## Long runs of the random tests: 12,000 requests, 3,000 sequences, 10,000 filters, 2,000 scripts, 2,200 kills.
	SOAK=1 $(BIN)/python -m pytest --numprocesses logical --timeout 7200 --hypothesis-seed $(SEED) \
		tests/server/test_fuzz.py tests/server/test_filters_agree.py tests/server/test_model.py \
		tests/server/test_durability.py tests/server/test_concurrency_processes.py \
		tests/conformance/test_variants.py \
		tests/provisioner/test_kills.py tests/provisioner/test_lost_answers.py \
		tests/provisioner/test_scripts.py tests/provisioner/test_plan_equals_apply.py \
		tests/provisioner/test_concurrent_writers.py tests/provisioner/test_no_flapping.py \
		tests/provisioner/test_lost_state.py tests/provisioner/test_explained.py

check: $(VENV)/.installed  ## Format, lint, types and import layers.
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed  ## Put the code in its format.
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(VENV)/.installed  ## Measure the server beside a bare view and other servers, and the engine against its goals.
	$(BIN)/python -m benchmarks.server
	$(BIN)/python -m benchmarks.server --postgres
	$(BIN)/python -m benchmarks.hot_path
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python -m benchmarks.conformance
	$(BIN)/python -m benchmarks.mapping
	$(BIN)/python -m benchmarks.provisioner

clean:  ## Remove the environment and what runs left behind.
	rm -rf $(VENV) .demo dist build .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
