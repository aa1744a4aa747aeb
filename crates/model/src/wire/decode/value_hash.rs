//! 64-bit hashes of JSON values, equal for equal values, the same in every run and build.

use crate::redact;

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// The hash of a value, never 0; 0 when the text is not the whole value, because part of it was redacted
/// or cut: such a value equals nothing.
///
/// FNV-1a over the value's canonical text: no spaces, keys sorted, escapes only where needed.
pub(super) fn value_hash(json: &str) -> u64 {
    if redact::is_incomplete(json) {
        return 0;
    }
    let hash = if is_canonical(json) {
        fnv1a(json.as_bytes())
    } else {
        match serde_json::from_str::<serde_json::Value>(json) {
            Ok(mut value) => {
                value.sort_all_objects();
                fnv1a(value.to_string().as_bytes())
            }
            Err(_) => fnv1a(json.as_bytes()),
        }
    };
    hash.max(1)
}

/// Whether the text surely is its value's canonical text: words, short whole numbers, plain strings.
fn is_canonical(json: &str) -> bool {
    let bytes = json.as_bytes();
    match bytes.first() {
        Some(b'"') => !json.contains('\\'),
        Some(b'-') => false,
        Some(b'0'..=b'9') => bytes.len() <= 18 && bytes.iter().all(u8::is_ascii_digit),
        Some(b't' | b'f' | b'n') => true,
        _ => false,
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(FNV_OFFSET, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a_and_stays_so() {
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn equal_values_have_equal_hashes_however_they_are_written() {
        for (one, other) in [
            ("1", "1"),
            (r#"{"b":1,"a":[1,2]}"#, "{ \"a\" : [1, 2],\n\"b\":1}"),
            (r#""é/""#, r#""\u00e9\/""#),
            (r#"{"o":{"y":1,"x":2}}"#, r#"{"o":{"x":2,"y":1}}"#),
            ("1.50", "1.5"),
        ] {
            assert_eq!(value_hash(one), value_hash(other), "{one}");
        }
        for (one, other) in [("1", "\"1\""), ("null", "\"null\""), ("[1,2]", "[2,1]"), ("{}", "[]"), ("-1", "1")] {
            assert_ne!(value_hash(one), value_hash(other), "{one}");
        }
    }

    #[test]
    fn a_value_that_is_not_whole_has_no_hash() {
        assert_eq!(value_hash(r#"{"a":"[redacted]"}"#), 0);
        assert_eq!(value_hash("\"long…[cut]\""), 0);
    }
}
