//! The fuzzers' corpora of recorded events, replayed.

use std::path::Path;

use analysis::read::Format;

// The fuzz targets' own code.
#[path = "../../../fuzz/fuzz_targets/read_recording.rs"]
mod read_recording;

fn replay(folder: &str, format: Format) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(folder);
    let (mut files, mut read) = (0, 0);
    for entry in std::fs::read_dir(&folder).expect("the corpus is in the repository") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        files += 1;
        read += u32::from(read_recording::read_recording(&bytes, format));
    }
    assert!(files >= 15 && read >= 7 && read < files, "{read} of {files} could be read");
}

#[test]
fn the_corpus_of_the_contracts_json_is_read_or_refused() {
    replay("raceway_json", Format::Raceway);
}

#[test]
fn the_corpus_of_otlp_is_read_or_refused() {
    replay("otlp_json", Format::Otlp);
}

#[test]
fn the_corpus_of_jaeger_is_read_or_refused() {
    replay("jaeger_json", Format::Jaeger);
}
