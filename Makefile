# Every command makes the environment that it needs, from the locks in requirements/.
# `make help` lists them; CONTRIBUTING.md says more.

PYTHON ?= python3
UV ?= uv
TEST_ARGS ?= --numprocesses auto --maxprocesses 8 --dist worksteal
LOCK_ARGS ?=
BENCH_ARGS ?=

# A Python that the caller names is taken or refused; otherwise the first that fits.
pythons := $(if $(filter file,$(origin PYTHON)),python3 python3.13 python3.12 python3.11,$(PYTHON))
fits := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
pip_install = $(@D)/bin/python -m pip --disable-pip-version-check install -qq
lock = $(UV) pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--no-header $(LOCK_ARGS) pyproject.toml

.DEFAULT_GOAL := install
.DELETE_ON_ERROR:
# Both environments are built in this folder, and would be in each other's way.
.NOTPARALLEL:
.PHONY: install demo test check bench lock clean help

install: .venv/.ready ## make .venv, with the script journey and all tools

demo: .venv-run/.ready ## a small federation in a fresh store, and a walk through it
	@.venv-run/bin/journey demo

test: .venv/.ready ## all tests; TEST_ARGS="-k sus" for some
	@.venv/bin/python -m pytest $(TEST_ARGS)

check: .venv/.ready ## lint, format and types
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy

bench: .venv/.ready ## what the engine does in a second, beside the yardstick
	@.venv/bin/python -m benchmarks $(BENCH_ARGS)

lock: ## write the locks anew (needs uv); LOCK_ARGS=--upgrade for newer versions
	$(lock) --group run --output-file requirements/run.txt
	$(lock) --group dev --constraint requirements/run.txt --output-file requirements/dev.txt

clean: ## remove the environments and all that was built
	rm -rf .venv .venv-run build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@sed -n 's/^\([a-z]*\):.* ## \(.*\)/\1	\2/p' $(MAKEFILE_LIST)

# A changed lock makes the environment anew, so that nothing unpinned stays behind;
# a changed pyproject.toml only installs the project again.
.venv/.locked: requirements/dev.txt
.venv-run/.locked: requirements/run.txt
.venv/.locked .venv-run/.locked:
	@for python in $(pythons); do \
		"$$python" -c '$(fits)' 2>/dev/null || continue; \
		echo "Making $(@D) with $$("$$python" --version), once ..."; \
		exec "$$python" -m venv --clear $(@D); \
	done; \
	echo "journey needs Python 3.11 or later with its venv module (Debian: python3-venv)." >&2; \
	echo "Tried: $(pythons). Name one that fits: make PYTHON=/path/to/python" >&2; \
	exit 1
	@$(pip_install) --require-hashes --requirement $<
	@touch $@

.venv/.ready .venv-run/.ready: %/.ready: %/.locked pyproject.toml
	@$(pip_install) --no-build-isolation --no-deps --editable .
	@touch $@
