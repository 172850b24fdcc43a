.DEFAULT_GOAL := help
.PHONY: help setup demo images test test-plain test-shared test-alone test-nemo test-fast tiny-weights check \
	format bench protos protos-check clean
.NOTPARALLEL:  # some tests need the machine to themselves

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
NEMO_VENV ?= .venv-nemo
PROTO_VENV := $(VENV)/protos
PIP_FLAGS := --quiet --disable-pip-version-check
# Processes that share the tests, at most four: each may hold a Whisper and a Chromium.
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
# One that crashes ends the run: what ends a test's process would end a server.
SHARED := -n $(WORKERS) --maxprocesses 4 --max-worker-restart 0 --dist loadscope --no-loadscope-reorder
# A busy machine may be late for a test that waits. It is run once more, and the report tells of it.
AGAIN := --reruns 1 -raR
SOURCE ?=

help:  ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml clients/python/pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (first time: about a minute)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP_FLAGS) -c constraints.txt -e clients/python -e '.[dev]'
	touch $(STAMP)

setup: $(STAMP)  ## Make the virtual environment

# PyPI's torch for Linux comes with CUDA's libraries: they are most of it. An index that has a torch
# without them, named in PIP_EXTRA_INDEX_URL, is used.
$(VENV)/.images-installed: $(STAMP)
	@echo "Adding what draws pictures to $(VENV): 3 GB to download, 5 GB on the disk"
	$(BIN)/python -m pip install $(PIP_FLAGS) --no-compile -c constraints.txt \
		-e clients/python -e '.[dev,images]'
	touch $@

images: $(VENV)/.images-installed  ## Add what `dauys image` needs: torch, diffusers (5 GB)

demo: $(STAMP)  ## Live subtitles of a spoken bulletin; SOURCE=url-or-file for your own feed
	$(BIN)/dauys demo $(SOURCE)

test: test-plain test-nemo  ## All tests, those of NeMo last

test-plain: test-shared test-alone  ## All tests but those of NeMo

test-shared: $(STAMP)
	$(BIN)/python -m pytest $(SHARED) $(AGAIN) -m "not nemo and not alone"

test-alone: $(STAMP)
	$(BIN)/python -m pytest $(AGAIN) -m "alone and not nemo"

# NeMo in an environment of its own: it takes 7 GB. What is imported is compiled then; all of it
# would take a minute.
$(NEMO_VENV)/.installed: pyproject.toml clients/python/pyproject.toml constraints-nemo.txt
	@echo "Setting up $(NEMO_VENV) (7 GB; first time: several minutes)"
	$(PYTHON) -m venv $(NEMO_VENV)
	$(NEMO_VENV)/bin/python -m pip install $(PIP_FLAGS) --no-compile -c constraints-nemo.txt \
		-e clients/python -e '.[nemo-dev]'
	touch $@

test-nemo:  ## NeMo engine, conversion and training, on tiny models (7 GB to install)
	@if $(MAKE) --no-print-directory $(NEMO_VENV)/.installed; then \
		$(NEMO_VENV)/bin/python -m pytest $(SHARED) $(AGAIN) -m nemo tests/nemo; \
	else \
		echo "SKIPPED: NeMo and torch could not be installed here; the nemo engine is NOT tested"; \
	fi

test-fast: $(STAMP)  ## Tests that take no models and little time
	$(BIN)/python -m pytest $(SHARED) -m "not slow and not models and not alone"

tiny-weights: $(NEMO_VENV)/.installed  ## Train the tests' tiny models anew, after a change of recipe
	$(NEMO_VENV)/bin/python -m tests.nemo.tiny_models --train
	$(NEMO_VENV)/bin/python -m tests.nemo.tiny_translators --train

check: $(STAMP) protos-check  ## Lint, format, types, rooms, contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/buf lint protos
	$(BIN)/buf breaking protos --against protos/released.binpb

format: $(STAMP)  ## Mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)  ## Live recognition: lag, real-time factor, memory
	$(BIN)/python -m benchmarks.live

# Generated with an old, pinned tool in an environment of its own: the output of grpcio-tools 1.71.2
# loads on protobuf 5.29 to 7; newer output does not load on 5.29, which other packages may pin.
$(PROTO_VENV)/.installed: tools/protos-requirements.txt $(STAMP)
	$(PYTHON) -m venv $(PROTO_VENV)
	$(PROTO_VENV)/bin/python -m pip install $(PIP_FLAGS) -r tools/protos-requirements.txt
	touch $@

protos: $(PROTO_VENV)/.installed  ## Generate the stubs
	$(PROTO_VENV)/bin/python tools/generate_protos.py clients/python/src

protos-check: $(PROTO_VENV)/.installed
	$(PROTO_VENV)/bin/python tools/generate_protos.py --check clients/python/src

clean:  ## Remove the virtual environment and caches
	rm -rf $(VENV) $(NEMO_VENV) .mypy_cache .ruff_cache .pytest_cache
