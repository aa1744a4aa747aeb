//! The critical paths in the answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cancel::{Cancel, Cancelled};
use crate::spans::{CriticalPath, OperationTime, SpanForest, critical_paths};

/// Paths listed: those of the longest roots of each trace come first.
pub const PATHS_LISTED: usize = 1_000;

/// Where the time of the roots went.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CriticalPathAnswer {
    /// Exclusive time on the path of each trace's longest root, in microseconds by `[service] operation`: of the
    /// partition, or as CRISP counts.
    pub exclusive_us: BTreeMap<String, i64>,
    /// In the order of the traces; of a trace, the longest root first.
    pub paths: Vec<PathAnswer>,
    /// How many there are; more than listed when above [`PATHS_LISTED`].
    pub paths_total: u64,
    /// Server spans that were moved into their client spans.
    pub shifted_spans: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PathAnswer {
    pub trace: String,
    /// Of the root.
    pub span: String,
    pub service: String,
    pub operation: String,
    pub duration_ns: u64,
    pub spans: u64,
    /// Spans outside their parents, left out with all below them.
    pub dropped_spans: u64,
    /// What ran after the root's end, which is part of no figure here.
    pub after_root_ns: u64,
    pub exclusive_us: BTreeMap<String, i64>,
    /// Most exclusive time first.
    pub operations: Vec<OperationAnswer>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationAnswer {
    pub service: String,
    pub operation: String,
    pub calls: u64,
    pub calls_on_path: u64,
    /// Its own time on the path.
    pub exclusive_ns: u64,
    /// That over the root's duration.
    pub share: f64,
    /// The durations of its spans, on the path or not.
    pub total_work_ns: u64,
    /// How much sooner the root had ended, had it taken half; absent when not computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_if_half_ns: Option<u64>,
}

/// The paths of some traces, each with its id. With `crisp`, exclusive times are CRISP's.
pub fn answer(traces: &[(String, SpanForest)], crisp: bool, cancel: &Cancel) -> Result<CriticalPathAnswer, Cancelled> {
    let mut answer = CriticalPathAnswer::default();
    for (trace, forest) in traces {
        let found = critical_paths(forest, cancel)?;
        answer.shifted_spans += found.shifts.len() as u64;
        answer.paths_total += found.paths.len() as u64;
        for (at, path) in found.paths.iter().enumerate() {
            let longest = at == 0;
            if !longest && answer.paths.len() >= PATHS_LISTED {
                break;
            }
            let listed = of_path(trace, forest, path, crisp);
            if longest {
                for (operation, us) in &listed.exclusive_us {
                    *answer.exclusive_us.entry(operation.clone()).or_default() += us;
                }
            }
            if answer.paths.len() < PATHS_LISTED {
                answer.paths.push(listed);
            }
        }
    }
    Ok(answer)
}

fn of_path(trace: &str, forest: &SpanForest, path: &CriticalPath, crisp: bool) -> PathAnswer {
    let root = &forest.spans[path.root as usize];
    PathAnswer {
        trace: trace.to_owned(),
        span: forest.ids[path.root as usize].clone(),
        service: forest.services[root.service as usize].clone(),
        operation: forest.operations[root.operation as usize].clone(),
        duration_ns: path.duration_ns,
        spans: u64::from(path.spans),
        dropped_spans: u64::from(path.dropped),
        after_root_ns: path.after_root.lasted_ns,
        exclusive_us: if crisp { path.crisp(forest) } else { partition_us(forest, path) },
        operations: path.operations.iter().map(|row| of_operation(forest, row)).collect(),
    }
}

fn partition_us(forest: &SpanForest, path: &CriticalPath) -> BTreeMap<String, i64> {
    let on_path = path.operations.iter().filter(|row| row.calls_on_path > 0);
    on_path
        .map(|row| {
            (forest.label(row.service, row.operation), i64::try_from(row.exclusive_ns / 1_000).unwrap_or(i64::MAX))
        })
        .collect()
}

fn of_operation(forest: &SpanForest, row: &OperationTime) -> OperationAnswer {
    OperationAnswer {
        service: forest.services[row.service as usize].clone(),
        operation: forest.operations[row.operation as usize].clone(),
        calls: row.calls,
        calls_on_path: row.calls_on_path,
        exclusive_ns: row.exclusive_ns,
        share: row.share,
        total_work_ns: row.total_work_ns,
        saved_if_half_ns: row.saved_if_half_ns,
    }
}
