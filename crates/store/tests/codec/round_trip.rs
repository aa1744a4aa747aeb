//! What was encoded is decoded.

use model::table::EventTable;
use proptest::prelude::*;
use store::block::{Effort, Fault, Sections, decode, decode_ids, decode_into, decode_payload, encode};

use crate::events::{Plain, event, events, plain_all, table_of};

fn every(table: &EventTable) -> Vec<u32> {
    (0..table.rows.len() as u32).collect()
}

proptest! {
    // A case makes up to forty events of any shape: few of them are many.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_table_survives(events in events(40), small: bool) {
        let table = table_of(&events);
        let effort = if small { Effort::Small } else { Effort::Fast };
        let block = encode(&table, &every(&table), effort);
        let decoded = decode(block.as_ref(), 0..events.len() as u32, Sections::All);
        prop_assert_eq!(decoded.map(|table| plain_all(&table)), Ok(events));
    }

    #[test]
    fn rows_come_in_the_order_that_was_asked_for(events in events(30), picks in proptest::collection::vec(any::<prop::sample::Index>(), 0..40)) {
        let table = table_of(&events);
        let order: Vec<u32> = if events.is_empty() { Vec::new() } else { picks.iter().map(|pick| pick.index(events.len()) as u32).collect() };
        let expected: Vec<Plain> = order.iter().map(|&row_idx| events[row_idx as usize].clone()).collect();
        let block = encode(&table, &order, Effort::Fast);
        let decoded = decode(block.as_ref(), 0..order.len() as u32, Sections::All);
        prop_assert_eq!(decoded.map(|table| plain_all(&table)), Ok(expected));
    }

    #[test]
    fn any_range_is_the_slice_of_the_whole(events in events(40), begin: prop::sample::Index, end: prop::sample::Index) {
        let (begin, end) = (begin.index(events.len() + 1), end.index(events.len() + 1));
        let (begin, end) = (begin.min(end), begin.max(end));
        let table = table_of(&events);
        let block = encode(&table, &every(&table), Effort::Fast);
        let range = begin as u32..end as u32;

        let all = decode(block.as_ref(), range.clone(), Sections::All);
        prop_assert_eq!(all.map(|table| plain_all(&table)), Ok(events[begin..end].to_vec()));

        let columns = decode(block.as_ref(), range.clone(), Sections::Columns).expect("valid");
        let without_payload: Vec<Plain> =
            events[begin..end].iter().map(|event| Plain { payload: Vec::new(), ..event.clone() }).collect();
        prop_assert_eq!(plain_all(&columns), without_payload);
        prop_assert!(columns.payload.is_empty());

        let payloads = decode_payload(&block.payload, range.clone()).expect("valid");
        let expected: Vec<&[u8]> = events[begin..end].iter().map(|event| &event.payload[..]).collect();
        prop_assert_eq!(payloads.iter().collect::<Vec<_>>(), expected);

        let ids = decode_ids(&block.ids).expect("valid");
        let expected: Vec<_> = events[begin..end].iter().map(|event| event.ids.1).collect();
        prop_assert_eq!(ids.iter(range).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn ids_tell_traces_and_parents(events in events(40)) {
        let table = table_of(&events);
        let block = encode(&table, &every(&table), Effort::Fast);
        let ids = decode_ids(&block.ids).expect("valid");
        prop_assert_eq!(ids.len() as usize, events.len());
        let parents: Vec<_> = events.iter().map(|event| event.ids.2).collect();
        prop_assert_eq!(ids.parents(), Ok(parents));
        let traces: Vec<_> = ids.traces().flat_map(|(trace, rows)| rows.map(move |_| trace)).collect();
        prop_assert_eq!(traces, events.iter().map(|event| event.ids.0).collect::<Vec<_>>());
        for (row_idx, event) in events.iter().enumerate() {
            prop_assert_eq!(ids.get(row_idx as u32), Some(event.ids.1));
        }
        prop_assert_eq!(ids.get(ids.len()), None);
        prop_assert_eq!(ids.verify(), Ok(()));
    }

    #[test]
    fn blocks_collect_in_one_table(first in events(20), second in events(20)) {
        let mut collected = EventTable::default();
        for events in [&first, &second] {
            let table = table_of(events);
            let block = encode(&table, &every(&table), Effort::Fast);
            decode_into(&mut collected, block.as_ref(), 0..events.len() as u32, Sections::All).expect("valid");
        }
        prop_assert_eq!(plain_all(&collected), [first, second].concat());
    }

    #[test]
    fn payloads_of_many_chunks_are_found(event in event(), n_events in 300..400u32, wanted: prop::sample::Index) {
        // A thousand bytes that differ a little from event to event: more than one chunk of each effort.
        let event_at = |event_idx: u32| {
            let mut payload = event_idx.to_le_bytes().repeat(250);
            payload.extend_from_slice(&event.payload);
            Plain { payload, ..event.clone() }
        };
        let events: Vec<Plain> = (0..n_events).map(event_at).collect();
        let table = table_of(&events);
        let wanted = wanted.index(events.len());
        for effort in [Effort::Fast, Effort::Small] {
            let block = encode(&table, &every(&table), effort);
            let payloads = decode_payload(&block.payload, wanted as u32..wanted as u32 + 1).expect("valid");
            prop_assert_eq!(payloads.get(0), Some(&events[wanted].payload[..]));
            prop_assert_eq!(payloads.get(1), None);
        }
    }
}

#[test]
fn a_range_that_the_block_does_not_have_is_refused() {
    let table = table_of(&crate::events::fixed());
    let block = encode(&table, &every(&table), Effort::Fast);
    let backwards = std::ops::Range { start: 5, end: 4 };
    for range in [0..13, 13..13, backwards, 0..u32::MAX] {
        let decoded = decode(block.as_ref(), range.clone(), Sections::Columns);
        assert_eq!(decoded.map(|_| ()).map_err(|error| error.fault), Err(Fault::Range), "{range:?}");
        let payloads = decode_payload(&block.payload, range.clone());
        assert_eq!(payloads.map_err(|error| error.fault), Err(Fault::Range), "{range:?}");
    }
}

#[test]
fn a_payload_of_a_mebibyte_beside_small_ones_survives() {
    let mut events = crate::events::fixed();
    events[6].payload = (0..1u32 << 18).flat_map(u32::to_le_bytes).collect();
    let table = table_of(&events);
    for effort in [Effort::Fast, Effort::Small] {
        let block = encode(&table, &every(&table), effort);
        let decoded = decode(block.as_ref(), 0..12, Sections::All).expect("valid");
        assert_eq!(plain_all(&decoded), events);
    }
}

#[test]
fn a_failed_decoding_leaves_the_rows_that_were_there() {
    let table = table_of(&crate::events::fixed());
    let mut block = encode(&table, &every(&table), Effort::Fast);
    let mut collected = decode(block.as_ref(), 0..12, Sections::All).expect("valid");
    let before = plain_all(&collected);
    let last = block.payload.len() - 1;
    block.payload[last] ^= 1;
    assert!(decode_into(&mut collected, block.as_ref(), 0..12, Sections::All).is_err());
    assert_eq!(plain_all(&collected), before);
}

#[test]
fn indices_without_a_row_are_left_out() {
    let events = crate::events::fixed();
    let block = encode(&table_of(&events), &[99, 2, u32::MAX], Effort::Fast);
    let decoded = decode(block.as_ref(), 0..1, Sections::All).expect("valid");
    assert_eq!(plain_all(&decoded), events[2..3]);
}
