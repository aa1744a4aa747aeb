//! The path as a list, in order of time.

use std::cmp::Reverse;

use leptos::prelude::*;
use model::analysis::TracePerformance;

use super::segments::Segments;
use crate::components::panel::{Column, Level, bar, cell, column, note, number, panel, table, words};
use crate::components::service::Service;
use crate::erase::{Erase, Html, attribute, mark, memo, part, text, when};
use crate::{format, hue};

/// Segments listed until all are asked for: the longest.
const FEW: usize = 60;

const COLUMNS: [Column; 6] = [
    number("#"),
    number("From"),
    words("Operation"),
    column("Service", "wide-only"),
    number("Own time"),
    column("Of the root", "bar-column"),
];

pub fn panel_of(segments: Segments) -> Html {
    let data = segments.data;
    let all = RwSignal::new(false);
    let total = memo(move || data.with(|it| it.path.len()));
    let rows = move || {
        let wants_all = all.get();
        data.with(|it| listed(it, wants_all).into_iter().map(|index| row(segments, it, index)).collect_view())
    };
    let shown = note(text(move || match (total.get(), all.get()) {
        (total, false) if total > FEW => {
            format!("the {FEW} longest of {}, in order of time", format::count(total as u64))
        }
        _ => "in order of time".to_owned(),
    }));
    let body = view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Segments of the path">{table(&COLUMNS, part(rows).erase())}</div>
        {when(move || total.get() > FEW && !all.get(), move || {
            view! { <p class="panel-more"><button type="button" class="button" on:click=move |_| all.set(true)>"List all segments"</button></p> }.erase()
        })}
    };
    panel(Level::Tab, "path-title", "panel performance-path", "Segments", shown, body.erase())
}

/// Indices of the segments to list, in order of time.
fn listed(data: &TracePerformance, all: bool) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..data.path.len()).collect();
    if !all && indices.len() > FEW {
        indices.sort_by_key(|&index| Reverse(data.path[index].end.since(data.path[index].start)));
        indices.truncate(FEW);
        indices.sort_unstable();
    }
    indices
}

fn row(segments: Segments, data: &TracePerformance, index: usize) -> Html {
    let Some(segment) = data.path.get(index) else { return ().erase() };
    let whole = data.root_end.since(data.root_start);
    let took = segment.end.since(segment.start);
    let service = data.lanes.get(segment.lane as usize).map_or_else(String::new, |lane| lane.service.clone());
    let service_hue = hue::of(&service);
    let left = segment.start.since(data.root_start) as f64 * 100.0 / whole.max(1) as f64;
    let width = took as f64 * 100.0 / whole.max(1) as f64;
    let share = view! { <span class="track-text">{format::percent(took, whole)}</span> }.erase();
    view! {
        <tr class="row-link" data-chosen=mark(move || segments.chosen.get() == Some(index))>
            {cell(format::count(index as u64 + 1))}
            {cell(format!("+{}", format::duration(segment.start.since(data.start))))}
            <td class="cut"><a href=attribute(move || segments.url(index)) title=segment.operation.clone()>{segment.operation.clone()}</a></td>
            <td class="wide-only"><Service name=service hue=service_hue/></td>
            {cell(format::duration(took))}
            {bar(left, width, Some(service_hue), false, share)}
        </tr>
    }
    .erase()
}
