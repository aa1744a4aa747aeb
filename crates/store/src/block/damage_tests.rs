//! Damage behind the checksums: streams that no encoder writes, in sections that are sealed correctly.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::bytes::{Reader, put_varint};
use super::frame::{Frame, Packer, Unpacker};
use super::{Block, BlockRef, Effort, MAX_COLUMNS, Section, Sections, decode, decode_ids, decode_payload, encode, ids};

#[allow(dead_code, reason = "shared with the tests of the crate's outside, which use the rest")]
#[path = "../../tests/codec/events.rs"]
mod events;

/// A byte set, put in, or taken out.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    // Bytes that mean much: small codes, the longest varints, powers of two.
    let byte = || prop_oneof![select(vec![0u8, 1, 2, 127, 128, 255]), any::<u8>()];
    let change = prop_oneof![
        4 => (any::<Index>(), byte()).prop_map(|(at, byte)| Change::Set(at, byte)),
        1 => (any::<Index>(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        1 => any::<Index>().prop_map(Change::Remove),
    ];
    proptest::collection::vec(change, 1..4)
}

fn change(bytes: &mut Vec<u8>, changes: &[Change]) {
    for change in changes {
        match *change {
            Change::Set(at, byte) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            Change::Insert(at, byte) => bytes.insert(at.index(bytes.len() + 1), byte),
            Change::Remove(at) if !bytes.is_empty() => {
                bytes.remove(at.index(bytes.len()));
            }
            _ => {}
        }
    }
}

fn sealed(version: u8, head: &[u8], rest: &[u8]) -> Vec<u8> {
    [&[version][..], &crc32fast::hash(head).to_le_bytes(), head, rest].concat()
}

/// The columns of a block with other streams.
fn with_columns(section: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut reader = Reader::new(section, Section::Columns);
    let version = reader.byte().expect("version");
    reader.u32().expect("checksum");
    let (len, ids_checksum) = (reader.varint().expect("rows"), reader.u32().expect("checksum of the ids"));
    let frame = Frame::read(&mut reader, MAX_COLUMNS).expect("frame");
    let mut raw = Unpacker::default().unpack(frame, &mut reader).expect("streams").into_owned();
    change(&mut raw, changes);

    let (mut head, mut stored) = (Vec::new(), Vec::new());
    put_varint(&mut head, len);
    head.extend_from_slice(&ids_checksum.to_le_bytes());
    Packer::new(1).pack(&raw, &mut stored).write(&mut head);
    sealed(version, &head, &stored)
}

/// The payload of a block of one chunk, with other templates or another chunk.
fn with_payload(section: &[u8], of_templates: bool, changes: &[Change]) -> Vec<u8> {
    let mut reader = Reader::new(section, Section::Payload);
    let version = reader.byte().expect("version");
    reader.u32().expect("checksum");
    let (len, ids_checksum) = (reader.varint().expect("rows"), reader.u32().expect("checksum of the ids"));
    let templates = Frame::read(&mut reader, MAX_COLUMNS).expect("frame");
    assert_eq!(reader.varint(), Ok(1), "one chunk");
    let (n_events, whole_len) = (reader.varint().expect("events"), reader.varint().expect("bytes"));
    let chunk = Frame::read(&mut reader, MAX_COLUMNS).expect("frame");
    let mut templates = Unpacker::default().unpack(templates, &mut reader).expect("templates").into_owned();
    let mut chunk = Unpacker::default().unpack(chunk, &mut reader).expect("streams").into_owned();
    change(if of_templates { &mut templates } else { &mut chunk }, changes);

    let (mut head, mut stored, mut packer) = (Vec::new(), Vec::new(), Packer::new(1));
    put_varint(&mut head, len);
    head.extend_from_slice(&ids_checksum.to_le_bytes());
    packer.pack(&templates, &mut stored).write(&mut head);
    for number in [1, n_events, whole_len] {
        put_varint(&mut head, number);
    }
    packer.pack(&chunk, &mut stored).write(&mut head);
    sealed(version, &head, &stored)
}

fn block() -> Block {
    encode(&events::table_of(&events::fixed()), &(0..12).collect::<Vec<_>>(), Effort::Fast)
}

/// Everything that can be read, with what must hold of whatever was.
fn read(block: BlockRef<'_>) -> Result<(), TestCaseError> {
    let whole = decode(block, 0..12, Sections::All);
    let part = decode(block, 5..9, Sections::Columns);
    let _ = decode_payload(block.payload, 3..8);
    if let (Ok(whole), Ok(part)) = (whole, part) {
        prop_assert_eq!(whole.rows.len(), 12);
        for (part_row, whole_row) in part.rows.iter().zip(&whole.rows[5..]) {
            let mut whole_plain = events::plain(&whole, whole_row);
            whole_plain.payload.clear();
            prop_assert_eq!(events::plain(&part, part_row), whole_plain);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn damaged_columns_never_panic(changes in changes()) {
        let block = block();
        let columns = with_columns(&block.columns, &changes);
        read(BlockRef { columns: &columns, ..block.as_ref() })?;
    }

    #[test]
    fn damaged_payloads_never_panic(of_templates: bool, changes in changes()) {
        let block = block();
        let payload = with_payload(&block.payload, of_templates, &changes);
        read(BlockRef { payload: &payload, ..block.as_ref() })?;
    }

    #[test]
    fn damaged_ids_never_panic(changes in changes()) {
        let block = block();
        let mut bytes = block.ids.clone();
        change(&mut bytes, &changes);
        if let Some(bytes) = ids::resealed(&bytes) {
            if let Ok(ids) = decode_ids(&bytes) {
                let _ = ids.parents();
                prop_assert!(ids.iter(0..u32::MAX).count() <= ids.len() as usize);
                prop_assert_eq!(ids.traces().map(|(_, rows)| rows.len()).sum::<usize>(), ids.len() as usize);
            }
            let _ = read(BlockRef { ids: &bytes, ..block.as_ref() });
        }
    }
}

#[test]
fn streams_unchanged_are_the_same_block() {
    let block = block();
    let (columns, payload) = (with_columns(&block.columns, &[]), with_payload(&block.payload, true, &[]));
    let decoded = decode(BlockRef { ids: &block.ids, columns: &columns, payload: &payload }, 0..12, Sections::All);
    assert_eq!(decoded.map(|table| events::plain_all(&table)), Ok(events::fixed()));
}
