//! Which events of a commit were slow for their operations.

use std::sync::Arc;

use analysis::baselines::{Baseline, Severity, Thresholds};
use hashbrown::HashMap;
use model::EventId;

use super::measure::Measured;
use super::operations::{Operation, OperationId};
use super::sketch_bytes::put_varint;
use super::{Learned, WINDOW};

/// Baselines that are remembered.
const REMEMBERED: usize = 20_000;

/// A row of `slow_event`.
#[derive(Debug)]
pub(super) struct Slow {
    pub trace: i64,
    pub event: EventId,
    pub operation: OperationId,
    pub started: i64,
    pub duration: u64,
    pub expected: u64,
    pub score: f64,
    /// As stored.
    pub severity: i64,
    pub learned: u64,
    pub deciles: Vec<u8>,
}

/// What was usual for an operation before a second.
struct Usual {
    baseline: Baseline,
    least_flagged: u64,
    /// As stored.
    deciles: Vec<u8>,
}

/// By operation and second. What was learned before a second never changes, so nothing here goes stale.
#[derive(Default)]
pub(super) struct Usuals(HashMap<(OperationId, i64), Option<Arc<Usual>>>);

impl Usuals {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// O(events), and O(window) for each baseline that is not remembered.
pub(super) fn slow_events(
    measured: &Measured<'_>,
    operations: &[Operation],
    learned: &mut Learned,
    thresholds: &Thresholds,
) -> Vec<Slow> {
    let mut slow = Vec::new();
    if learned.usuals.0.len() > REMEMBERED {
        learned.usuals.clear();
    }
    for event in &measured.events {
        let Some(operation) = operations.get(event.batch).filter(|operation| !operation.is_rest) else { continue };
        let baselines = &learned.baselines;
        let usual = learned.usuals.0.entry((operation.id, WINDOW.slice(event.received))).or_insert_with(|| {
            let sketch = baselines.learned_before(&operation.id, event.received)?;
            let baseline = Baseline::of(&sketch)?;
            let mut deciles = Vec::new();
            for tenth in 1..10 {
                put_varint(&mut deciles, sketch.quantile(f64::from(tenth) / 10.0)?.round() as u64);
            }
            Some(Arc::new(Usual { baseline, least_flagged: baseline.least_flagged_ns(thresholds), deciles }))
        });
        let Some(usual) = usual.as_ref().filter(|usual| event.duration >= usual.least_flagged) else { continue };
        let Some(assessment) = usual.baseline.assess(event.duration, thresholds) else { continue };
        let Some(severity) = assessment.severity else { continue };
        slow.push(Slow {
            trace: event.trace,
            event: event.row.id,
            operation: operation.id,
            started: event.row.start.0,
            duration: event.duration,
            expected: assessment.expected_ns.round() as u64,
            score: assessment.score,
            severity: match severity {
                Severity::Minor => 1,
                Severity::Warning => 2,
                Severity::Critical => 3,
            },
            learned: usual.baseline.count,
            deciles: usual.deciles.clone(),
        });
    }
    slow
}
