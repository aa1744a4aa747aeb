//! The proof of a claim: how far each thread ran, and in which order.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A schedule after which everything claimed is enabled at once.
///
/// `threads` says how many operations of each thread are taken, by its name; threads not named took none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    pub threads: BTreeMap<String, u32>,
    pub segments: Segments,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Segments {
    /// `"recorded"`: the prefixes in the recorded order.
    Recorded(Recorded),
    /// Runs of one thread: its name and how many operations it takes.
    Runs(Vec<(String, u32)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recorded {
    #[serde(rename = "recorded")]
    Recorded,
}
