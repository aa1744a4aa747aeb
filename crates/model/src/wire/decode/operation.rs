//! What an event is called in lists and baselines: the same work gets the same name.

use crate::limits;

/// Longest name made of a query's words.
const QUERY_NAME_BYTES: usize = 64;
const QUERY_WORDS: usize = 4;
/// From here on hex digits, one decimal digit among them, are an id and no word.
const LONG_HEX: usize = 8;
/// A segment with this many digits is an id.
const DIGITS_OF_AN_ID: usize = 3;

/// `METHOD path-template`: the URL without scheme, host, query and fragment, ids replaced by `:id`.
pub(super) fn request(method: &str, url: &str) -> String {
    let path = path_of(url);
    let mut name = method.to_ascii_uppercase();
    name.push(' ');
    for (segment_idx, segment) in path.split('/').enumerate() {
        if segment_idx > 0 {
            name.push('/');
        }
        name.push_str(if is_id(segment) { ":id" } else { segment });
        if name.len() > limits::NAME_BYTES {
            break;
        }
    }
    name
}

fn path_of(url: &str) -> &str {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = &url[..end];
    let after_scheme = url.split_once("://").map(|(_, rest)| rest).or_else(|| url.strip_prefix("//"));
    let path = match after_scheme {
        Some(rest) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => url,
    };
    if path.is_empty() { "/" } else { path }
}

/// Numbers, UUIDs, long hex, and whatever has three digits or more.
fn is_id(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let (mut digits, mut at) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        // The digits of an escaped character are not the segment's own.
        at += if byte == b'%' { 3 } else { 1 };
        digits += usize::from(byte.is_ascii_digit());
    }
    let hex = bytes.len() >= LONG_HEX && bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let number = digits > 0 && digits == bytes.len();
    number || digits >= DIGITS_OF_AN_ID || (hex && digits > 0)
}

/// The first words of a query: keywords and identifiers, no literals, no comments.
pub(super) fn query(text: &str) -> String {
    let mut name = String::new();
    let mut words = 0;
    let mut rest = text;
    while words < QUERY_WORDS {
        let Some(first) = rest.chars().next() else { break };
        if first.is_alphabetic() || first == '_' {
            let len = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
            if name.len() + len + 1 > QUERY_NAME_BYTES {
                break;
            }
            if words > 0 {
                name.push(' ');
            }
            name.push_str(rest[..len].trim_end_matches('.'));
            words += 1;
            rest = &rest[len..];
        } else {
            rest = &rest[skipped(rest, first)..];
        }
    }
    name
}

/// Bytes of what begins `rest` and is no word: a literal, a number, a comment, a mark.
fn skipped(rest: &str, first: char) -> usize {
    let after = |end: Option<usize>, mark: usize| end.map_or(rest.len(), |end| end + mark);
    if first == '\'' {
        after(rest[1..].find('\''), 2)
    } else if rest.starts_with("--") {
        after(rest.find('\n'), 1)
    } else if rest.starts_with("/*") {
        after(rest.find("*/"), 2)
    } else if first.is_ascii_digit() || matches!(first, '$' | ':' | '@' | '%') {
        let mark = first.len_utf8();
        mark + rest[mark..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len() - mark)
    } else {
        first.len_utf8()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_become_templates() {
        for (url, expected) in [
            ("/transfer", "GET /transfer"),
            ("", "GET /"),
            ("http://127.0.0.1:8080", "GET /"),
            ("https://bank.example/api/accounts/17?token=x#top", "GET /api/accounts/:id"),
            ("//host/a", "GET /a"),
            ("/users/b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6/orders", "GET /users/:id/orders"),
            ("/commit/4bf92f3577b34da6", "GET /commit/:id"),
            ("/orders/ord_8841_b", "GET /orders/:id"),
            ("/v1/oauth2/decade/feedface", "GET /v1/oauth2/decade/feedface"),
            ("/caf%C3%A9%20au/lait", "GET /caf%C3%A9%20au/lait"),
            ("/a//b/", "GET /a//b/"),
            ("*", "GET *"),
        ] {
            assert_eq!(request("get", url), expected, "{url}");
        }
    }

    #[test]
    fn queries_are_named_by_their_words_and_not_by_their_values() {
        for (text, expected) in [
            ("SELECT balance FROM accounts WHERE id = 5", "SELECT balance FROM accounts"),
            ("  -- who\n UPDATE \"accounts\" SET balance = 'it''s', x = 1", "UPDATE accounts SET balance"),
            ("/* c */INSERT INTO t (a, b) VALUES ('secret', 2)", "INSERT INTO t a"),
            ("SELECT 'alice', $1, :name, 12e3 FROM `users`", "SELECT FROM users"),
            ("GET user:123", "GET user"),
            ("", ""),
            ("SELECT 'open", "SELECT"),
        ] {
            assert_eq!(query(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn naming_never_panics_and_names_are_short(text in "(?s).{0,200}") {
            let _ = request(&text, &text);
            prop_assert!(query(&text).len() <= QUERY_NAME_BYTES);
        }
    }
}
