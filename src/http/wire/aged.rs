//! The envelope of an answer that may be older than the newest commit.

use model::Head;
use serde::Serialize;

#[derive(Serialize)]
pub struct AgedEnvelope<T> {
    success: bool,
    data: T,
    error: Option<&'static str>,
    as_of_seq: u64,
}

impl<T> AgedEnvelope<T> {
    pub fn new(data: T, as_of: Head) -> Self {
        Self { success: true, data, error: None, as_of_seq: as_of.seq.0 }
    }
}
