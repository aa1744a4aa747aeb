//! Values of the host program as JSON.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

/// JSON of a value that is longer than this is cut, and then is a text.
const LONGEST: usize = 64 << 10;
const CUT_MARK: &str = "…[cut]";

/// A value, already serialised.
pub(crate) type Json = Box<RawValue>;

/// Serialises `value`. One that cannot be serialised becomes a text that says so: recording never
/// fails the host program.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Json {
    match to_raw_value(value) {
        Ok(json) if json.get().len() <= LONGEST => json,
        Ok(json) => {
            let text = json.get();
            let end = text.floor_char_boundary(LONGEST);
            text_json(&format!("{}{CUT_MARK}", &text[..end]))
        }
        Err(error) => text_json(&format!("[not serialisable: {error}]")),
    }
}

fn text_json(text: &str) -> Json {
    to_raw_value(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_and_bad_ones_are_named() {
        assert_eq!(json(&[1, 2]).get(), "[1,2]");
        let cut = json(&"é".repeat(LONGEST));
        assert!(cut.get().len() < LONGEST + 100 && cut.get().contains("[cut]"));
        let by_pairs = std::collections::HashMap::from([((1, 2), 3)]);
        assert!(json(&by_pairs).get().starts_with("\"[not serialisable"));
    }
}
