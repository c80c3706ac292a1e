# For a newcomer: `make demo` renders the demo, `make test` runs the tests.
# Every target first makes the environment in .venv and renews it when pyproject.toml or constraints.txt changed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
MASTER := projects/demo/out/master.mp4
DIALOGUE := projects/dialogue/out/master.mp4
SYSTEM_PACKAGES := libgl1 libglib2.0-0
VOICES := flite espeak-ng
BROWSERS := chromium chromium-browser google-chrome
TRY_PYTHON := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))

# PYTHON=... chooses the interpreter; left out, the first of these that runs and is 3.11 or 3.12.
PYTHON ?= $(shell for python in python3.11 python3.12 python3 python; do \
	"$$python" -c '$(TRY_PYTHON)' 2>/dev/null && echo "$$python" && break; done)
# ARGS=... goes to pytest, for instance: make test ARGS="tests/edl -x"
ARGS ?=
# JOBS=... is how many processes run the tests: much of what they do is waiting, so one more than there are cores.
JOBS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 8 ? cores + 1 : 8)))

.PHONY: help demo dialogue test test-slow test-browser test-diffusion check venv clean system-libraries browser voices

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: venv ## render the demo project to projects/demo/out/master.mp4
	@$(BIN)/cutaway render projects/demo/project.yaml
	@echo "The finished video: $(CURDIR)/$(MASTER)"

dialogue: venv voices ## render the dialogue to projects/dialogue/out/master.mp4 (needs flite, and installs it as root)
	@$(BIN)/cutaway render projects/dialogue/project.yaml
	@echo "The finished video: $(CURDIR)/$(DIALOGUE)"

test: venv voices ## run the tests that take minutes, not hours (ARGS=... for pytest)
	@$(BIN)/python -m pytest -m "not slow and not browser" -n $(JOBS) --dist worksteal --timeout 600 $(ARGS)

test-slow: venv ## run the long tests (ARGS=... for pytest)
	@$(BIN)/python -m pytest -m slow --timeout 1800 $(ARGS)

test-browser: venv browser ## play a master in Chromium and read its frames back (ARGS=... for pytest)
	@$(BIN)/python -m pytest -m browser --timeout 900 -rs $(ARGS)

test-diffusion: venv ## install PyTorch and diffusers, and run the tests of generated shots
	@$(BIN)/python -c 'import torch, diffusers, transformers, peft' 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,diffusion]'
	@$(BIN)/python -m pytest tests/engines/diffusion tests/engines/test_contract.py -k diffusion --timeout 900 $(ARGS)

check: venv ## run ruff, mypy and the import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_architecture.py

venv: $(STAMP) ## make the environment in .venv and nothing else

clean: ## remove the environment and caches; renders and stores stay (cutaway gc cleans those)
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis dist
	find edl engines flows tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { \
		echo "No Python 3.11 or 3.12 with venv was found (Debian: apt-get install python3-venv). Name one: make PYTHON=..." >&2; \
		exit 1; }
	@$(BIN)/python -c '$(TRY_PYTHON)' 2>/dev/null || { rm -rf $(VENV); "$(PYTHON)" -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@$(BIN)/python -c 'import cv2' 2>/dev/null || $(MAKE) --no-print-directory system-libraries
	@touch $(STAMP)

# OpenCV links to libraries that a bare system image lacks. With the rights to do so they are installed.
system-libraries:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $(SYSTEM_PACKAGES); \
	else \
		echo "OpenCV lacks system libraries. On Debian or Ubuntu: sudo apt-get install $(SYSTEM_PACKAGES)" >&2; \
	fi
	@$(BIN)/python -c 'import cv2'

# Where it cannot be installed the tests are skipped, and say why.
browser:
	@for name in $(BROWSERS); do command -v "$$name" >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } || \
			echo "Chromium could not be installed; its tests are skipped." >&2; \
	fi

# Second voices. Where they cannot be installed their tests are skipped, and say why.
voices:
	@for name in $(VOICES); do command -v "$$name" >/dev/null && continue; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$$name"; } || \
				echo "$$name could not be installed; its tests are skipped." >&2; \
		fi; \
	done
