//! What was ever written stays readable.

use std::path::PathBuf;

use store::block::{BlockRef, Effort, Sections, decode, encode};

use crate::events::{fixed, plain_all, table_of};

fn fixture() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/block-v1.bin")
}

/// Each section after its length (u32, little-endian).
fn sections(bytes: &[u8]) -> Vec<&[u8]> {
    let mut rest = bytes;
    let mut sections = Vec::new();
    while let Some((len, after)) = rest.split_first_chunk::<4>() {
        let (section, after) = after.split_at(u32::from_le_bytes(*len) as usize);
        sections.push(section);
        rest = after;
    }
    sections
}

/// For the day of a new version: its fixture stands beside the old ones, which are never made again.
fn write_fixture() {
    let table = table_of(&fixed());
    let block = encode(&table, &(0..12).collect::<Vec<_>>(), Effort::Small);
    let mut bytes = Vec::new();
    for section in [&block.ids, &block.columns, &block.payload] {
        bytes.extend_from_slice(&(section.len() as u32).to_le_bytes());
        bytes.extend_from_slice(section);
    }
    std::fs::write(fixture(), bytes).expect("the fixture can be written");
}

/// `RACEWAY_WRITE_FIXTURE=1` writes the file when it is missing.
#[test]
fn a_block_of_version_1_reads_as_on_the_day_it_was_written() {
    if std::env::var_os("RACEWAY_WRITE_FIXTURE").is_some() && !fixture().exists() {
        write_fixture();
    }
    let bytes = std::fs::read(fixture()).expect("the fixture is there");
    let [ids, columns, payload] = sections(&bytes)[..] else { panic!("three sections") };
    let table = decode(BlockRef { ids, columns, payload }, 0..12, Sections::All).expect("valid");
    assert_eq!(plain_all(&table), fixed());
}
