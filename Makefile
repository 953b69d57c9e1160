# Longshore's commands. `make help` lists them; the work is in scripts/.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test build build-debug cross wine tools packages lint fmt vet archtest unit fuzz sim demo-test e2e crash bench bench-go bench-signer bench-size clean

# Without a readable git history (a tarball, a foreign owner) there is nothing to
# stamp, and Go would stop.
VCS := $(shell git rev-parse HEAD >/dev/null 2>&1 || echo -buildvcs=false)
BUILD := go build -trimpath $(VCS)
# The linter caches findings by content but with the path they were found under; a
# cache shared with a clone that is gone makes it forget the exclusions.
LINT_CACHE := GOLANGCI_LINT_CACHE=$(CURDIR)/.cache/golangci-lint
SAY = @printf '\n==> %s\n'

help: ## Print this list.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## Install what is missing, build, and open the window on a demo vault in ./demo-vault.
	@scripts/packages.sh build
	@$(MAKE) --no-print-directory build
	@scripts/run.sh

test: ## Install what the tests need and run everything: format, vet, lint, imports, unit, fuzz, simulation, demo, e2e.
	@scripts/packages.sh test
	@$(MAKE) --no-print-directory tools fmt vet lint archtest unit fuzz sim demo-test e2e

build: ## Build longshore, longshore-cli, longshore-signer and longshore-demo into bin/.
	$(SAY) "building bin/longshore (the window; the first time its C parts take some minutes)"
	@$(BUILD) -tags migrated_fynedo -o bin/ .
	$(SAY) "building bin/longshore-cli and bin/longshore-signer, without cgo"
	@CGO_ENABLED=0 $(BUILD) -o bin/ ./cmd/longshore-cli ./cmd/longshore-signer
	$(SAY) "building bin/longshore-demo"
	@cd demo && CGO_ENABLED=0 $(BUILD) -o ../bin/longshore-demo .

build-debug: ## Build the window with fyne's thread checks, the race detector and an ear for tests into bin/debug/.
	$(SAY) "building bin/debug/longshore (thread checks and race detector on, tells tests what it shows)"
	@$(BUILD) -race -tags no_metadata,exposed -o bin/debug/ .

cross: ## Build for Windows (window, command line, signer) and macOS (command line, signer) into bin/cross/.
	@scripts/packages.sh cross
	@scripts/cross.sh

wine: cross build ## Run what cross built for Windows under Wine: upload, drag, kill, resume.
	@scripts/packages.sh test
	@scripts/packages.sh wine
	@scripts/tools.sh versitygw
	$(SAY) "the programs for Windows, under Wine"
	@scripts/wine.sh

tools: ## Install the pinned linter and test servers of scripts/tools.env into .tools/bin.
	$(SAY) "tools"
	@scripts/tools.sh

packages: ## Install the system packages that building and testing need (Debian, Ubuntu).
	@scripts/packages.sh test

fmt: ## Check that every Go file is gofmt-ed.
	$(SAY) "gofmt"
	@scripts/gofmt.sh

vet: ## Run go vet, also without cgo for linux, windows and darwin.
	@scripts/vet.sh

lint: ## Run golangci-lint on the product, on the demo vault and on the tests' sign-in provider.
	@scripts/tools.sh golangci-lint
	$(SAY) "golangci-lint"
	@$(LINT_CACHE) .tools/bin/golangci-lint run ./...
	@cd demo && $(LINT_CACHE) ../.tools/bin/golangci-lint run --config ../.golangci.yml ./...
	@cd internal/oidctest/provider && $(LINT_CACHE) ../../../.tools/bin/golangci-lint run --config ../../../.golangci.yml ./...

archtest: ## Check who imports whom, file sizes and package comments.
	$(SAY) "architecture tests"
	@go test -count=1 ./internal/archtest

unit: ## Run the unit tests of every package with the race detector.
	@scripts/tools.sh versitygw minio mc
	$(SAY) "unit tests with the race detector"
	@packages=$$(go list ./... | grep -Ev '^longshore/(e2e|bench)(/|$$)') && \
		LC_ALL=en go test -race -tags no_metadata -timeout 20m $$packages

sim: ## Run 10,000 storms in virtual time (make unit runs 500 with the race detector on the real journal), cut answers at every byte.
	$(SAY) "simulation: 10,000 seeds"
	@go test -count=1 -timeout 20m -run Simulation ./uploader/sim
	$(SAY) "answers cut at every byte"
	@go test -count=1 -timeout 10m -run 'AnswersCut' ./uploader

fuzz: ## Run every fuzz target for three seconds; FUZZTIME=1m for longer.
	$(SAY) "fuzz targets"
	@scripts/fuzz.sh

demo-test: ## Run the demo vault's own tests.
	$(SAY) "tests of the demo vault"
	@cd demo && go test -race -count=1 -timeout 10m ./...

e2e: build build-debug ## Build, then test the built programs: real S3 servers, a real window, real kills.
	@scripts/packages.sh test
	@scripts/tools.sh versitygw minio
	@scripts/web.sh
	$(SAY) "end-to-end tests"
	@scripts/e2e.sh
	@go test -count=1 -timeout 10m ./bench/...
	@CRASHKILLS=200 $(MAKE) --no-print-directory crash

crash: ## Kill the command line 1,000 times, at every named point and at random moments (make e2e: 200); CRASHKILLS=N for more.
	@scripts/tools.sh versitygw minio
	$(SAY) "building bin/longshore-cli and bin/longshore-signer, without cgo"
	@CGO_ENABLED=0 $(BUILD) -o bin/ ./cmd/longshore-cli ./cmd/longshore-signer
	$(SAY) "$${CRASHKILLS:-1000} kills"
	@cd e2e && go test -count=1 -timeout 60m -run '^TestCrash$$' -crash.kills=$${CRASHKILLS:-1000}

bench: ## Run longshore-cli, s5cmd, rclone and aws-cli side by side (half an hour; CASE=large,small for some) and write bench/RESULTS.md.
	@scripts/packages.sh bench
	@TOOLS_LIST=scripts/peers.env scripts/tools.sh
	$(SAY) "building bin/longshore-cli, without cgo"
	@CGO_ENABLED=0 $(BUILD) -o bin/ ./cmd/longshore-cli
	$(SAY) "side by side"
	@CGO_ENABLED=0 $(BUILD) -o .cache/ ./bench/uploaders && .cache/uploaders -case "$(CASE)"

bench-go: ## Run the Go benchmarks: planner, checksum, journal, snapshots, wire format, signer.
	$(SAY) "Go benchmarks"
	@go test -run xxx -bench . -benchmem ./uploader/... ./store ./signer/...

bench-signer: ## Load the built signer with 1,000 clients for a minute and print URLs/s/core, latency and memory.
	$(SAY) "1,000 clients x batches of 100 URLs, 30 s at full load and 30 s at half"
	@go run ./bench/signer

bench-size: build ## Measure 100,000 rows, a history of a million, files of 1 and 48.8 TiB; some four minutes, on a quiet machine.
	$(SAY) "what much of everything costs"
	@go run ./bench/size $(ARGS)

clean: ## Remove what was built; the tools and the Go build cache stay.
	rm -rf bin artifacts
