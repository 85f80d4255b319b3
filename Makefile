# Every target sets up what it needs: Python 3.11 or newer and make are enough.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help demo serve pictures test check bench soak lock clean

help:            ## what can be made
	@grep -E '^[a-z]+: .*##|^[a-z]+:  +##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(BIN)/python:
	$(PYTHON) -m venv .venv

.venv/.ready: $(BIN)/python requirements/runtime.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# A compiled kernel is kept as long as its own file stays, even if one that it calls has changed.
PACKAGES := inventory forecasting optimizer data planning api
.venv/.kernels: .venv/.ready $(shell find $(PACKAGES) -name kernels.py)
	@echo "Compiling the kernels, once ..."
	@find $(PACKAGES) -name '*.nb[ic]' -delete
	@$(BIN)/python -m planning.warm company & $(BIN)/python -m planning.warm plan; wait
	@touch $@

.venv/.developer: .venv/.ready requirements/dev.txt | .venv/.kernels
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# Compiled here once, instead of by every worker of the tests.
.venv/.networks: .venv/.kernels
	@$(BIN)/python -m planning.warm network
	@touch $@

demo: .venv/.kernels        ## the main job on the demo company, into build/demo
	$(BIN)/sparewise demo --out build/demo/input
	$(BIN)/sparewise plan build/demo/input --out build/demo/plan
	$(BIN)/sparewise compare build/demo/input --demand build/demo/input_next_year --from 2026-10-01 --out build/demo/compared
	$(BIN)/sparewise report build/demo/input --plan build/demo/plan --since 2026-06-30 --out build/demo/report

PORT ?= 8000
serve: .venv/.kernels       ## the demo company over HTTP, made first if need be (PORT=8000)
	$(BIN)/sparewise serve --demo build/serve --port $(PORT)

pictures: .venv/.developer  ## docs/pictures, made anew in a browser
	$(BIN)/python -m tests.api.pictures build/serve

test: .venv/.developer .venv/.networks ## every test but the long ones
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not soak"

check: .venv/.developer     ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.developer     ## speed and quality side by side, figures printed
	$(BIN)/python -m benchmarks

.venv/.soak: .venv/.developer requirements/soak.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/soak.txt
	@touch $@

soak: .venv/.soak           ## the long checks
	$(BIN)/python -m pytest -n 2 -m soak

lock: .venv/.developer      ## the hash-pinned requirements, anew
	$(BIN)/python -m pip install --quiet uv
	for group in runtime build dev soak; do \
	  extra=$$([ $$group = runtime ] || echo --extra $$group); \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	    $$extra pyproject.toml -o requirements/$$group.txt; \
	done

clean:           ## everything that was made here
	rm -rf .venv build
