//! Services with their figures, as the dashboard and the list of services show them.

use model::analysis::ServiceFigures;

use super::health::Health;
use super::sheet::{Cell, Column, Row, column};
use crate::urls;

/// Sorted by it unless the address says something else.
pub const DEFAULT_ORDER: &str = "events";

pub const COLUMNS: [Column; 10] = [
    column("Service", "cut", "name", ""),
    column("Health", "health-cell wide-only", "health", "Its page says why"),
    column("Events a minute", "rate-cell", "", "In the last hour"),
    column("Events", "num slim", "events", "Recorded in all"),
    column("Errors", "num slim", "errors", "Recorded in all"),
    column("p50", "num wide-only", "p50", "Half of the durations measured in the last hour were longer"),
    column("p95", "num wide-only", "p95", "One of 20 durations measured in the last hour was longer"),
    column("p99", "num", "p99", "One of 100 durations measured in the last hour was longer"),
    column("Traces", "num slim wide-only", "traces", "Leads to them"),
    column("Active", "num slim", "active", "When its last event arrived"),
];

pub fn row(figures: &ServiceFigures) -> Row {
    let (name, latency) = (&figures.name, &figures.latency);
    Row {
        key: name.clone(),
        cells: vec![
            Cell::LeadService { href: urls::service(name, ""), name: name.clone() },
            Cell::Health(Health::read(&figures.health)),
            Cell::Rate(figures.rate.clone()),
            Cell::count(figures.events),
            Cell::Alarm(figures.errors),
            Cell::duration(latency.p50, latency.count),
            Cell::duration(latency.p95, latency.count),
            Cell::duration(latency.p99, latency.count),
            Cell::Linked { value: figures.traces, href: urls::traces_of(name), hint: "Its traces" },
            Cell::Age(figures.last_activity),
        ],
    }
}
