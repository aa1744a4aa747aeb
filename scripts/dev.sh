#!/usr/bin/env bash
# Rebuilds when a source file changes, restarts the server, and lets open pages reload themselves.
set -euo pipefail
source "$(dirname "$0")/env.sh"

listen=${RACEWAY_LISTEN:-127.0.0.1:8080}
data=${RACEWAY_DATA:-./data}
sources=(Cargo.toml Cargo.lock build.rs src app frontend crates migrations style public xtask/Cargo.toml xtask/src)
server=

stop() {
    [ -n "$server" ] || return 0
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
}
trap stop EXIT

# The server first: it reads the browser's files from the disk, so that one that does not build leaves the pages of
# the one that runs as they were.
build() {
    cargo build --quiet --package raceway --bin raceway && cargo xtask site
}

scripts/setup.sh build
claim_caches
built=$(mktemp)
trap 'stop; rm -f "$built"' EXIT
while true; do
    # Taken before building: what changes meanwhile is built next.
    touch "$built"
    say "building"
    if build; then
        stop
        # Pages of a dev build look at this file and reload when it differs (see xtask/src/reload.js).
        date +%s%N >dist/site/pkg/reload.txt
        say "serving http://$listen"
        "$CARGO_TARGET_DIR/debug/raceway" serve --listen "$listen" --data "$data" --demo-if-empty &
        server=$!
    else
        say "that did not build; waiting for the next change"
    fi
    # Folders too: their times tell of files that went.
    until [ -n "$(find "${sources[@]}" -newer "$built" -print -quit)" ]; do sleep 1; done
done
