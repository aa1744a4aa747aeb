//! What each span itself had to do with its trace's time and failure.

use crate::spans::{CriticalPaths, SpanForest};

/// The part of one span that was not handed up to it from below.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnPart {
    /// Its exclusive time on a critical path: what the root waited for it alone.
    pub self_ns: u64,
    /// It failed, and none of its children did.
    pub failed: bool,
}

/// By span. O(N).
pub fn own_parts(forest: &SpanForest, paths: &CriticalPaths) -> Vec<OwnPart> {
    let mut parts: Vec<OwnPart> = forest.spans.iter().map(|span| OwnPart { self_ns: 0, failed: span.failed }).collect();
    for span in forest.spans.iter().filter(|span| span.failed) {
        if let Some(parent) = span.parent {
            parts[parent as usize].failed = false;
        }
    }
    for segment in paths.paths.iter().flat_map(|path| &path.segments) {
        parts[segment.span as usize].self_ns += segment.end_ns.abs_diff(segment.start_ns);
    }
    parts
}
