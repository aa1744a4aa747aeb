//! The HTTP contract's JSON: batches in, events and answers out.

mod analysis;
mod answer;
mod decode;
mod encode;
mod global;
pub(crate) mod json_text;
mod paths;
mod payload;
mod timestamp;

pub use analysis::{RaceDetail, TraceAnalysis, WireAnomalies, WireAnomaly};
pub use answer::*;
pub use decode::{BatchError, Decoded, MAX_REJECTED_LISTED, Rejected, decode_batch, decode_batch_with};
pub use encode::write_event;
pub use global::{GlobalAnalysis, GlobalRaceDetail, GlobalRaceList, RacingVariable};
pub use paths::{AuditTrails, CriticalPath, PathEvent, VariableAccess, VariableTrail};
pub use payload::{Payload, PayloadError};
