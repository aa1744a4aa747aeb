# Everything that is done to this project, by name. The work is in scripts/.

.DEFAULT_GOAL := help
.PHONY: help run test build dev check bench screenshots clean

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 20

run: ## set up, build, and start the server at http://127.0.0.1:8080
	@scripts/run.sh

test: ## set up, and run every test (Rust, then a real browser; Debian 12 or later)
	@scripts/test.sh

build: ## one binary with embedded assets: dist/raceway
	@scripts/build.sh

dev: ## rebuild, restart and reload on every change
	@scripts/dev.sh

check: ## formatting and lints, warnings as errors
	@scripts/check.sh

bench: ## measure against the budgets: speed, memory, disk
	@scripts/bench.sh

screenshots: ## pictures of every page, in both themes and two sizes
	@scripts/screenshots.sh

clean: ## remove what was built (./data stays)
	@rm -rf dist xtask/node_modules end2end/node_modules end2end/test-results
