# Roost: every everyday task is a target here; `make help` lists them.

SWIFT ?= swift
PREFIX ?= /usr/local
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

SOURCES := Package.swift Sources Tests
STATIC := .build/static
BINARY := $(STATIC)/release/roost
MUTANTS := .build/mutants
JOBS ?= $(shell nproc)
WARNINGS := -Xswiftc -warnings-as-errors
# Keeps the release binary small: functions in sections of their own, so that the linker leaves out
# those that nobody calls and keeps one of several that are the same; no names exported to a dynamic
# linker that never asks; relocations packed, which glibc understands from 2.36 on.
GLIBC_PACKS := $(shell getconf GNU_LIBC_VERSION 2>/dev/null | \
    awk '{ split($$2, part, "."); if (part[1] * 1000 + part[2] >= 2036) print "yes" }')
SLIM := -Xswiftc -use-ld=lld -Xswiftc -Xfrontend -Xswiftc -function-sections \
    -Xlinker --no-export-dynamic -Xlinker --icf=all \
    $(if $(GLIBC_PACKS),-Xlinker -z -Xlinker pack-relative-relocs)

.PHONY: help run cluster build test simulate test-faults fuzz mutants coverage sanitize verify fix install clean deps bench-quick bench-peers bench-curves bench-guard

help: ## Lists the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Builds and runs one member on the defaults, its data in ./default.roost.
	@exec $(BINARY) serve --data-dir default.roost

cluster: build ## Runs three members on loopback; Ctrl-C stops them together.
	@exec deploy/local-cluster.sh $(BINARY)

build: deps ## Builds the release binary with the Swift runtime inside.
	@$(SWIFT) build -c release --static-swift-stdlib --product roost --scratch-path $(STATIC) $(WARNINGS) $(SLIM)

test: build ## Builds everything and runs every test, those of real processes included.
	@$(SWIFT) build -c release --build-tests -Xswiftc -enable-testing $(WARNINGS)
	@ROOST_BINARY=$(CURDIR)/$(BINARY) $(SWIFT) test -c release --skip-build -Xswiftc -enable-testing

simulate: build ## Runs simulated clusters under faults: SEEDS= (1..200) of MINUTES= (10) virtual minutes.
	@$(BINARY) simulate --seeds $(or $(SEEDS),1..200) --minutes $(or $(MINUTES),10) --jobs $(JOBS)

test-faults: build ## Faults on real processes for 10 minutes (HOURS=, SEED=, ONLY=part of a row's name); root.
	@deploy/dependencies.sh faults
	@$(SWIFT) build -c release --build-tests -Xswiftc -enable-testing $(WARNINGS)
	@export ROOST_BINARY=$(CURDIR)/$(BINARY) ROOST_FAULT_SEED=$(SEED) ROOST_FAULT_ONLY="$(ONLY)" \
	    ROOST_FAULT_SECONDS=$$(awk 'BEGIN { print int(3600 * "$(HOURS)") + 600 * ("$(HOURS)" == "") }'); \
	$(SWIFT) test -c release --skip-build -Xswiftc -enable-testing --filter FaultTests

fuzz: deps ## Feeds every parser mutants of good inputs for SECONDS each (60).
	@$(SWIFT) build -c release --build-tests -Xswiftc -enable-testing $(WARNINGS)
	@ROOST_FUZZ_SECONDS=$(or $(SECONDS),60) $(SWIFT) test -c release --skip-build \
		-Xswiftc -enable-testing --filter FuzzTests

coverage: deps ## Prints the lines that the tests reach in the rooms that decide, without real members.
	@$(SWIFT) test --enable-code-coverage --skip ClusterTests --skip FaultTests --skip DocumentationTests
	@Tests/Coverage/rooms.sh "$$($(SWIFT) test --show-codecov-path)" Consensus Keyspace Journal Storage Replica

sanitize: deps ## Runs the tests of the rooms under the thread and the address sanitizer.
	@for sanitizer in thread address; do \
	    ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Sanitizers/thread.supp \
	    $(SWIFT) test --sanitize $$sanitizer --scratch-path .build/$$sanitizer \
	        --skip ClusterTests --skip FaultTests --skip DocumentationTests || exit 1; \
	done

verify: deps ## Read-only gate, fastest failure first: format, build, tests, instructions, 200 simulated seeds.
	@$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)
	@$(MAKE) --no-print-directory test bench-guard simulate

fix: ## Formats the sources; the only target that rewrites files.
	@$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

install: build ## Installs the binary, stripped, below PREFIX (default /usr/local).
	@install -D -s -m 0755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/roost
	@echo "installed $(DESTDIR)$(PREFIX)/bin/roost"

clean: ## Removes what was built; data directories stay.
	@rm -rf .build

deps: ## Installs the C libraries the build needs, or prints the command that does.
	@deploy/dependencies.sh build

bench-quick: build ## Prints first figures of three members on loopback, beside their targets.
	@deploy/dependencies.sh bench
	@Tests/Benchmarks/quick.sh $(BINARY)

bench-guard: deps ## Counts the instructions of fixed work against thresholds; ACCEPT=yes writes them down anew.
	@deploy/dependencies.sh guard
	@$(SWIFT) build -c release --static-swift-stdlib --product Guard --scratch-path $(STATIC) $(WARNINGS) $(SLIM)
	@Tests/Guard/run.sh $(STATIC)/release/Guard $(if $(ACCEPT),--accept)

bench-peers: build ## Measures beside etcd and ZooKeeper; ROUNDS= (5) SECONDS= (3) KEYS= (1000000), WRITE=1 writes the page.
	@deploy/dependencies.sh peers
	@ROUNDS=$(ROUNDS) SECONDS_EACH=$(SECONDS) KEYS=$(KEYS) WRITE=$(WRITE) Tests/Benchmarks/peers.sh $(BINARY)

bench-curves: build ## Draws what more keys, bytes, connections, watchers, leases, history and members cost; BIG=1, WRITE=1.
	@deploy/dependencies.sh bench
	@SECONDS_EACH=$(SECONDS) BIG=$(BIG) ONLY="$(ONLY)" WRITE=$(WRITE) Tests/Benchmarks/curves.sh $(BINARY)

mutants: deps ## Plants every known kind of bug in turn and shows which seed of the simulator catches it.
	@$(SWIFT) build -c release --product roost --scratch-path $(MUTANTS) -Xswiftc -DMUTANTS
	@Tests/Mutants/run.sh $(MUTANTS)/release/roost $(NAMES)
