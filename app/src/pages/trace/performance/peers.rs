//! The trace's duration among others of its root operation.

use leptos::prelude::*;
use model::analysis::{MAX_PEERS, PeerLatency, TracePerformance};

use crate::components::chart::{Chart, ChartData, Draw, Mark, Points, Series, Spread, Tone, Unit};
use crate::components::panel::{Level, panel};
use crate::erase::{Erase, Html, memo, text, when};
use crate::format;

pub fn panel_of(data: Signal<TracePerformance>) -> Html {
    let peers = memo(move || data.with(|it| it.peers.clone()));
    let chart = Chart::new(move || peers.with(|peers| peers.as_ref().map(chart).unwrap_or_default()));
    let fact = move |name: &'static str, read: fn(&PeerLatency) -> String| {
        let value = text(move || peers.with(|peers| peers.as_ref().map(read).unwrap_or_default()));
        view! { <div><dt>{name}</dt><dd>{value}</dd></div> }.erase()
    };
    let body = when(
        move || peers.with(Option::is_some),
        move || {
            view! {
            <dl class="facts peers-facts">
                {fact("This trace", |it| format::duration(it.duration_nanos))}
                {fact("Slower than", |it| format!("{} of them", format::percent((it.rank * 1e6) as u64, 1_000_000)))}
                {fact("p50", |it| format::duration(it.latency.p50))}
                {fact("p95", |it| format::duration(it.latency.p95))}
                {fact("p99", |it| format::duration(it.latency.p99))}
            </dl>
            {chart.body()}
        }
        .erase()
        },
    );
    let none = when(
        move || peers.with(Option::is_none),
        || {
            view! { <p class="panel-empty">"The trace has no root operation yet, by which others could be found."</p> }
                .erase()
        },
    );
    let body = view! { {body} {none} }.erase();
    panel(Level::Tab, "peers-title", "panel peers", "Among traces of its root operation", chart.readout(), body)
}

fn chart(peers: &PeerLatency) -> ChartData {
    let count = peers.latency.count;
    let among = if count >= u64::from(MAX_PEERS) {
        format!("the newest {} traces", format::count(count))
    } else {
        format::counted(count, "trace", "traces")
    };
    ChartData {
        name: format!("Durations of {} in {}", peers.operation, peers.service),
        x: Points {
            name: "duration up to",
            unit: Unit::Duration,
            spread: Spread::Bands,
            values: peers.histogram.iter().map(|&(bound, _)| bound as f64).collect(),
            labels: Vec::new(),
        },
        y_name: "traces",
        y_unit: Unit::Count,
        from_zero: true,
        series: vec![Series {
            name: "traces".to_owned(),
            draw: Draw::Bars,
            tone: Tone::Accent,
            values: peers.histogram.iter().map(|&(_, count)| Some(count as f64)).collect(),
        }],
        marks: vec![Mark { at: place(peers), label: "this trace".to_owned() }],
        summary: format!("{among} of {}", peers.operation),
    }
}

/// The middle of the band that holds the trace's own duration.
fn place(peers: &PeerLatency) -> f64 {
    let band = peers.histogram.partition_point(|&(bound, _)| bound < peers.duration_nanos);
    band as f64 + 0.5
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::analysis::Durations;

    #[test]
    fn the_mark_stands_in_the_bar_that_counts_the_trace() {
        let peers = PeerLatency {
            service: "s".into(),
            operation: "op".into(),
            duration_nanos: 15,
            rank: 0.5,
            latency: Durations { count: 2, ..Durations::default() },
            histogram: vec![(10, 1), (20, 1)],
        };
        assert_eq!(chart(&peers).marks[0].at, 1.5);
        assert_eq!(chart(&peers).summary, "2 traces of op");
    }
}
