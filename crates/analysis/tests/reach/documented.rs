//! What the documentation shows is what comes out.

use std::path::Path;

use analysis::reach::{Decision, Reach};
use analysis::witness::Witness;
use analysis::{Cancel, std_file};

/// The first block of a kind in a page.
fn block<'a>(page: &'a str, kind: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("```{kind}\n")).expect("a block");
    rest.split_once("```").expect("its end").0
}

#[test]
fn the_example_of_the_exact_engine_is_true() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/exact.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let history = std_file::read(block(&page, "").as_bytes()).expect("an STD text");
    let reach = Reach::new(&history, &Cancel::default()).unwrap();
    let writes = [1, 6];
    assert!(history.conflict(writes[0], writes[1]));
    assert_eq!(reach.sync_preserving(&writes), None);
    let witness: Witness = serde_json::from_str(block(&page, "json")).expect("a witness");
    assert_eq!(reach.exact(&writes, 10), Decision::Yes(witness));
}
