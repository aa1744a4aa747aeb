//! Events of the last hour by minute: bars, and errors inside them.

use leptos::prelude::*;
use model::list::{Dashboard, MinuteCount};

use crate::components::chart::{Chart, ChartData, Draw, Points, Series, Tone, Unit};
use crate::components::panel::{Level, panel};
use crate::erase::memo;
use crate::format;

const NANOS_A_MINUTE: f64 = 60e9;

#[component]
pub fn Throughput(data: Signal<Dashboard>) -> impl IntoView {
    let minutes = memo(move || data.with(|data| data.throughput.clone()));
    let chart = Chart::new(move || minutes.with(|minutes| chart(minutes)));
    panel(Level::Page, "throughput-title", "panel throughput", "Events per minute", chart.readout(), chart.body())
}

fn chart(minutes: &[MinuteCount]) -> ChartData {
    let peak = minutes.iter().map(|minute| minute.events).max().unwrap_or(0);
    let bars = |name: &str, tone, of: fn(&MinuteCount) -> u64| Series {
        name: name.to_owned(),
        draw: Draw::Bars,
        tone,
        values: minutes.iter().map(|minute| Some(of(minute) as f64)).collect(),
    };
    ChartData {
        name: "Events per minute".to_owned(),
        x: Points {
            unit: Unit::Clock,
            values: minutes.iter().map(|minute| minute.minute as f64 * NANOS_A_MINUTE).collect(),
            ..Default::default()
        },
        from_zero: true,
        series: vec![
            bars("events", Tone::Accent, |minute| minute.events),
            bars("errors", Tone::Error, |minute| minute.errors),
        ],
        summary: format!("peak {} a minute", format::counted(peak, "event", "events")),
        ..Default::default()
    }
}
