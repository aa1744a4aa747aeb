#!/usr/bin/env bash
# Every test: the Rust ones, then those in a real browser against the release binary.
set -euo pipefail
source "$(dirname "$0")/env.sh"

scripts/setup.sh test
claim_caches
say "building the browser's part, which some Rust tests serve"
cargo xtask site --release
say "Rust tests"
cargo nextest run --workspace --exclude raceway-frontend
scripts/build.sh
say "browser tests"
(cd end2end && npm test --silent)
say "all tests passed"
