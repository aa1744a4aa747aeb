#!/usr/bin/env bash
# Installs what is missing, and says what. Quick when nothing is.
#
#   scripts/setup.sh build     what compiling and running need
#   scripts/setup.sh test      that, and what the tests need (Debian 12 or later)
#   scripts/setup.sh check     that, and rustfmt and clippy
set -euo pipefail
source "$(dirname "$0")/env.sh"

OLDEST_RUST=1.95
purpose=${1:-build}

# apt_install PACKAGE...
apt_install() {
    command -v apt-get >/dev/null || die "Please install $* (this system has no apt-get), then start again."
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    say "installing $*"
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

need_rust() {
    command -v cargo >/dev/null || die "Rust is missing: install it from https://rustup.rs, then start again."
    local have
    have=$(rustc --version | cut -d' ' -f2)
    if [ "$(printf '%s\n' "$OLDEST_RUST" "${have%%-*}" | sort -V | head -n 1)" != "$OLDEST_RUST" ]; then
        die "Rust $OLDEST_RUST or newer is needed, this is $have: run 'rustup update stable', then start again."
    fi
}

need_node() {
    command -v npm >/dev/null || die "Node.js (18 or newer) with npm is missing: install it, then start again."
}

# node_packages FOLDER: exactly what its lock file names.
node_packages() {
    local stamp=$1/node_modules/.installed-lock
    cmp -s "$1/package-lock.json" "$stamp" && return
    say "installing the node packages of $1/"
    (cd "$1" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-fund --no-audit --loglevel=error >&2)
    cp "$1/package-lock.json" "$stamp"
}

need_browser() {
    [ -z "${RACEWAY_CHROMIUM:-}" ] || return 0
    command -v chromium >/dev/null && return
    grep -q '^ID=debian' /etc/os-release || die "The browser tests need Chromium: set RACEWAY_CHROMIUM to its path."
    apt_install chromium
}

# Some tests look at the server from outside: at its system calls, and at its database.
need_witnesses() {
    command -v strace >/dev/null || apt_install strace
    command -v sqlite3 >/dev/null || apt_install sqlite3
}

need_nextest() {
    cargo nextest --version >/dev/null 2>&1 && return
    say "installing cargo-nextest (some minutes, once)"
    # Without its self-update, and apart from this project's target folder.
    env -u CARGO_TARGET_DIR cargo install --locked cargo-nextest --no-default-features --features default-no-update
}

need_components() {
    cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 && return
    say "installing rustfmt and clippy"
    rustup component add rustfmt clippy
}

need_rust
need_node
command -v cc >/dev/null && command -v pkg-config >/dev/null || apt_install build-essential pkg-config
scripts/wasm-toolchain.sh
node_packages xtask

case $purpose in
build) ;;
test)
    need_nextest
    need_browser
    need_witnesses
    node_packages end2end
    ;;
check)
    need_components
    node_packages end2end
    ;;
*) die "scripts/setup.sh build|test|check" ;;
esac
