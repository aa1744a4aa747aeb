//! Bytes that are no block, or no longer: an error or some rows, never a panic.

use proptest::prelude::*;
use store::block::{Block, BlockRef, Effort, Fault, Section, Sections, decode, decode_ids, decode_payload, encode};

use crate::events::{events, fixed, plain_all, table_of};

fn block_of_fixed() -> Block {
    let table = table_of(&fixed());
    encode(&table, &(0..12).collect::<Vec<_>>(), Effort::Fast)
}

fn section_mut(block: &mut Block, section: Section) -> &mut Vec<u8> {
    match section {
        Section::Ids => &mut block.ids,
        Section::Columns => &mut block.columns,
        Section::Payload => &mut block.payload,
    }
}

const SECTIONS: [Section; 3] = [Section::Ids, Section::Columns, Section::Payload];

/// Everything that can be read of these bytes.
fn read_all(bytes: BlockRef<'_>) {
    if let Ok(ids) = decode_ids(bytes.ids) {
        let _ = ids.parents();
        let _ = ids.iter(0..u32::MAX).count();
        let _ = ids.traces().count();
        let _ = decode(bytes, 0..ids.len(), Sections::All);
        let _ = decode(bytes, ids.len() / 2..ids.len(), Sections::Columns);
        let _ = decode_payload(bytes.payload, 0..ids.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn arbitrary_bytes_never_panic(version in prop::sample::select(vec![0x11u8, 0x21, 0x31]), mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        bytes.insert(0, version);
        let _ = decode_ids(&bytes);
        let _ = decode_payload(&bytes, 0..1);
        let valid = block_of_fixed();
        read_all(BlockRef { ids: &valid.ids, columns: &bytes, payload: &bytes });
        read_all(BlockRef { ids: &bytes, columns: &valid.columns, payload: &valid.payload });
    }

    #[test]
    fn a_flipped_bit_is_noticed(events in events(12), section in prop::sample::select(SECTIONS.to_vec()), at: prop::sample::Index, bit in 0..8u8) {
        let table = table_of(&events);
        let mut block = encode(&table, &(0..events.len() as u32).collect::<Vec<_>>(), Effort::Fast);
        let bytes = section_mut(&mut block, section);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        read_all(block.as_ref());
        prop_assert!(decode(block.as_ref(), 0..events.len() as u32, Sections::All).is_err());
    }

    #[test]
    fn a_cut_or_lengthened_section_is_refused(section in prop::sample::select(SECTIONS.to_vec()), len: prop::sample::Index) {
        let mut block = block_of_fixed();
        let bytes = section_mut(&mut block, section);
        bytes.truncate(len.index(bytes.len()));
        prop_assert!(decode(block.as_ref(), 0..12, Sections::All).is_err());
        let mut block = block_of_fixed();
        section_mut(&mut block, section).push(0);
        prop_assert!(decode(block.as_ref(), 0..12, Sections::All).is_err());
    }
}

#[test]
fn sections_in_the_wrong_place_are_refused() {
    let block = block_of_fixed();
    let fault = |ids, columns, payload| {
        let decoded = decode(BlockRef { ids, columns, payload }, 0..12, Sections::All);
        decoded.map(|_| ()).map_err(|error| (error.section, error.fault))
    };
    assert_eq!(fault(&block.columns, &block.columns, &block.payload), Err((Section::Ids, Fault::Version)));
    assert_eq!(fault(&block.ids, &block.payload, &block.payload), Err((Section::Columns, Fault::Version)));
    assert_eq!(fault(&block.ids, &block.columns, &block.columns), Err((Section::Payload, Fault::Version)));
    assert_eq!(fault(&[], &block.columns, &block.payload), Err((Section::Ids, Fault::Short)));
}

#[test]
fn sections_of_another_block_are_refused() {
    let block = block_of_fixed();
    let mut others = fixed();
    others.reverse();
    let other = encode(&table_of(&others), &(0..12).collect::<Vec<_>>(), Effort::Fast);
    let mixed = BlockRef { ids: &block.ids, columns: &other.columns, payload: &block.payload };
    let error = decode(mixed, 0..12, Sections::All).map(|table| plain_all(&table)).expect_err("mixed");
    assert_eq!((error.section, error.fault), (Section::Columns, Fault::Mismatch));
    let mixed = BlockRef { ids: &block.ids, columns: &block.columns, payload: &other.payload };
    let error = decode(mixed, 0..12, Sections::All).map(|table| plain_all(&table)).expect_err("mixed");
    assert_eq!((error.section, error.fault), (Section::Payload, Fault::Mismatch));
    assert!(decode(mixed, 0..12, Sections::Columns).is_ok(), "columns do not depend on the payload");
}
