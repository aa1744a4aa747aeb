//! The fuzzer's corpus, replayed.

use std::path::Path;

use model::wire::decode_batch;
use serde_json::Value;

use crate::support::written;

#[test]
fn the_corpus_of_the_fuzzer_is_decoded_without_a_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/wire_decode");
    let mut inputs = 0;
    let mut events = 0;
    for entry in std::fs::read_dir(&folder).expect("the corpus is in the repository") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        inputs += 1;
        let Ok(decoded) = decode_batch(&bytes) else { continue };
        for row in &decoded.table.rows {
            events += 1;
            let text = written(&decoded.table, row);
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{text}");
        }
    }
    assert!(inputs >= 10 && events >= 10, "{inputs} inputs, {events} events");
}
