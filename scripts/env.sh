# Sourced by every script here: the project's folder, the caches, and how to talk.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Outside the checkout, so that several checkouts share what they have compiled.
export RACEWAY_CACHE=${RACEWAY_CACHE:-$HOME/.cache/raceway}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$RACEWAY_CACHE/target}

say() { printf '\n== %s\n' "$*" >&2; }
die() { printf '\n== %s\n' "$*" >&2; exit 1; }

# Cargo tells the checkouts that share a folder apart by the times of their files only. When another one
# has used it last, everything here must look changed.
claim_caches() {
    local owner
    for owner in "$CARGO_TARGET_DIR/.last-checkout" "$RACEWAY_CACHE/wasm/.last-checkout"; do
        [ "$(cat "$owner" 2>/dev/null)" = "$PWD" ] && continue
        find Cargo.toml build.rs src tests app frontend crates migrations xtask/src -type f -exec touch {} +
        mkdir -p "$(dirname "$owner")"
        echo "$PWD" >"$owner"
    done
}
