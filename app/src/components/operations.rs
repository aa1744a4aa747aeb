//! Operations with their figures, as every table lists them.

use model::analysis::OperationFigures;

use super::sheet::{Cell, Column, Row, column};
use crate::{format, urls};

pub const COLUMNS: [Column; 8] = [
    column("Operation", "cut", "operation", ""),
    column("Service", "wide-only service-cell", "service", ""),
    column("Calls", "num slim", "calls", "Measured in the last hour"),
    column("Errors", "num slim", "errors", "In the last hour"),
    column("p50", "num wide-only", "p50", "Half of the calls took longer"),
    column("p95", "num wide-only", "p95", "One of 20 calls took longer"),
    column("p99", "num", "p99", "One of 100 calls took longer"),
    column("Time in all", "num meter-cell wide-only", "time", "Durations of all its calls together"),
];

/// Durations of all its calls together, in nanoseconds.
pub fn total_nanos(operation: &OperationFigures) -> f64 {
    operation.latency.mean * operation.latency.count as f64
}

/// `most` is the greatest total of the table. It leads to the traces of its service.
pub fn row(operation: &OperationFigures, most: f64) -> Row {
    let latency = &operation.latency;
    let total = total_nanos(operation);
    let time = Cell::Bar {
        percent: if most > 0.0 { (total * 100.0 / most).clamp(0.0, 100.0) } else { 0.0 },
        value: total,
        shown: format::duration(total.max(0.0) as u64),
    };
    Row {
        key: format!("{}\n{}\n{}", operation.service, operation.operation, operation.kind.code()),
        cells: vec![
            Cell::Lead { href: urls::traces_of(&operation.service), text: operation.operation.clone() },
            Cell::Service(operation.service.clone()),
            Cell::count(latency.count),
            Cell::Alarm(operation.errors),
            Cell::duration(latency.p50, latency.count),
            Cell::duration(latency.p95, latency.count),
            Cell::duration(latency.p99, latency.count),
            time,
        ],
    }
}
