//! JSON that is carried and shown, not understood.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::value::RawValue;

/// A JSON value as its text. Written as JSON it is the value itself; in binary forms it is a string, so that
/// the browser needs no reader of JSON to show it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = serde_json::Value))]
pub struct JsonText(String);

impl JsonText {
    pub fn null() -> Self {
        Self("null".to_owned())
    }

    /// The text itself when it is JSON; else a JSON string that holds it. O(length).
    pub fn new(text: &str) -> Self {
        match serde_json::from_str::<&RawValue>(text) {
            Ok(value) => Self(value.get().to_owned()),
            Err(_) => Self(serde_json::Value::from(text).to_string()),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Null, `{}` or `[]`: nothing worth showing.
    pub fn is_empty(&self) -> bool {
        matches!(self.0.as_str(), "null" | "{}" | "[]")
    }

    /// With a line and an indentation of two spaces for every element. O(length · depth).
    pub fn pretty(&self) -> String {
        let mut out = String::with_capacity(self.0.len() * 2);
        let mut depth = 0_usize;
        let mut in_string = false;
        let mut is_escaped = false;
        let mut chars = self.0.chars().peekable();
        while let Some(char) = chars.next() {
            if in_string {
                out.push(char);
                in_string = is_escaped || char != '"';
                is_escaped = char == '\\' && !is_escaped;
                continue;
            }
            match char {
                ' ' | '\n' | '\r' | '\t' => {}
                '{' | '[' => {
                    out.push(char);
                    while chars.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                    if let Some(close) = chars.next_if(|&next| next == '}' || next == ']') {
                        out.push(close);
                    } else {
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
                '}' | ']' => {
                    depth = depth.saturating_sub(1);
                    new_line(&mut out, depth);
                    out.push(char);
                }
                ',' => {
                    out.push(char);
                    new_line(&mut out, depth);
                }
                ':' => out.push_str(": "),
                _ => {
                    out.push(char);
                    in_string = char == '"';
                }
            }
        }
        out
    }
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    (0..depth).for_each(|_| out.push_str("  "));
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let value: &RawValue = serde_json::from_str(&self.0).map_err(ser::Error::custom)?;
            value.serialize(serializer)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Box::<RawValue>::deserialize(deserializer).map(|value| Self(value.get().to_owned()))
        } else {
            String::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..5).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_laid_out_as_serde_json_does_it(value in value()) {
            let expected = serde_json::to_string_pretty(&value).unwrap();
            prop_assert_eq!(JsonText::new(&value.to_string()).pretty(), expected.as_str());
            prop_assert_eq!(JsonText::new(&expected).pretty(), expected);
        }

        #[test]
        fn it_survives_json_and_binary(value in value()) {
            let text = JsonText::new(&value.to_string());
            let back: JsonText = postcard::from_bytes(&postcard::to_allocvec(&text).unwrap()).unwrap();
            prop_assert_eq!(&back, &text);
            let back: JsonText = serde_json::from_str(&serde_json::to_string(&text).unwrap()).unwrap();
            prop_assert_eq!(back, text);
        }

        #[test]
        fn whatever_is_no_json_is_shown_as_it_is(text in ".*") {
            let shown: Value = serde_json::from_str(JsonText::new(&text).as_str()).unwrap();
            prop_assert!(shown == text.as_str() || serde_json::from_str::<Value>(&text).is_ok());
        }
    }

    #[test]
    fn in_json_it_is_the_value_itself() {
        #[derive(Serialize)]
        struct Holder {
            body: JsonText,
        }
        let holder = Holder { body: JsonText::new(r#"{"a": [1, 2]}"#) };
        assert_eq!(serde_json::to_value(&holder).unwrap(), json!({"body": {"a": [1, 2]}}));
    }
}
