//! The tab Performance: events and errors a minute, and how long things took, over the last hour.

use leptos::prelude::*;
use model::analysis::{Durations, ServicePage};

use super::tab;
use crate::components::chart::{Chart, ChartData, Draw, Points, Series, Tone, Unit};
use crate::components::panel::{Level, panel};
use crate::erase::{Erase, Html, memo};
use crate::format;

const NANOS_A_MINUTE: f64 = 60e9;

#[component]
pub fn PerformanceTab() -> impl IntoView {
    tab(render)
}

fn render(page: Signal<ServicePage>) -> Html {
    view! {
        {rate(page, "")}
        {latency(page)}
    }
    .erase()
}

/// Events of the last hour by minute, and errors inside them.
pub fn rate(page: Signal<ServicePage>, class: &'static str) -> Html {
    let minutes = memo(move || page.with(|page| page.rate.clone()));
    let chart = Chart::new(move || {
        minutes.with(|minutes| {
            let bars = |name: &str, tone, of: fn(&model::list::MinuteCount) -> u64| Series {
                name: name.to_owned(),
                draw: Draw::Bars,
                tone,
                values: minutes.iter().map(|minute| Some(of(minute) as f64)).collect(),
            };
            let errors: u64 = minutes.iter().map(|minute| minute.errors).sum();
            let events: u64 = minutes.iter().map(|minute| minute.events).sum();
            ChartData {
                name: "Events per minute".to_owned(),
                x: clock(minutes.iter().map(|minute| minute.minute)),
                from_zero: true,
                series: vec![
                    bars("events", Tone::Accent, |minute| minute.events),
                    bars("errors", Tone::Error, |minute| minute.errors),
                ],
                summary: format!(
                    "last hour: {}, {}",
                    format::counted(events, "event", "events"),
                    format::counted(errors, "error", "errors"),
                ),
                ..Default::default()
            }
        })
    });
    let class = if class.is_empty() { "panel tall-plot" } else { "panel overview-longest" };
    panel(Level::Page, "rate-title", class, "Events per minute", chart.readout(), chart.body())
}

fn latency(page: Signal<ServicePage>) -> Html {
    let measured = memo(move || {
        page.with(|page| (page.rate.iter().map(|it| it.minute).collect::<Vec<_>>(), page.latency.clone()))
    });
    let chart = Chart::new(move || {
        measured.with(|(minutes, latency)| {
            // Nothing is drawn for a minute in which nothing was measured.
            let line = |name: &str, tone, of: fn(&Durations) -> u64| Series {
                name: name.to_owned(),
                draw: Draw::Line,
                tone,
                values: latency.iter().map(|minute| (minute.count > 0).then(|| of(minute) as f64)).collect(),
            };
            let n_measured: u64 = latency.iter().map(|minute| minute.count).sum();
            ChartData {
                name: "Durations by minute".to_owned(),
                x: clock(minutes.iter().copied()),
                y_unit: Unit::Duration,
                from_zero: true,
                series: vec![
                    line("p99", Tone::Error, |minute| minute.p99),
                    line("p95", Tone::Warning, |minute| minute.p95),
                    line("p50", Tone::Accent, |minute| minute.p50),
                ],
                summary: format!(
                    "last hour: {}",
                    format::counted(n_measured, "duration measured", "durations measured")
                ),
                ..Default::default()
            }
        })
    });
    panel(Level::Page, "latency-title", "panel tall-plot", "Durations by minute", chart.readout(), chart.body())
}

fn clock(minutes: impl Iterator<Item = i64>) -> Points {
    Points {
        unit: Unit::Clock,
        values: minutes.map(|minute| minute as f64 * NANOS_A_MINUTE).collect(),
        ..Default::default()
    }
}
