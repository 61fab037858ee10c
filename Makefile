# Everything a person or CI does here. `make` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
export CGO_ENABLED ?= 0

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X spot-tui/cli.version=$(VERSION)
GOFLAGS_BUILD := -trimpath -ldflags '$(LDFLAGS)'
LINT_VERSION := v2.15.0

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

.PHONY: build
build: ## build ./bin/spot-tui
	go build $(GOFLAGS_BUILD) -o bin/spot-tui .

.PHONY: demo
demo: build ## run the full-screen program on the simulated cloud: no account, no cost
	./bin/spot-tui --demo

.PHONY: test
test: ## run the tests (needs Go only)
	go test -shuffle=on -parallel 8 -timeout 20m ./...

.PHONY: race
race: ## run the tests under the race detector (needs a C compiler)
# Without those that start and kill hundreds of processes: they are about what
# is left in the cloud, and the engine in them is the one of the scenarios; nor the
# ledger's week, which repeats a day.
# On one processor, since Go 1.26 gives every timer of a testing/synctest bubble
# one race context, and two of its goroutines that meet an expired timer at the
# same moment break the detector itself (golang/go#78156, mended in Go 1.27).
# -short: fewer of the same moments and worlds.
# What the detector finds rests on the order of events, not on parallel threads.
	CGO_ENABLED=1 go test -race -exec 'env GOMAXPROCS=1' -short -shuffle=on -parallel 8 -timeout 20m -skip 'Killed|FaultyRegions|CannotSee|OverAWeek' ./...

.PHONY: lint
lint: bin/golangci-lint ## check format and style
	./bin/golangci-lint fmt --diff
	./bin/golangci-lint run ./...

bin/golangci-lint:
	GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)

.PHONY: interop
interop: build ## run against foreign programs: botocore and the AWS CLI, moto, OpenSSH
# One package at a time: moto answers one caller after the other, and each has 15 s.
	go test -p 1 -shuffle=on -tags interop -run Interop ./...

FUZZTIME ?= 1h

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME each (default 1h); ends at the first finding
# go test runs one target at a time. Each is built before it is listed, so a
# package that doesn't build fails here too.
	@set -euo pipefail; n=0; \
	for pkg in $$(grep -rlE --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
		targets=$$(go test -list '^Fuzz' $$pkg); \
		for target in $$(grep '^Fuzz' <<<"$$targets"); do \
			echo "== $$pkg $$target, $(FUZZTIME)"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -timeout 0 $$pkg; \
			n=$$((n+1)); \
		done; \
	done; \
	echo "$$n targets, no finding"

.PHONY: pictures
pictures: ## make docs/pictures anew: drives the program in a terminal on a simulated cloud
	go run ./cli/internal/pictures

.PHONY: walk
walk: ## 100 000 random key sequences over a live simulated fleet, others each time
	go test ./tui -run TestNoWalkChangesTheWorld -v -walks 100000 -walkseed $$(date +%s) -timeout 30m

.PHONY: bench
bench: ## run the benchmarks (some beside OpenSSH, parallel-ssh, clush and rsync, where they are installed)
	go test -tags interop -run '^$$' -bench . -benchmem -timeout 30m ./...

.PHONY: gen
gen: ## remake generated files
	go generate ./...

.PHONY: install
install: ## install spot-tui into Go's bin folder
	go install $(GOFLAGS_BUILD) .

.PHONY: clean
clean: ## remove what was built
	rm -rf bin dist
