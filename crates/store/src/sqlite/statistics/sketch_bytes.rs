//! Sketches as bytes: for each bucket in use how many numbers it lies after the one before, and its count, both
//! LEB128. What is stored never changes its meaning.

use analysis::baselines::Sketch;

use crate::StoreError;

pub(super) fn encode(sketch: &Sketch) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(sketch.buckets().len() * 3);
    let mut before = 0;
    for &(bucket, count) in sketch.buckets() {
        put_varint(&mut bytes, u64::from(bucket - before));
        put_varint(&mut bytes, count);
        before = bucket;
    }
    bytes
}

pub(super) fn decode(bytes: &[u8]) -> Result<Sketch, StoreError> {
    let damaged = || StoreError::Corrupt("a sketch");
    let mut buckets = Vec::with_capacity(bytes.len() / 2);
    let mut rest = bytes;
    let mut before = 0_u16;
    while !rest.is_empty() {
        let step = take_varint(&mut rest).and_then(|step| u16::try_from(step).ok()).ok_or_else(damaged)?;
        before = before.checked_add(step).ok_or_else(damaged)?;
        buckets.push((before, take_varint(&mut rest).ok_or_else(damaged)?));
    }
    Ok(Sketch::from(buckets))
}

/// Nine deciles, or none when they are damaged.
pub(super) fn decode_deciles(bytes: &[u8]) -> Vec<u64> {
    let mut rest = bytes;
    let deciles: Option<Vec<u64>> = (1..10).map(|_| take_varint(&mut rest)).collect();
    deciles.unwrap_or_default()
}

pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sketch_survives_its_bytes(durations in proptest::collection::vec(0..u64::MAX, 0..200)) {
            let mut sketch = Sketch::default();
            durations.iter().for_each(|&duration| sketch.add(duration));
            prop_assert_eq!(decode(&encode(&sketch)).expect("its own bytes"), sketch);
        }

        #[test]
        fn bytes_of_any_kind_are_a_sketch_or_an_error(bytes: Vec<u8>) {
            let _ = decode(&bytes);
            prop_assert!(matches!(decode_deciles(&bytes).len(), 0 | 9));
        }
    }
}
