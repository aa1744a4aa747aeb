//! Values that must never be stored: what stands under the name of a secret is replaced by
//! [`REDACTED`] before anything is written.
//!
//! A name is secret when it equals a listed one, in any case, its words joined by `-`, by `_` or by
//! nothing (`api-key`, `API_KEY`, `apiKey`). Replaced are the values of such keys at any depth of a JSON
//! text (a whole array or object as one; `null` stays, it hides nothing), and inside strings what
//! follows `name=` (queries of URLs, form bodies, connection strings) and the password of
//! `scheme://user:password@host`. JSON written inside a string is not looked into, nor are the literals
//! of SQL.

mod assignment;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::limits;
use crate::wire::json_text::{next_string, push_string, string_text, value_after_key, value_end};

/// Stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// The names looked for when nothing else is configured.
pub const DEFAULT_NAMES: &[&str] = &[
    "access-key",
    "access-token",
    "api-key",
    "auth-token",
    "authorization",
    "aws-secret-access-key",
    "client-secret",
    "cookie",
    "credential",
    "credentials",
    "csrf-token",
    "encryption-key",
    "id-token",
    "passphrase",
    "passwd",
    "password",
    "private-key",
    "proxy-authorization",
    "pwd",
    "refresh-token",
    "secret",
    "secret-access-key",
    "secret-key",
    "session-token",
    "set-cookie",
    "signing-key",
    "token",
    "x-access-token",
    "x-amz-security-token",
    "x-api-key",
    "x-auth-token",
    "x-csrf-token",
    "x-raceway-key",
    "x-xsrf-token",
];

/// Escapes of ASCII characters, by which a name could be spelled differently, and of surrogates, which
/// may stand alone.
const SUSPICIOUS_ESCAPES: &[&str] = &[
    "\\u002", "\\u003", "\\u004", "\\u005", "\\u006", "\\u007", "\\ud8", "\\ud9", "\\uda", "\\udb", "\\udc", "\\udd",
    "\\ude", "\\udf",
];

static DEFAULT: LazyLock<Redactor> = LazyLock::new(|| Redactor::new(DEFAULT_NAMES));

/// A list of secret names, ready to be looked for.
#[derive(Debug, Clone)]
pub struct Redactor {
    /// Lower-case, in each of the three ways to join words.
    names: HashSet<String>,
    /// Finds every text that holds a name or could hide one; `None` when it could not be built, then
    /// every text is looked through.
    scan: Option<AhoCorasick>,
}

impl Default for Redactor {
    fn default() -> Self {
        DEFAULT.clone()
    }
}

impl Redactor {
    pub fn new<Name: AsRef<str>>(names: impl IntoIterator<Item = Name>) -> Self {
        let names: HashSet<String> = names.into_iter().flat_map(|name| spellings(name.as_ref())).collect();
        // A name that contains another is found by the shorter one.
        let shortest =
            names.iter().filter(|name| !names.iter().any(|other| other != *name && name.contains(other.as_str())));
        let scan = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(shortest.map(String::as_str).chain(SUSPICIOUS_ESCAPES.iter().copied()))
            .ok();
        Self { names, scan }
    }

    /// The shared redactor of [`DEFAULT_NAMES`].
    pub fn standard() -> &'static Self {
        &DEFAULT
    }

    /// Whether the value under this name is secret.
    pub fn is_secret(&self, name: &str) -> bool {
        self.names.contains(name) || self.names.contains(&name.to_ascii_lowercase())
    }

    /// Whether the last part of a path (`user.password`, `config["token"]`) is the name of a secret.
    pub fn is_secret_path(&self, path: &str) -> bool {
        let end = path.trim_end_matches(|c: char| !assignment::is_name(c));
        let last = end.rsplit(|c: char| !assignment::is_name(c)).next().unwrap_or_default();
        !last.is_empty() && self.is_secret(last)
    }

    /// Whether a JSON text may hold a secret; false is certain. O(length), at the speed of a scan.
    pub fn may_hold_secret(&self, json: &str) -> bool {
        self.scan.as_ref().is_none_or(|scan| scan.is_match(json)) || (json.contains('@') && json.contains("://"))
    }

    /// The valid JSON text without its secrets and with strings cut to [`limits::STRING_BYTES`], verbatim
    /// otherwise. The values of the keys in `also` count as secret. Borrowed when nothing had to change.
    pub fn clean<'a>(&self, json: &'a str, also: &[&str]) -> Cow<'a, str> {
        let mut out = Vec::new();
        let (mut at, mut copied) = (0, 0);
        while let Some(token) = next_string(json, at) {
            at = token.end;
            let text = string_text(json, token);
            if let Some(value_begin) = value_after_key(json, token.end) {
                if text.len() > limits::STRING_BYTES {
                    out.extend_from_slice(&json.as_bytes()[copied..token.begin]);
                    push_string(&mut out, &limits::cut(&text, limits::STRING_BYTES));
                    copied = token.end;
                }
                let value = &json[value_begin..value_end(json, value_begin)];
                if (self.is_secret(&text) || also.contains(&text.as_ref())) && value != "null" {
                    out.extend_from_slice(&json.as_bytes()[copied..value_begin]);
                    push_string(&mut out, REDACTED);
                    copied = value_begin + value.len();
                    at = copied;
                }
                continue;
            }
            let redacted = assignment::redact(self, &text);
            let cut = limits::cut(&redacted, limits::STRING_BYTES);
            if *cut != *text {
                out.extend_from_slice(&json.as_bytes()[copied..token.begin]);
                push_string(&mut out, &cut);
                copied = token.end;
            }
        }
        if copied == 0 {
            return json.into();
        }
        out.extend_from_slice(&json.as_bytes()[copied..]);
        // Cut at the borders of tokens of a text, so it is text; were it not, nothing of it is shown.
        String::from_utf8(out).map_or(Cow::Borrowed("null"), Cow::Owned)
    }
}

/// Whether JSON text holds something that [`Redactor::clean`] put there, so that it is not all that was
/// sent.
pub(crate) fn is_incomplete(json: &str) -> bool {
    json.contains(REDACTED) || json.contains(limits::CUT_MARK)
}

fn spellings(name: &str) -> [String; 3] {
    let lower = name.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['-', '_']).filter(|word| !word.is_empty()).collect();
    [words.concat(), words.join("-"), words.join("_")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn cleaned(value: &Value) -> Value {
        serde_json::from_str(&Redactor::standard().clean(&value.to_string(), &[])).expect("JSON stays JSON")
    }

    #[test]
    fn values_under_secret_names_are_replaced_at_any_depth() {
        let sent = json!({
            "headers": {"Authorization": "Bearer k1", "X-Api-Key": "k2", "accept": "*/*"},
            "args": [{"user": {"password": "p", "apiKey": ["a", {"b": 1}], "refresh_token": null, "tokens": 3}}],
            "client_secret": {"a": "b"},
            "PRIVATE-KEY": 17,
        });
        assert_eq!(
            cleaned(&sent),
            json!({
                "headers": {"Authorization": REDACTED, "X-Api-Key": REDACTED, "accept": "*/*"},
                "args": [{"user": {"password": REDACTED, "apiKey": REDACTED, "refresh_token": null, "tokens": 3}}],
                "client_secret": REDACTED,
                "PRIVATE-KEY": REDACTED,
            })
        );
    }

    #[test]
    fn text_without_secrets_is_left_as_it_was_written() {
        let text = "{ \"n\" : 123456789012345678901234567890.10, \"s\":\"\\u00e9 \\/\" , \"list\":[ 1,2 ] }";
        assert!(matches!(Redactor::standard().clean(text, &[]), Cow::Borrowed(same) if same == text));
        assert_eq!(
            Redactor::standard().clean("{\"n\" : 1.10, \"token\" : {\"a\":\"}\"} , \"m\":2}", &[]),
            "{\"n\" : 1.10, \"token\" : \"[redacted]\" , \"m\":2}"
        );
    }

    #[test]
    fn a_name_spelled_with_escapes_is_still_a_name() {
        let text = r#"{"pass\u0077ord":"hunter2"}"#;
        assert!(Redactor::standard().may_hold_secret(text));
        assert!(!Redactor::standard().clean(text, &[]).contains("hunter2"));
    }

    #[test]
    fn the_last_part_of_a_path_decides() {
        let redactor = Redactor::standard();
        for path in ["password", "user.password", "config[\"api_key\"]", "env['TOKEN']", "a/b/secret"] {
            assert!(redactor.is_secret_path(path), "{path}");
        }
        for path in ["", "passwords", "token.count", "balance", "..."] {
            assert!(!redactor.is_secret_path(path), "{path}");
        }
    }

    #[test]
    fn own_names_replace_the_standard_ones() {
        let redactor = Redactor::new(["Card-Number"]);
        assert_eq!(redactor.clean(r#"{"cardnumber":1,"token":2}"#, &[]), r#"{"cardnumber":"[redacted]","token":2}"#);
        assert!(redactor.may_hold_secret("card_number=1") && !redactor.may_hold_secret("token"));
    }

    #[test]
    fn long_strings_and_keys_are_cut_and_marked() {
        let long = "é".repeat(limits::STRING_BYTES);
        let value = cleaned(&json!({ "text": long, long.clone(): 1 }));
        for text in value.as_object().expect("an object").keys().map(String::as_str).chain(value["text"].as_str()) {
            assert!(text == "text" || (text.len() <= limits::STRING_BYTES && text.ends_with(limits::CUT_MARK)));
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), "(?s).{0,12}".prop_map(Value::from)];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::hash_map("[a-zé\"]{0,5}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_secret_never_survives_wherever_it_stands(
            around in any_json(),
            hidden in any_json(),
            name in proptest::sample::select(DEFAULT_NAMES),
            upper: bool,
            depth in 0_usize..6,
        ) {
            const NEEDLE: &str = "hunter2-is-the-secret";
            let name = if upper { name.to_ascii_uppercase() } else { name.replace('-', "_") };
            let mut value = json!({ "before": around.clone(), name: [hidden, NEEDLE], "after": around });
            for level in 0..depth {
                value = if level % 2 == 0 { json!([0, value]) } else { json!({ "in": value }) };
            }
            let text = value.to_string();
            let redactor = Redactor::standard();
            prop_assert!(redactor.may_hold_secret(&text));
            let clean = redactor.clean(&text, &[]);
            prop_assert!(!clean.contains(NEEDLE), "{clean}");
            prop_assert!(serde_json::from_str::<Value>(&clean).is_ok());
            let again = redactor.clean(&clean, &[]);
            prop_assert_eq!(&*again, &*clean);
        }

        #[test]
        fn what_the_scan_lets_pass_needs_no_cleaning(text in any_json().prop_map(|value| value.to_string())) {
            let redactor = Redactor::standard();
            if !redactor.may_hold_secret(&text) {
                prop_assert_eq!(&*redactor.clean(&text, &[]), &text);
            }
        }

        #[test]
        fn text_that_is_no_json_never_panics(text in "[\"\\\\:{}\\[\\],aé=?&@/token]{0,60}") {
            let _ = Redactor::standard().clean(&text, &[]);
        }
    }
}
