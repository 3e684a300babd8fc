# Roost: every everyday task is a target here; `make help` lists them.

SWIFT ?= swift
PREFIX ?= /usr/local
ROOT := $(DESTDIR)$(PREFIX)
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# At a terminal SwiftPM compiles with other arguments (it asks for colours), so that what was built
# without one is built again; a dumb terminal gets the same as none.
BUILD := TERM=dumb $(SWIFT) build
SOURCES := Package.swift Sources Tests
BEGUN := $(shell date +%s)
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

.PHONY: help run cluster build test simulate test-faults fuzz mutants coverage sanitize verify fix install docs deb sbom check-deploy clean deps bench-quick bench-peers bench-failover bench-curves bench-coordination bench-guard

help: ## Lists the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## Builds and runs one member on the defaults, its data in ./default.roost.
	@echo "make: running one member on 127.0.0.1:2379, its data in ./default.roost; Ctrl-C ends it"
	@echo "make: try in another terminal: $(BINARY) put /hello world"
	@exec $(BINARY) serve --data-dir default.roost

cluster: build ## Runs three members on loopback; one that is killed may start again, Ctrl-C stops all.
	@exec deploy/local-cluster.sh $(BINARY)

build: deps ## Builds the release binary with the Swift runtime inside.
	@[ -e $(BINARY) ] || echo "make: building $(BINARY); the first time takes two to five minutes"
	@revision=$$(deploy/revision.sh $(CURDIR)/$(STATIC)/revision.o $(BINARY) "$(REVISION)") && \
	    $(BUILD) -c release --static-swift-stdlib --product roost --scratch-path $(STATIC) $(WARNINGS) $(SLIM) $$revision
	@echo "make: built $(BINARY) in $$(($$(date +%s) - $(BEGUN))) s"

test: build ## Builds everything and runs every test, those of real processes included; .build/test.log has every line.
	@deploy/dependencies.sh test
	@echo "make: building the tests; the first time takes five to ten minutes"
	@$(BUILD) -c release --build-tests -Xswiftc -enable-testing $(WARNINGS) >.build/test-build.log 2>&1 || \
	    { grep -v '^\[[0-9]*/[0-9]*\]' .build/test-build.log; exit 1; }
	@echo "make: running the tests after $$(($$(date +%s) - $(BEGUN))) s; they take one to three minutes"
	@ROOST_BINARY=$(CURDIR)/$(BINARY) $(SWIFT) test -c release --skip-build -Xswiftc -enable-testing 2>&1 | \
	    tee .build/test.log | LC_ALL=C.UTF-8 awk -v terminal=$$([ -t 2 ] && echo 1 || echo 0) -f Tests/summary.awk

simulate: build ## Runs simulated clusters under faults: SEEDS= (1..200) of MINUTES= (10) virtual minutes.
	@$(BINARY) simulate --seeds $(or $(SEEDS),1..200) --minutes $(or $(MINUTES),10) --jobs $(JOBS)

test-faults: build ## Faults on real processes for 10 minutes (HOURS=, SEED=, ONLY=part of a row's name); root.
	@deploy/dependencies.sh faults
	@$(BUILD) -c release --build-tests -Xswiftc -enable-testing $(WARNINGS)
	@export ROOST_BINARY=$(CURDIR)/$(BINARY) ROOST_FAULT_SEED=$(SEED) ROOST_FAULT_ONLY="$(ONLY)" \
	    ROOST_FAULT_SECONDS=$$(awk 'BEGIN { print int(3600 * "$(HOURS)") + 600 * ("$(HOURS)" == "") }'); \
	$(SWIFT) test -c release --skip-build -Xswiftc -enable-testing --filter FaultTests

fuzz: deps ## Feeds every parser mutants of good inputs for SECONDS each (60).
	@$(BUILD) -c release --build-tests -Xswiftc -enable-testing $(WARNINGS)
	@ROOST_FUZZ_SECONDS=$(or $(SECONDS),60) $(SWIFT) test -c release --skip-build \
		-Xswiftc -enable-testing --filter FuzzTests

coverage: deps ## Prints the lines that the tests reach in the rooms that decide, without real members.
	@TERM=dumb $(SWIFT) test --enable-code-coverage --skip ClusterTests --skip FaultTests --skip DocumentationTests
	@Tests/Coverage/rooms.sh "$$($(SWIFT) test --show-codecov-path)" Consensus Keyspace Journal Storage Replica

sanitize: deps ## Runs the tests of the rooms under the thread and the address sanitizer.
	@for sanitizer in thread address; do \
	    ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/Sanitizers/thread.supp \
	    TERM=dumb $(SWIFT) test --sanitize $$sanitizer --scratch-path .build/$$sanitizer \
	        --skip ClusterTests --skip FaultTests --skip DocumentationTests || exit 1; \
	done

verify: deps ## Read-only gate, fastest failure first: format, build, tests, instructions, 200 simulated seeds.
	@$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)
	@$(MAKE) --no-print-directory test bench-guard simulate

fix: ## Formats the sources; the only target that rewrites files.
	@$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

install: ## Installs the binary, man pages and completions below PREFIX (/usr/local); builds only if nothing is built.
	@[ -x $(BINARY) ] || $(MAKE) --no-print-directory build
	@[ -z "$$(find Package.swift Sources -newer $(BINARY) -type f -print -quit)" ] || \
	    echo "make: sources are newer than $(BINARY), which is installed as it is; 'make build' builds it anew"
	@install -D -m 0755 $(BINARY) $(ROOT)/bin/roost
	@strip $(ROOT)/bin/roost 2>/dev/null || llvm-strip $(ROOT)/bin/roost 2>/dev/null || \
	    echo "make: there is no strip (Debian: binutils): the binary is larger than it has to be"
	@install -d $(ROOT)/share/bash-completion/completions $(ROOT)/share/zsh/site-functions \
	    $(ROOT)/share/fish/vendor_completions.d
	@$(BINARY) completions bash >$(ROOT)/share/bash-completion/completions/roost
	@$(BINARY) completions zsh >$(ROOT)/share/zsh/site-functions/_roost
	@$(BINARY) completions fish >$(ROOT)/share/fish/vendor_completions.d/roost.fish
	@deploy/man-pages.sh $(BINARY) $(ROOT)/share/man/man1
	@echo "installed $(ROOT)/bin/roost, and man pages and completions for bash, zsh and fish in $(ROOT)/share"

deb: build ## Builds a Debian package, .build/deb/roost_VERSION_ARCHITECTURE.deb.
	@deploy/dependencies.sh deb
	@echo "make: built $$(deploy/debian/build.sh $(BINARY) .build/deb)"

docs: deps ## Writes the documentation of the library for Swift as a web site: .build/docs.
	@$(BUILD) --target RoostClient
	@deploy/client-docs.sh "$$($(SWIFT) build --show-bin-path)" .build/docs
	@echo "make: wrote .build/docs; 'python3 -m http.server -d .build/docs' shows it below /documentation"

sbom: build ## Writes what the binary is made of, as CycloneDX 1.5 (JSON): .build/roost.cdx.json.
	@deploy/dependencies.sh deb
	@deploy/sbom.sh $(BINARY) >.build/roost.cdx.json
	@echo "make: wrote .build/roost.cdx.json"

check-deploy: build ## Checks packages, units, man pages and manifests with the tools that judge them.
	@deploy/dependencies.sh deploy
	@Tests/Deploy/check.sh $(BINARY) .build/deb

clean: ## Removes what was built; data directories stay.
	@rm -rf .build

deps: ## Installs the C libraries the build needs, or prints the command that does.
	@deploy/dependencies.sh build

bench-quick: build ## Prints first figures of three members on loopback, beside their targets.
	@deploy/dependencies.sh bench
	@Tests/Benchmarks/quick.sh $(BINARY)

bench-guard: deps ## Counts the instructions of fixed work against thresholds; ACCEPT=yes writes them down anew.
	@deploy/dependencies.sh guard
	@$(BUILD) -c release --static-swift-stdlib --product Guard --scratch-path $(STATIC) $(WARNINGS) $(SLIM) \
	    -Xlinker --strip-debug
	@Tests/Guard/run.sh $(STATIC)/release/Guard $(if $(ACCEPT),--accept)

bench-peers: build ## Measures beside etcd and ZooKeeper; ROUNDS= (5) SECONDS= (3) KEYS= (1000000), WRITE=1 writes the page.
	@deploy/dependencies.sh peers
	@ROUNDS=$(ROUNDS) SECONDS_EACH=$(SECONDS) KEYS=$(KEYS) WRITE=$(WRITE) Tests/Benchmarks/peers.sh $(BINARY)

bench-failover: build ## Kills the leader 40 times (KILLS=) beside etcd's and ZooKeeper's, and tells how long nobody could write.
	@deploy/dependencies.sh peers
	@KILLS=$(KILLS) SYSTEMS="$(SYSTEMS)" Tests/Benchmarks/failover.sh $(BINARY)

bench-curves: build ## Draws what more keys, bytes, connections, watchers, leases, history and members cost; BIG=1, WRITE=1.
	@deploy/dependencies.sh bench
	@SECONDS_EACH=$(SECONDS) BIG=$(BIG) ONLY="$(ONLY)" WRITE=$(WRITE) Tests/Benchmarks/curves.sh $(BINARY)

bench-coordination: build ## Prints what hand-overs, leases, queues, watches, services and trees cost; ONLY="locks leases ..." of them.
	@deploy/dependencies.sh bench
	@python3 Tests/Benchmarks/Coordination/measures.py $(BINARY) $(ONLY)

mutants: deps ## Plants every known kind of bug in turn and shows which seed of the simulator catches it.
	@$(BUILD) -c release --product roost --scratch-path $(MUTANTS) -Xswiftc -DMUTANTS
	@Tests/Mutants/run.sh $(MUTANTS)/release/roost $(NAMES)
