//! Readers of STD files meet what nobody would write: an error, never a panic or a hang.

use std::path::Path;

use analysis::check::Recording;
use analysis::std_file;
use proptest::prelude::*;

// The fuzz target's own code.
#[path = "../../../fuzz/fuzz_targets/read_std.rs"]
mod read_std;

#[test]
fn every_file_of_the_corpus_is_read_without_a_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/std_read");
    let (mut files, mut read) = (0, 0);
    for entry in std::fs::read_dir(&folder).expect("the corpus is in the repository") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        files += 1;
        read += u32::from(read_std::read_std(&bytes));
    }
    assert!(files >= 20 && read >= 10 && read < files, "{read} of {files} could be read");
}

#[test]
fn a_file_without_line_ends_is_refused_before_it_is_in_memory() {
    // It would never end.
    let endless = std::io::BufReader::new(std::io::repeat(b'T'));
    assert_eq!(std_file::read(endless).expect_err("no line end").to_string(), "1: longer than 65536 bytes");
}

#[test]
fn the_checker_s_reader_names_the_line_it_cannot_read() {
    let error = Recording::from_std(b"T1|w(x)|1\n\nT1|w(x").expect_err("no operation");
    assert_eq!(error.to_string(), "3: not an operation");
}

/// Lines that are almost right.
fn line() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["r", "w", "acq", "rel", "fork", "join", "begin", "req", "jump", ""]);
    let word = prop::sample::select(vec!["A", "B", "C", "", "(", ")", "|", "x y", "\u{2003}", "\u{0}"]);
    prop_oneof![
        20 => (0..3_u8, name.clone(), 0..3_u8).prop_map(|(thread, name, target)| format!("T{thread}|{name}(T{target})|7")),
        1 => (word.clone(), name, word).prop_map(|(thread, name, target)| format!("{thread}|{name}({target})|")),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_std::read_std(&bytes);
    }

    #[test]
    fn any_lines_are_read_or_refused(lines in prop::collection::vec(line(), 0..40)) {
        read_std::read_std(lines.join("\n").as_bytes());
    }

    #[test]
    fn any_operations_are_read_and_mean_the_same_to_both_readers(
        lines in prop::collection::vec((0..4_u8, 0..6_usize, 0..4_u8), 1..60)
    ) {
        let name = |op: usize| ["r", "w", "acq", "rel", "fork", "join"][op];
        let text: String =
            lines.iter().map(|&(thread, op, target)| format!("T{thread}|{}(T{target})|0\n", name(op))).collect();
        prop_assert!(read_std::read_std(text.as_bytes()));
    }
}
