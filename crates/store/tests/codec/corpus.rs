//! The seeds of the fuzz target `block_decode`, and whatever it once found, as a plain test.

use std::path::PathBuf;

use store::block::{Effort, encode};

use crate::events::{fixed, table_of};

// The fuzz target's own code.
#[path = "../../../../fuzz/fuzz_targets/read_block.rs"]
mod read_block;

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/block_decode")
}

/// `RACEWAY_WRITE_CORPUS=1` makes the seeds anew.
#[test]
fn every_file_of_the_corpus_is_read_without_a_panic() {
    if std::env::var_os("RACEWAY_WRITE_CORPUS").is_some() {
        std::fs::create_dir_all(corpus()).expect("a folder");
        for (name, seed) in seeds() {
            std::fs::write(corpus().join(name), seed).expect("written");
        }
    }
    let mut n_files = 0;
    for entry in std::fs::read_dir(corpus()).expect("the corpus is there") {
        let bytes = std::fs::read(entry.expect("readable").path()).expect("readable");
        read_block::read_block(&bytes);
        n_files += 1;
    }
    assert!(n_files >= seeds().len(), "{n_files} files");
}

#[test]
fn the_seeds_are_blocks_that_decode() {
    for (name, seed) in seeds() {
        assert!(read_block::read_block(&seed), "{name}");
    }
}

fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let events = fixed();
    let seed = |n_events: usize, effort| {
        let order: Vec<u32> = (0..n_events as u32).collect();
        read_block::join(&encode(&table_of(&events[..n_events]), &order, effort))
    };
    vec![
        ("empty", seed(0, Effort::Fast)),
        ("one", seed(1, Effort::Fast)),
        ("trace", seed(4, Effort::Fast)),
        ("fast", seed(12, Effort::Fast)),
        ("small", seed(12, Effort::Small)),
    ]
}
