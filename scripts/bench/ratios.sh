# Parts by themselves, on one core, beside what they are measured against; compiled when they are first asked for.

# Cargo must not take another checkout's examples for these.
claim_caches
say "decoding against serde_json, blocks against zstd"
cargo run --quiet --release --package raceway-model --features ingest --example decode_bench
cargo run --quiet --release --package raceway-store --example codec_bench
say "engines"
engine() { cargo run --quiet --release --package raceway-analysis --example "$@"; }
engine clock_bench
engine causal_bench
engine findings_bench
engine path_bench
engine reach_bench -- --random 100000
