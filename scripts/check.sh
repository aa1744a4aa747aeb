#!/usr/bin/env bash
# Formatting and lints; a warning is an error.
set -euo pipefail
source "$(dirname "$0")/env.sh"

scripts/setup.sh check
claim_caches
say "formatting"
cargo fmt --all -- --check
say "lints of the server and its libraries"
# The server embeds this folder; for linting it may be empty.
mkdir -p dist/site
cargo clippy --workspace --exclude raceway-frontend --all-targets -- -D warnings
say "lints of the browser's part"
cargo clippy --package raceway-frontend --package raceway-app --features raceway-app/hydrate \
    --target wasm32-unknown-unknown --target-dir "$RACEWAY_CACHE/wasm" -- -D warnings
say "types of the browser tests"
(cd end2end && npm run --silent types)
say "nothing to complain about"
