//! Any bytes as a batch: no panic, and whatever is taken is written as JSON that is taken again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use model::wire::{decode_batch, write_event};

fuzz_target!(|body: &[u8]| {
    let Ok(decoded) = decode_batch(body) else { return };
    let mut again = br#"{"events":["#.to_vec();
    for (row_idx, row) in decoded.table.rows.iter().enumerate() {
        if row_idx > 0 {
            again.push(b',');
        }
        write_event(&mut again, &decoded.table, row);
    }
    again.extend_from_slice(b"]}");
    let second = decode_batch(&again).expect("what was written is a batch");
    assert_eq!(second.rejected, []);
    assert_eq!(second.table.rows.len(), decoded.table.rows.len());
});
