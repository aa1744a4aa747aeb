#!/usr/bin/env bash
# dist/raceway: the release binary with the browser's files inside.
set -euo pipefail
source "$(dirname "$0")/env.sh"

scripts/setup.sh build
claim_caches
say "building the browser's part (three minutes the first time)"
cargo xtask site --release
say "building the server (up to ten minutes the first time)"
cargo build --release --package raceway --bin raceway

# Renamed into place: a running server keeps the file it was started from.
mkdir -p dist
cp "$CARGO_TARGET_DIR/release/raceway" dist/raceway.new
mv dist/raceway.new dist/raceway
say "built dist/raceway ($(du -h dist/raceway | cut -f1))"
