# `make help` lists the targets. The work is done by cargo and the scripts in scripts/.

# Builds use the committed answers in .sqlx, never a database that happens to be in DATABASE_URL.
export SQLX_OFFLINE ?= $(if $(wildcard .sqlx/*.json),true,false)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: rust assets ## Build and start everything with sample data (Ctrl-C stops it)
	@cargo build --features sebar/download -p sebar
	@exec "$${CARGO_TARGET_DIR:-target}/debug/sebar" demo

.PHONY: run
run: rust assets ## Build for speed and start everything, without sample data
	@cargo build --release --features sebar/download -p sebar
	@exec "$${CARGO_TARGET_DIR:-target}/release/sebar" run

.PHONY: test
test: ## Run all tests: Rust, doc examples, browser, clients
	@scripts/test

.PHONY: test-rust
test-rust: ## Run the Rust tests only
	@scripts/test rust

.PHONY: test-browser
test-browser: ## Run the browser tests only
	@scripts/test browser

.PHONY: test-clients
test-clients: ## Run the tests with clients that others wrote only
	@scripts/test clients

.PHONY: bench
bench: rust assets ## Measure import, sending, and sending while senders are killed (a few minutes; one JSON object each)
	@cargo build --quiet --release -p sebar-bench
	@"$${CARGO_TARGET_DIR:-target}/release/sebar-bench" import --rows 1000000 --json
	@"$${CARGO_TARGET_DIR:-target}/release/sebar-bench" blast --recipients 100000 --json
	@"$${CARGO_TARGET_DIR:-target}/release/sebar-bench" chaos --recipients 100000 --kills 20 --json
	@"$${CARGO_TARGET_DIR:-target}/release/sebar-bench" limits --senders 3 --rate 200 --json

.PHONY: lint
lint: ## Check formatting, clippy, licences
	@scripts/lint

.PHONY: fmt
fmt: ## Format the code
	@cargo fmt --all

.PHONY: sqlx-prepare
sqlx-prepare: ## Write .sqlx anew after a change of SQL or migrations
	@scripts/sqlx prepare

.PHONY: sqlx-check
sqlx-check: ## Prove that .sqlx is current
	@scripts/sqlx check

.PHONY: assets
assets: ## Bundle style sheets and scripts into static/dist
	@scripts/assets

.PHONY: screenshots
screenshots: ## Write pictures of every page to target/screenshots
	@scripts/screenshots

.PHONY: doctor
doctor: rust assets ## Check configuration, database, key and relays
	@cargo build --quiet -p sebar
	@"$${CARGO_TARGET_DIR:-target}/debug/sebar" doctor

.PHONY: ci
ci: ## What the build server runs
	@.ci/run

.PHONY: clean
clean: ## Remove what was built; your data in .sebar stay
	@if [ -x "$${CARGO_TARGET_DIR:-target}/debug/sebar-postgres" ]; then "$${CARGO_TARGET_DIR:-target}/debug/sebar-postgres" stop; fi
	@rm -rf static/dist static/node_modules tests/browser/node_modules
	@cargo clean

.PHONY: rust
rust:
	@. scripts/need.sh; need_rust
