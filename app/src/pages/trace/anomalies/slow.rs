//! A slow event against what was usual for its operation before the trace.

use leptos::prelude::*;
use model::analysis::{Finding, SlowEvent};

use super::sides;
use crate::components::chart::{Chart, ChartData, Draw, Mark, Points, Series, Spread, Tone, Unit};
use crate::components::panel::{Level, panel};
use crate::erase::{Erase, Html};
use crate::format;

pub fn view(finding: &Finding) -> Html {
    let measured = finding.slow.as_ref().map(|slow| measured(&finding.subject, slow));
    view! { {measured} {sides::view(finding)} }.erase()
}

fn measured(operation: &str, slow: &SlowEvent) -> Html {
    let fact = |name: &'static str, value: String| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.erase();
    let times = slow.duration_nanos as f64 / slow.expected_nanos.max(1) as f64;
    let distribution = (!slow.deciles_nanos.is_empty()).then(|| {
        let data = distribution(operation, slow);
        let chart = Chart::new(move || data.clone());
        panel(
            Level::Tab,
            "distribution-title",
            "panel distribution",
            "How long it usually takes",
            chart.readout(),
            chart.body(),
        )
    });
    view! {
        <dl class="facts">
            {fact("Took", format::duration(slow.duration_nanos))}
            {fact("Usually", format::duration(slow.expected_nanos))}
            {fact("Times as long", format::decimal(times, 1))}
            {fact("Score", format::decimal(slow.score, 1))}
            {fact("Learned from", format::counted(slow.learned, "event", "events"))}
        </dl>
        {distribution}
    }
    .erase()
}

/// How many events were done within which time; this one among them.
fn distribution(operation: &str, slow: &SlowEvent) -> ChartData {
    let deciles = slow.deciles_nanos.iter().zip(1_u32..).map(|(&nanos, tenth)| (nanos, Some(f64::from(tenth * 10))));
    let mut points: Vec<(u64, Option<f64>)> = deciles.chain([(slow.duration_nanos, None)]).collect();
    points.sort_by_key(|(nanos, _)| *nanos);
    // On the logarithmic axis.
    let at = |nanos: u64| nanos.max(1) as f64;
    ChartData {
        name: format!("How long {operation} usually takes"),
        x: Points {
            name: "Duration",
            unit: Unit::Duration,
            spread: Spread::Log,
            values: points.iter().map(|(nanos, _)| at(*nanos)).collect(),
            labels: Vec::new(),
        },
        y_name: "done within",
        y_unit: Unit::Percent,
        from_zero: true,
        series: vec![Series {
            name: "done within".to_owned(),
            draw: Draw::Line,
            tone: Tone::Accent,
            values: points.iter().map(|(_, share)| *share).collect(),
        }],
        marks: vec![
            Mark { at: at(slow.expected_nanos), label: "usual".to_owned() },
            Mark { at: at(slow.duration_nanos), label: "this event".to_owned() },
        ],
        summary: format!("half are done within {}", format::duration(slow.expected_nanos)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_stands_among_the_deciles_without_a_share_of_its_own() {
        let deciles_nanos: Vec<u64> = (1..=9).map(|tenth| tenth * 1_000_000).collect();
        let slow = SlowEvent {
            duration_nanos: 80_000_000,
            expected_nanos: 5_000_000,
            score: 9.0,
            learned: 120,
            deciles_nanos,
        };
        let chart = distribution("GET /fraud", &slow);
        let shares = &chart.series[0].values;
        assert_eq!(chart.x.values.len(), 10);
        assert!(chart.x.values.is_sorted());
        assert_eq!((shares[0], shares[8], shares[9]), (Some(10.0), Some(90.0), None));
        assert_eq!(chart.marks[1].at, 80_000_000.0);
    }
}
