# SPDX-License-Identifier: Apache-2.0
#
#   make run        build and serve the example: https://localhost:8443 and http://localhost:8000
#   make test       format, import edges, build without warnings, every test
#   make check-all  the long checks: fuzzing, the whole suite under the thread and the address sanitizer, fault-table
#   make fault-table  faults between servers and Redis, with the real channels_redis beside: Tests/LayerFaults
#   make build      release build of the example and of Lab, the server for outside checks
#   make bench      release build of Lab, then the programs under Tests/Benchmarks
#   make format     rewrite the sources in the project's format
#   make lint       only the format check
#   make clean      remove everything that was built
#
# CONFIG=release  build for `run` (default: debug)
# ARGS="…"        more options for `run`; see `Example serve --help`
# FUZZ_SECONDS=600  how long `check-all` damages streams of the corpus
# FILTER="…"      only the tests whose names match, for `test` and `check-all`
#
# Every target that builds installs first what Debian packages it lacks, when it runs as root or with a password-less
# sudo; otherwise it names them in one line (.ci/deps).

SWIFT ?= swift
CONFIG ?= debug
ARGS ?=
FILTER ?=
FUZZ_SECONDS ?= 600

# One set of traits in one build folder: another set would build everything again.
TRAITS := --traits App,Hummingbird
# A target that uses a module it does not declare builds or fails by luck of the order; make it fail always.
BUILD := $(TRAITS) --explicit-target-dependency-import-check error
FORMATTED := Sources Tests Example Package.swift
TEST := $(BUILD) --disable-xctest $(if $(FILTER),--filter '$(FILTER)')

.PHONY: help run test check-all fault-table build bench format lint clean deps deps-test
.NOTPARALLEL:

help:
	@sed -n 's/^#   //p' Makefile

deps:
	@command -v $(SWIFT) >/dev/null || { echo "no Swift toolchain in PATH: see https://www.swift.org/install/linux/" >&2; exit 1; }
	@.ci/deps build

deps-test: deps
	@.ci/deps test

run: deps
	$(SWIFT) build $(BUILD) -c $(CONFIG) --product Example
	exec .build/$(CONFIG)/Example serve --demo --port 8000 --tls-port 8443 $(ARGS)

# In several runs: tests that compute for seconds would keep the few threads of Swift's pool from tests that wait for
# events, and so do too many servers and browsers at once.
COMPUTING := ^(WebSocket|HTTP|Core|Crypto|TLS|ImportEdge|CompileFail)Tests
APPLICATIONS := ^(Web|Accounts|ModelViews|Example|Commands)Tests
BROWSERS := ^BrowserTests
# With a PostgreSQL of their own, if there is one on this machine.
DATABASES := ^(Golden|Models|Databases)Tests
# With a Redis of their own, which they stop and starve.
BROKERS := ^RedisTests

test: deps-test lint
	$(SWIFT) build $(BUILD) --build-tests
ifeq ($(FILTER),)
	$(SWIFT) test $(TEST) --skip-build --filter '$(COMPUTING)'
	$(SWIFT) test $(TEST) --skip-build --filter '$(APPLICATIONS)'
	$(SWIFT) test $(TEST) --skip-build --filter '$(BROWSERS)'
	.ci/with-postgresql $(SWIFT) test $(TEST) --skip-build --filter '$(DATABASES)'
	$(SWIFT) test $(TEST) --skip-build --filter '$(BROKERS)'
	$(SWIFT) test $(TEST) --skip-build --skip '$(COMPUTING)' --skip '$(APPLICATIONS)' --skip '$(BROWSERS)' \
	    --skip '$(DATABASES)' --skip '$(BROKERS)'
else
	.ci/with-postgresql $(SWIFT) test $(TEST) --skip-build
endif

build: deps
	$(SWIFT) build $(BUILD) -c release --product Example
	$(SWIFT) build $(BUILD) -c release --product Lab

bench: deps
	$(SWIFT) build $(BUILD) -c release --product Lab
	$(SWIFT) build $(BUILD) -c release --product Instructions
	@found=; for program in Tests/Benchmarks/*; do \
	    if [ -f "$$program" ] && [ -x "$$program" ]; then found=1; echo "== $$program"; "$$program" || exit 1; fi; \
	done; \
	[ -n "$$found" ] || echo "no program under Tests/Benchmarks; to load the server with one of yours: .build/release/Lab serve"

# A build folder each: a sanitizer instruments every dependency too.
check-all: test
	SLUICE_FUZZ_SECONDS=$(FUZZ_SECONDS) $(SWIFT) test $(BUILD) --disable-xctest --skip-build --filter FuzzTests
	$(SWIFT) test $(TEST) --sanitize thread --scratch-path .build-thread
	LSAN_OPTIONS=suppressions=$(CURDIR)/.ci/leaks:print_suppressions=0 \
	    $(SWIFT) test $(TEST) --sanitize address --scratch-path .build-address
	$(MAKE) fault-table

# Python packages that Debian does not have, in a folder of their own.
FAULTS := Tests/LayerFaults
PYTHON := .build/python/bin/python3

.build/python/ready: $(FAULTS)/requirements.txt
	.ci/deps faults
	python3 -m venv .build/python
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r $(FAULTS)/requirements.txt
	touch $@

fault-table: deps-test .build/python/ready
	$(SWIFT) build $(BUILD) -c release --product Lab
	$(PYTHON) $(FAULTS)/interop.py --lab .build/release/Lab
	$(PYTHON) $(FAULTS)/interop.py --lab .build/release/Lab --mode history
	$(PYTHON) $(FAULTS)/scenarios.py --lab .build/release/Lab
	$(PYTHON) $(FAULTS)/scenarios.py --lab .build/release/Lab --mode history
	$(PYTHON) $(FAULTS)/kills.py --lab .build/release/Lab
	$(PYTHON) $(FAULTS)/costs.py --lab .build/release/Lab

format:
	$(SWIFT) format --in-place --parallel --recursive --configuration .swift-format $(FORMATTED)

lint:
	$(SWIFT) format lint --strict --parallel --recursive --configuration .swift-format $(FORMATTED)

clean:
	rm -rf .build .build-*
