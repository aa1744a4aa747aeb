//! Events of the last hour by minute: bars, errors inside them, values under the pointer, and the same
//! numbers as a table.

use leptos::html::Div;
use leptos::prelude::*;
use model::Nanos;
use model::list::{Dashboard, MinuteCount};
use web_sys::PointerEvent;

use crate::client::browser::Browser;
use crate::components::panel::cell;
use crate::erase::{Erase, Item, items, mark, memo, text};
use crate::format;

const HEIGHT: u32 = 100;
/// Each minute is ten units wide, of which the bar takes eight.
const STEP: usize = 10;
const BAR: usize = 8;

#[component]
pub fn Throughput(data: Signal<Dashboard>) -> impl IntoView {
    let minutes = memo(move || data.with(|data| data.throughput.clone()));
    let peak = memo(move || minutes.with(|minutes| minutes.iter().map(|minute| minute.events).max().unwrap_or(0)));
    let bars = move |part: fn(&MinuteCount) -> u64| minutes.with(|minutes| bars(minutes, peak.get(), part));
    let browser = expect_context::<Browser>();
    let pointed = RwSignal::new(None::<usize>);
    let plot = NodeRef::<Div>::new();
    let point = move |event: PointerEvent| {
        let Some(plot) = plot.get_untracked() else { return };
        let box_px = plot.get_bounding_client_rect();
        let part = (f64::from(event.client_x()) - box_px.left()) / box_px.width().max(1.0);
        let n_minutes = minutes.with_untracked(Vec::len);
        let at = (part * n_minutes as f64).floor();
        pointed.set((0.0..n_minutes as f64).contains(&at).then_some(at as usize));
    };
    let readout = move || {
        let minute = minutes.with(|minutes| pointed.get().and_then(|at| minutes.get(at).copied()));
        match minute {
            Some(minute) => format!(
                "{}: {}, {}",
                clock(browser, minute.minute),
                format::counted(minute.events, "event", "events"),
                format::counted(minute.errors, "error", "errors"),
            ),
            None => format!("peak {} a minute", format::counted(peak.get(), "event", "events")),
        }
    };
    let edge = move |part: fn(&[MinuteCount]) -> Option<&MinuteCount>| {
        minutes.with(|minutes| part(minutes).map_or_else(String::new, |minute| clock(browser, minute.minute)))
    };
    let view_box = move || format!("0 0 {} {HEIGHT}", minutes.with(Vec::len) * STEP);
    let cross = move || {
        pointed.get().map_or_else(String::new, |at| {
            format::of_whole((at as f64 + 0.5) * 100.0 / minutes.with(Vec::len).max(1) as f64)
        })
    };
    view! {
        <section class="panel throughput" aria-labelledby="throughput-title">
            <header class="panel-head">
                <h2 id="throughput-title">"Events per minute"</h2>
                <span class="panel-note" data-pointed=mark(move || pointed.get().is_some())>{text(readout)}</span>
            </header>
            <div
                class="plot"
                node_ref=plot
                on:pointermove=point
                on:pointerleave=move |_| pointed.set(None)
            >
                <svg viewBox=text(view_box) preserveAspectRatio="none" role="img" aria-label="Bars of events per minute in the last hour; the table below has the numbers">
                    <path class="plot-events" d=text(move || bars(|minute| minute.events))></path>
                    <path class="plot-errors" d=text(move || bars(|minute| minute.errors))></path>
                </svg>
                <div class="plot-cross" hidden=move || pointed.get().is_none() style=("--x", text(cross))></div>
            </div>
            <div class="plot-axis" aria-hidden="true">
                <span>{text(move || edge(|minutes| minutes.first()))}</span>
                <span>{text(move || edge(|minutes| minutes.get(minutes.len() / 2)))}</span>
                <span>{text(move || edge(|minutes| minutes.last()))}</span>
            </div>
            <details class="plot-table">
                <summary>"Numbers"</summary>
                <div class="table-box" tabindex="0" role="region" aria-label="Events per minute as a table">
                    <table class="table">
                        <thead><tr><th scope="col">"Minute"</th><th scope="col" class="num">"Events"</th><th scope="col" class="num">"Errors"</th></tr></thead>
                        <tbody>
                            {items(move || busy(&minutes.get()).into_iter().map(|minute| item(browser, minute)).collect())}
                        </tbody>
                    </table>
                </div>
            </details>
        </section>
    }
    .erase()
}

fn item(browser: Browser, minute: MinuteCount) -> Item {
    Item::new(format!("{} {} {}", minute.minute, minute.events, minute.errors), move || {
        view! {
            <tr>
                <td>{text(move || clock(browser, minute.minute))}</td>
                {cell(format::count(minute.events))}
                {cell(format::count(minute.errors))}
            </tr>
        }
        .erase()
    })
}

fn clock(browser: Browser, minute: i64) -> String {
    let at = Nanos(minute.saturating_mul(60_000_000_000));
    format::hour_minute(at, browser.offset_minutes(at))
}

/// Minutes in which something happened, newest first.
fn busy(minutes: &[MinuteCount]) -> Vec<MinuteCount> {
    minutes.iter().rev().copied().filter(|minute| minute.events > 0).collect()
}

/// One path of all bars. What is not zero is at least one unit high, so that it can be seen.
fn bars(minutes: &[MinuteCount], peak: u64, part: fn(&MinuteCount) -> u64) -> String {
    let mut path = String::new();
    for (index, minute) in minutes.iter().enumerate().filter(|(_, minute)| part(minute) > 0) {
        let height = (part(minute) as f64 * f64::from(HEIGHT) / peak.max(1) as f64).clamp(1.0, f64::from(HEIGHT));
        let height = format::decimal(height, 1);
        let left = index * STEP + (STEP - BAR) / 2;
        path.push_str(&format!("M{left} {HEIGHT}v-{height}h{BAR}v{height}z"));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_share_of_the_peak_and_never_invisible() {
        let minute = |events| MinuteCount { minute: 0, events, errors: 0 };
        let path = bars(&[minute(0), minute(1_000), minute(1)], 1_000, |minute| minute.events);
        assert_eq!(path, "M11 100v-100.0h8v100.0zM21 100v-1.0h8v1.0z");
    }
}
