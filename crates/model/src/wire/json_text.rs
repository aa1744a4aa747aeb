//! Work on the text of JSON that a parser has already accepted, without building a tree.
//!
//! Invariant: every function here is handed valid JSON, takes linear time and never recurses; on other
//! input the result means nothing, but nothing panics.

use std::borrow::Cow;

/// A string token with its quotes: `json[begin..end]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StringToken {
    pub begin: usize,
    pub end: usize,
}

/// The first string at or after `from`, which lies outside of strings.
pub(crate) fn next_string(json: &str, from: usize) -> Option<StringToken> {
    let begin = from + json.get(from..)?.find('"')?;
    Some(StringToken { begin, end: string_end(json.as_bytes(), begin) })
}

/// The position after the string whose opening quote is at `begin`.
fn string_end(bytes: &[u8], begin: usize) -> usize {
    let mut at = begin + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn skip_whitespace(bytes: &[u8], from: usize) -> usize {
    let blank = bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    from + blank
}

/// Where the value begins when the string that ends at `string_end` is a key; `None` when it is a value.
pub(crate) fn value_after_key(json: &str, string_end: usize) -> Option<usize> {
    let bytes = json.as_bytes();
    let colon = skip_whitespace(bytes, string_end);
    (bytes.get(colon) == Some(&b':')).then(|| skip_whitespace(bytes, colon + 1))
}

/// The position after the value that begins at `begin`.
pub(crate) fn value_end(json: &str, begin: usize) -> usize {
    let bytes = json.as_bytes();
    match bytes.get(begin) {
        Some(b'"') => string_end(bytes, begin),
        Some(b'{' | b'[') => {
            let mut depth = 0_usize;
            let mut at = begin;
            while let Some(&byte) = bytes.get(at) {
                at += 1;
                match byte {
                    b'"' => at = string_end(bytes, at - 1),
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            return at;
                        }
                    }
                    _ => {}
                }
            }
            bytes.len()
        }
        _ => {
            let rest = bytes.get(begin..).unwrap_or_default();
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
            begin + rest.iter().position(ends).unwrap_or(rest.len())
        }
    }
}

/// What a string token says. Borrowed when it has no escape.
pub(crate) fn string_text(json: &str, token: StringToken) -> Cow<'_, str> {
    let quoted = json.get(token.begin..token.end).unwrap_or_default();
    let inside = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    if !inside.contains('\\') {
        return inside.into();
    }
    match serde_json::from_str::<String>(quoted) {
        Ok(text) => text.into(),
        Err(_) => inside.into(),
    }
}

/// Appends `text` as a JSON string.
pub(crate) fn push_string(out: &mut Vec<u8>, text: &str) {
    let plain = text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    out.push(b'"');
    if plain {
        out.extend_from_slice(text.as_bytes());
    } else {
        for byte in text.bytes() {
            match byte {
                b'"' => out.extend_from_slice(b"\\\""),
                b'\\' => out.extend_from_slice(b"\\\\"),
                b'\n' => out.extend_from_slice(b"\\n"),
                b'\r' => out.extend_from_slice(b"\\r"),
                b'\t' => out.extend_from_slice(b"\\t"),
                0..0x20 => {
                    const HEX: &[u8; 16] = b"0123456789abcdef";
                    out.extend_from_slice(b"\\u00");
                    out.push(HEX[usize::from(byte >> 4)]);
                    out.push(HEX[usize::from(byte & 15)]);
                }
                _ => out.push(byte),
            }
        }
    }
    out.push(b'"');
}

/// Whether arrays and objects nest deeper than `limit`.
pub(crate) fn nests_deeper(json: &str, limit: usize) -> bool {
    let bytes = json.as_bytes();
    let openings = bytes.iter().filter(|&&byte| byte == b'{' || byte == b'[').count();
    if openings <= limit {
        return false;
    }
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => at = string_end(bytes, at - 1),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

/// The text with each escaped half of a surrogate pair that stands alone replaced by U+FFFD; `None` when
/// there is no such half. JavaScript strings may hold them and its clients send them, but no string of
/// ours can.
pub(crate) fn repair_surrogates(json: &str) -> Option<String> {
    let bytes = json.as_bytes();
    let mut repaired = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(found) = json.get(at..).and_then(|rest| rest.find('\\')) {
        let escape = at + found;
        at = match code_unit(bytes, escape) {
            Some(0xD800..=0xDBFF) if matches!(code_unit(bytes, escape + 6), Some(0xDC00..=0xDFFF)) => escape + 12,
            Some(0xD800..=0xDFFF) => {
                repaired.push_str(&json[copied..escape]);
                repaired.push_str("\\ufffd");
                copied = escape + 6;
                copied
            }
            Some(_) => escape + 6,
            // The escaped character may have several bytes only in text that is no JSON.
            None => (escape + 2..=json.len()).find(|&at| json.is_char_boundary(at)).unwrap_or(json.len()),
        };
    }
    if copied == 0 {
        return None;
    }
    repaired.push_str(&json[copied..]);
    Some(repaired)
}

/// The number in the escape `\uXXXX` at `at`.
fn code_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let digits = bytes.get(at..)?.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_kept() {
        for (json, expected) in [
            (r#""\ud83d\ude00""#, None),
            (r#""\\ud83d""#, None),
            (r#""plain é \u00e9""#, None),
            (r#""\ud83d""#, Some(r#""\ufffd""#)),
            (r#""a\ude00\uD83Db""#, Some(r#""a\ufffd\ufffdb""#)),
            (r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
        ] {
            assert_eq!(repair_surrogates(json).as_deref(), expected, "{json}");
        }
    }

    #[test]
    fn depth_is_counted_outside_of_strings() {
        let deep = format!("{}{}", "[".repeat(101), "]".repeat(101));
        assert!(nests_deeper(&deep, 100));
        assert!(!nests_deeper(&deep, 101));
        assert!(!nests_deeper(&format!("\"{deep}\""), 100));
        assert!(!nests_deeper(&"[],".repeat(200), 100));
    }

    #[test]
    fn the_end_of_any_value_is_found() {
        for value in [r#""a\"]""#, r#"{"a":[1,"}"],"b":{}}"#, "[]", "-1.5e3", "null"] {
            for tail in [",1", "]", "}", " ,"] {
                assert_eq!(value_end(&format!("{value}{tail}"), 0), value.len(), "{value}{tail}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_string_survives_its_json(text in "(?s).{0,40}") {
            let mut json = Vec::new();
            push_string(&mut json, &text);
            let json = String::from_utf8(json).expect("JSON is UTF-8");
            prop_assert_eq!(&serde_json::from_str::<String>(&json).expect("a JSON string"), &text);
            let token = next_string(&json, 0).expect("a string");
            prop_assert_eq!(token, StringToken { begin: 0, end: json.len() });
            prop_assert_eq!(string_text(&json, token), text);
        }

        #[test]
        fn text_that_is_no_json_never_panics(text in "[\"\\\\u{}\\[\\],:dé8 ]{0,40}", from in 0_usize..50) {
            let _ = (repair_surrogates(&text), nests_deeper(&text, 2), value_end(&text, from));
            if let Some(token) = next_string(&text, from) {
                let _ = (string_text(&text, token), value_after_key(&text, token.end));
            }
        }
    }
}
