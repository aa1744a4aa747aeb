//! A fuzz input as the three sections of a block, and everything that reads them. Shared by the target
//! and by the test that replays the corpus.

use store::block::{Block, BlockRef, Sections, decode, decode_ids, decode_payload};

/// Ids and columns after their lengths (u16, little-endian), then the payload.
pub fn join(block: &Block) -> Vec<u8> {
    let mut input = Vec::new();
    for section in [&block.ids, &block.columns] {
        input.extend_from_slice(&(section.len() as u16).to_le_bytes());
        input.extend_from_slice(section);
    }
    input.extend_from_slice(&block.payload);
    input
}

fn cut(input: &[u8]) -> (&[u8], &[u8]) {
    let Some((len, rest)) = input.split_first_chunk::<2>() else { return (input, &[]) };
    rest.split_at(usize::from(u16::from_le_bytes(*len)).min(rest.len()))
}

/// Reads whatever can be read; whether all of it could.
pub fn read_block(input: &[u8]) -> bool {
    let (ids, rest) = cut(input);
    let (columns, payload) = cut(rest);
    // Alone, whatever the other sections say.
    let payload_alone = decode_payload(payload, 0..1);
    let Ok(opened) = decode_ids(ids) else { return false };
    let parents = opened.parents();
    let n_ids = opened.iter(0..u32::MAX).count();
    let n_rows: usize = opened.traces().map(|(_, rows)| rows.len()).sum();
    assert_eq!(n_rows, opened.len() as usize);
    assert!(n_ids <= n_rows);

    let block = BlockRef { ids, columns, payload };
    let all = decode(block, 0..opened.len(), Sections::All);
    // A part of a block that can be read can be read too, and is that part.
    let half = opened.len() / 2;
    if let Ok(all) = &all {
        let part = decode(block, half..opened.len(), Sections::All).expect("part of what was read");
        for (row, whole) in part.rows.iter().zip(&all.rows[half as usize..]) {
            assert_eq!((row.id, row.start, row.parent), (whole.id, whole.start, whole.parent));
            assert_eq!(part.payload(row), all.payload(whole));
            assert_eq!(part.text(row.service), all.text(whole.service));
            assert_eq!(part.lock_set(row).len(), all.lock_set(whole).len());
        }
    }
    parents.is_ok() && all.is_ok() && (payload_alone.is_ok() || opened.is_empty())
}
