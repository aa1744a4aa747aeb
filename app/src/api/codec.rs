//! How answers travel to the browser: in a compact binary form, whose readers are a fraction of JSON's.
//! People and programs ask `/api`, which answers in JSON.

use leptos::server::codee::{Decoder, Encoder};
use leptos::server_fn::codec::Postcard;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a server function answers with.
pub type Compact = Postcard;

/// How answers lie in a page rendered by the server.
pub struct InPage;

impl<T: Serialize> Encoder<T> for InPage {
    type Error = postcard::Error;
    type Encoded = Vec<u8>;

    fn encode(value: &T) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for InPage {
    type Error = postcard::Error;
    type Encoded = [u8];

    fn decode(bytes: &[u8]) -> Result<T, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}

/// An answer to one of the questions of this module, that the page waits for.
pub type Answered<T> = leptos::prelude::Resource<T, InPage>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::AppError;

    #[test]
    fn what_the_server_writes_the_browser_reads() {
        let answer: Result<Vec<String>, AppError> = Ok(vec!["é</script>".to_owned()]);
        let bytes = InPage::encode(&answer).expect("encodes");
        assert_eq!(InPage::decode(&bytes).ok(), Some(answer));
    }
}
