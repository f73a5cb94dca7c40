# smartVEST in two commands: `make run` and `make test`. Plain `make` says what else there is.
# A stamp file in .venv remembers which lock was installed, so nothing is downloaded twice.

PORT ?= 8501
JOBS ?= 2
MINUTES ?= 5
VENV := .venv
# By itself: what it depends on makes every import of Altair five seconds longer (jsonschema then loads rfc3987-syntax).
SBOM := .venv-sbom
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes

.DEFAULT_GOAL := help
.PHONY: help run test bench soak audit sbom lint format lock browser servers clean

help:  ## what there is to type
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run  ## the dashboard on http://127.0.0.1:$(PORT) (PORT=8501)
	@$(PY) -m streamlit run app.py --server.port $(PORT)

test: $(VENV)/.dev browser servers  ## every test, browser included (ARGS="-k fibre" for a few, JOBS=2 processes)
	@SMARTVEST_CHROMIUM="$$(.ci/chromium $(PY))" $(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

bench: $(VENV)/.dev  ## how quick it is, against its limits (ARGS="load" for one, ARGS="--list"; writes docs/performance.md)
	@SMARTVEST_CHROMIUM="$$(.ci/chromium $(PY))" $(PY) -m bench --write docs/performance.md $(ARGS)

soak: $(VENV)/.dev  ## does memory stay flat under visitors (MINUTES=60)
	@$(PY) -m bench --option BENCH_MINUTES=$(MINUTES) soak

audit: $(VENV)/.dev  ## known holes in what we depend on (needs the network; says so when it can't tell)
	@$(PY) .ci/audit requirements.txt

sbom: $(SBOM)/.done  ## CycloneDX list of what we depend on, into build/sbom.cdx.json
	@mkdir -p build
	@$(SBOM)/bin/python -m cyclonedx_py requirements requirements.txt --output-reproducible --of JSON -o build/sbom.cdx.json
	@echo "build/sbom.cdx.json"

lint: $(VENV)/.dev  ## ruff (rules and format) and mypy
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

format: $(VENV)/.dev  ## let ruff put the code in shape
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

lock: $(VENV)/.dev  ## new versions and hashes for all requirements files (needs the package index)
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@for f in requirements requirements-dev requirements-sbom; do $(PY) -m uv pip compile --quiet --upgrade --universal \
	  --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
	  --custom-compile-command "make lock" $$f.in -o $$f.txt || exit 1; done

browser: $(VENV)/.dev
	@.ci/chromium $(PY) >/dev/null

servers:
	@.ci/server nginx nginx-light
	@.ci/server mosquitto mosquitto

clean:  ## remove the environment and what tools left behind
	@rm -rf $(VENV) $(SBOM) build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(PY):
	@.ci/venv $(VENV)

$(VENV)/.run: requirements.txt $(PY)
	@echo "Installing what the dashboard needs, once (about a minute) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(PY)
	@echo "Installing what the tests need, once (about two minutes) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(SBOM)/.done: requirements-sbom.txt
	@.ci/venv $(SBOM)
	@$(SBOM)/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements-sbom.txt
	@touch $@
