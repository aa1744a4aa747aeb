#!/usr/bin/env bash
# Makes an ordinary `cargo build --target wasm32-unknown-unknown` work here.
#
#   1. the toolchain already builds for the target -> nothing to do
#   2. `rustup target add` succeeds                -> done
#   3. Debian, with rustc-web in its repository    -> a toolchain is composed from the distribution's
#      compiler, the target's standard library is built for it once, and rustup is told to use it in
#      this project's folder. Nothing is written inside the project.
#
#   WASM_TOOLCHAIN_DIR      where step 3 puts its toolchain (default: ~/.local/share/rust-wasm-debian)
#   WASM_TARGET_TIMEOUT     seconds given to `rustup target add` (default: 120)
set -euo pipefail
source "$(dirname "$0")/env.sh"

TARGET=wasm32-unknown-unknown
NAME=debian-wasm
DIR=${WASM_TOOLCHAIN_DIR:-$HOME/.local/share/rust-wasm-debian}

# builds RUSTC: can it compile and link for the target? A folder that merely exists may belong to
# another compiler version, or lack a linker.
builds() {
    local out rc=0
    out=$(mktemp -d)
    echo 'pub fn probe() -> String { String::new() }' |
        "$1" --target "$TARGET" --crate-type cdylib --crate-name probe -o "$out/probe.wasm" - >/dev/null 2>&1 || rc=1
    rm -rf "$out"
    return $rc
}

# --- 1. already there -------------------------------------------------------------------------------
if builds rustc; then exit 0; fi
command -v rustup >/dev/null || die "this compiler cannot build $TARGET, and there is no rustup to ask for it"

# --- 2. rustup --------------------------------------------------------------------------------------
say "asking rustup for $TARGET"
# It must not wait for an answer on a terminal; a machine without a route hangs, hence the limit.
if timeout "${WASM_TARGET_TIMEOUT:-120}" rustup target add "$TARGET" </dev/null && builds rustc; then exit 0; fi

# --- 3. Debian's compiler and its sources -----------------------------------------------------------
say "rustup could not install it: composing a toolchain from Debian's packages"
command -v apt-get >/dev/null || die "no standard library for $TARGET, and no apt-get to fall back on"
SUDO=
[ "$(id -u)" = 0 ] || SUDO=sudo
install_packages() { $SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2; }

PACKAGES=(rustc-web cargo-web rust-web-src rust-web-clippy rustfmt-web)
OLDEST=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
debian_rust() { /usr/bin/rustc --version 2>/dev/null | cut -d' ' -f2; }
is_new_enough() { printf '%s\n%s\n' "$OLDEST" "$(debian_rust)" | sort -VC; }
# What was installed earlier, or is in a list of packages that is old, may be older than the project.
if ! dpkg -s "${PACKAGES[@]}" >/dev/null 2>&1 || ! is_new_enough; then
    $SUDO apt-get update -qq
    install_packages "${PACKAGES[@]}"
fi
is_new_enough || die "Rust $OLDEST or newer is needed, and Debian's rustc-web is $(debian_rust)"
# wasm-ld must be of the compiler's own LLVM major version.
LLVM=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
LLD=/usr/lib/llvm-$LLVM/bin/lld
[ -x "$LLD" ] || install_packages "lld-$LLVM"
[ -x "$LLD" ] || die "$LLD is missing"

# A toolchain is `bin` and `lib/rustlib`. Debian's rustc always looks for the latter below /usr, so the
# tools that compile are started through a wrapper that names this one; the rest are links.
HOST=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
rm -rf "$DIR/bin"
mkdir -p "$DIR/bin" "$DIR/lib/rustlib/$HOST/bin"
wrap() { printf '#!/bin/sh\n%s\n' "$2" >"$DIR/bin/$1"; chmod +x "$DIR/bin/$1"; }
wrap rustc "exec /usr/bin/rustc --sysroot '$DIR' \"\$@\""
wrap rustdoc "exec /usr/bin/rustdoc --sysroot '$DIR' \"\$@\""
# cargo-clippy starts the clippy-driver beside the real file, hence the variable.
for tool in cargo-clippy clippy-driver; do wrap $tool "SYSROOT='$DIR' exec /usr/bin/$tool \"\$@\""; done
for tool in cargo cargo-fmt rustfmt; do ln -sfn "/usr/bin/$tool" "$DIR/bin/$tool"; done
ln -sfn "/usr/lib/rustlib/$HOST/lib" "$DIR/lib/rustlib/$HOST/lib"
ln -sfn /usr/lib/rustlib/etc "$DIR/lib/rustlib/etc"
ln -sfn /usr/lib/rustlib/src "$DIR/lib/rustlib/src"
# The target's default linker is `rust-lld`, looked up here; Debian ships it as lld.
ln -sfn "$LLD" "$DIR/lib/rustlib/$HOST/bin/rust-lld"

# The library is built anew whenever the compiler changes.
STAMP=$DIR/lib/rustlib/$TARGET/built-by
if [ "$(cat "$STAMP" 2>/dev/null)" != "$(/usr/bin/rustc -vV)" ]; then
    say "building the standard library for $TARGET (about a minute)"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/src"
    printf '[package]\nname = "seed"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
    printf '#![no_std]\n' >"$work/src/lib.rs"
    (
        cd "$work"
        unset RUSTUP_TOOLCHAIN RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS CARGO_TARGET_DIR RUSTC_WRAPPER
        # The bootstrap switch lets a stable compiler build its own library; here only.
        RUSTC_BOOTSTRAP=1 RUSTC=$DIR/bin/rustc "$DIR/bin/cargo" build --quiet --release --lib \
            --target "$TARGET" -Zbuild-std=std,panic_abort,proc_macro >&2
    )
    rm -rf "$DIR/lib/rustlib/$TARGET"
    mkdir -p "$DIR/lib/rustlib/$TARGET/lib"
    find "$work/target/$TARGET/release/deps" -name 'lib*.rlib' ! -name 'libseed-*' \
        -exec cp -t "$DIR/lib/rustlib/$TARGET/lib" {} +
    /usr/bin/rustc -vV >"$STAMP"
fi
builds "$DIR/bin/rustc" || die "the composed toolchain in $DIR is incomplete"

rustup toolchain link "$NAME" "$DIR"
# An override by folder is kept outside the project.
rustup override set "$NAME" --path "$PWD"
say "this folder now builds with toolchain $NAME; undo: rustup override unset --path $PWD"
