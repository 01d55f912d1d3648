# The one entry: `make` needs python3 (3.11 or newer) and makes an environment of its own.
# Where no Docker Engine answers, the real builds are skipped and say so; `.ci/run` brings one up and does them.

VENV := .venv
BIN  := $(VENV)/bin

.PHONY: check lint types test quick merges golden builds bench bench-commands bench-tree bench-images fuzz field recipes dist clean

check: lint types test

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.ready
	$(BIN)/mypy

# Every test: minutes, with a Docker Engine.
test: $(VENV)/.ready
	$(BIN)/pytest -q

# Every test that needs no engine.
quick: $(VENV)/.ready
	$(BIN)/pytest -q -m "not docker"

# Merge many random edit histories, and count what becomes of them.
merges: $(VENV)/.ready
	HISTORIES=20000 $(BIN)/pytest -q tests/test_merge.py tests/test_histories.py

# Rewrite what is written for each example. Review the difference: it is the product.
golden: $(VENV)/.ready
	$(BIN)/pytest -q tests/test_examples.py tests/test_acme.py -k reviewed --update-golden
	git --no-pager diff --stat tests/golden examples/packs

# Build and run each example.
builds: $(VENV)/.ready
	$(BIN)/pytest -q -m docker

# Measure, and write docs/benchmarks.md and its picture anew: a quarter of an hour, best on an idle machine.
# Each says what is not as was aimed at, and ends with 1; the others are measured all the same.
bench: $(VENV)/.ready
	@failed=0; for part in commands tree images; do $(BIN)/python benchmarks/$$part.py || failed=1; done; \
	exit $$failed

bench-commands: $(VENV)/.ready
	$(BIN)/python benchmarks/commands.py

bench-tree: $(VENV)/.ready
	$(BIN)/python benchmarks/tree.py

bench-images: $(VENV)/.ready
	$(BIN)/python benchmarks/images.py

# Spoilt projects for every reader: `make fuzz RUNS=1000000` for hours. The tests do half a minute of it.
RUNS := 20000
fuzz: $(VENV)/.ready
	$(BIN)/python tests/fuzz.py --runs $(RUNS)

# Build and run the projects of benchmarks/field.toml that were not yet, and write docs/field-report.md: hours.
field: $(VENV)/.ready
	$(BIN)/python benchmarks/field.py $(if $(SOURCES),--sources $(SOURCES))

# Run the recipes by the services' own engines, which it puts into .engines: minutes the first time.
recipes: $(VENV)/.ready
	$(BIN)/python tests/engines.py
	$(BIN)/pytest -q -m engines

dist: $(VENV)/.ready
	rm -rf build dist
	$(BIN)/python -m build

clean:
	rm -rf $(VENV) .engines build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.ready: pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@
