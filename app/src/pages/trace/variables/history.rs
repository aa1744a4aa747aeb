//! The values of a variable, access by access.

use leptos::prelude::*;
use model::analysis::{Access, AuditTrail};

use crate::components::chart::{Chart, ChartData, Draw, Points, Series, Spread, Tone, Unit};
use crate::components::panel::{Level, panel};
use crate::erase::{Erase, Html, memo, when};
use crate::format;

pub fn panel_of(trail: Signal<AuditTrail>) -> Html {
    let chart = Chart::new(move || trail.with(chart));
    let numbers = memo(move || trail.with(|it| it.accesses.iter().filter(|access| access.number.is_some()).count()));
    // One number is no history, and other values have no place on an axis.
    when(
        move || numbers.get() > 1,
        move || panel(Level::Tab, "values-title", "panel trail-values", "Values", chart.readout(), chart.picture()),
    )
    .erase()
}

fn chart(trail: &AuditTrail) -> ChartData {
    let of = |keep: fn(&Access) -> bool| -> Vec<Option<f64>> {
        trail.accesses.iter().map(|access| access.number.filter(|_| keep(access))).collect()
    };
    let series = |name: &str, draw, tone, values| Series { name: name.to_owned(), draw, tone, values };
    ChartData {
        name: format!("Values of {}", trail.variable.name),
        x: Points {
            name: "access",
            unit: Unit::Count,
            spread: Spread::Bands,
            values: (0..trail.accesses.len()).map(|at| (trail.from + at as u64 + 1) as f64).collect(),
            labels: Vec::new(),
        },
        y_unit: Unit::Number,
        series: vec![
            series("value", Draw::Steps, Tone::Muted, of(|_| true)),
            series("written", Draw::Dots, Tone::Accent, of(|access| access.kind.is_write() && access.flags.is_empty())),
            series("in a finding", Draw::Dots, Tone::Error, of(|access| !access.flags.is_empty())),
        ],
        summary: format!(
            "{} in causal order; dots: written, red: in a finding",
            format::counted(trail.accesses.len() as u64, "access", "accesses")
        ),
        ..ChartData::default()
    }
}
