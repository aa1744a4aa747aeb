//! How answers that came with the page are read: from bytes, like those that come later.
//!
//! It says the same as leptos's own JSON codec, but that one reads from text, and every reader of JSON
//! is another copy of the code for every type in the WASM.

use leptos::server::codee::{Decoder, Encoder};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub struct JsonBytes;

impl<T: Serialize> Encoder<T> for JsonBytes {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(value: &T) -> Result<String, serde_json::Error> {
        serde_json::to_string(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for JsonBytes {
    type Error = serde_json::Error;
    type Encoded = str;

    fn decode(text: &str) -> Result<T, serde_json::Error> {
        serde_json::from_slice(text.as_bytes())
    }
}

/// An answer to one of the questions of this module, that the page waits for.
pub type Answered<T> = leptos::prelude::Resource<T, JsonBytes>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::AppError;

    #[test]
    fn what_the_server_writes_the_browser_reads() {
        let answer: Result<Vec<String>, AppError> = Ok(vec!["é</script>".to_owned()]);
        let text = JsonBytes::encode(&answer).expect("encodes");
        assert_eq!(JsonBytes::decode(&text).ok(), Some(answer));
    }
}
