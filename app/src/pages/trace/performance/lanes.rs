//! The path as a picture: a lane for each thread it runs through, time to the right.

use leptos::prelude::*;
use model::analysis::{Lane, TracePerformance};
use web_sys::KeyboardEvent;

use super::segments::Segments;
use crate::components::panel::{Level, note, panel};
use crate::components::service::Service;
use crate::erase::{Erase, Html, attribute, mark, memo, part, text, when};
use crate::place::use_replace;
use crate::{format, hue};

pub fn panel_of(segments: Segments) -> Html {
    let how_many = memo(move || segments.data.with(|it| (it.path_total, it.lanes.len() as u64)));
    let said = note(text(move || {
        let (path, lanes) = how_many.get();
        let lanes = format::counted(lanes, "thread", "threads");
        format!(
            "{} on {lanes}: what the root waited for, moment by moment",
            format::counted(path, "segment", "segments")
        )
    }));
    panel(Level::Tab, "lanes-title", "panel", "Critical path", said, body(segments))
}

fn body(segments: Segments) -> Html {
    let data = segments.data;
    let replace = use_replace();
    let press = move |event: KeyboardEvent| {
        let last = data.with_untracked(|it| it.path.len()) as isize;
        let step = match event.key().as_str() {
            "ArrowRight" => 1,
            "ArrowLeft" => -1,
            "Home" => -last,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        segments.step_url(step).iter().for_each(|url| replace(url));
    };
    let count = move || data.with(|it| it.path.len()).max(1);
    let ends = memo(move || data.with(|it| (it.start, it.root_start, it.root_end)));
    let offset = move |at: fn(&(model::Nanos, model::Nanos, model::Nanos)) -> u64| {
        text(move || ends.with(|ends| format!("+{}", format::duration(at(ends)))))
    };
    view! {
        <div
            class="lanes"
            role="slider"
            tabindex="0"
            aria-label="Segments of the critical path"
            aria-valuemin="1"
            aria-valuemax=text(move || count().to_string())
            aria-valuenow=text(move || segments.chosen.get().map_or(1, |index| index + 1).to_string())
            aria-valuetext=text(move || segments.said())
            title="Arrow keys move along the path"
            on:keydown=press
        >
            {part(move || data.with(|it| lanes(segments, it)))}
        </div>
        <div class="lanes-axis" aria-hidden="true">
            <span>{offset(|(start, from, _)| from.since(*start))}</span>
            <span>{offset(|(start, from, to)| from.since(*start) + to.since(*from) / 2)}</span>
            <span>{offset(|(start, _, to)| to.since(*start))}</span>
        </div>
        <p class="lanes-said" role="status" aria-label="Chosen segment">
            <span class="cut" title=text(move || segments.said())>{text(move || segments.said())}</span>
            {when(
                move || segments.chosen.get().is_some(),
                move || view! { <a class="link" href=attribute(move || segments.event_url()) title="Show the event (o)">"Show the event"</a> }.erase(),
            )}
        </p>
    }
    .erase()
}

fn lanes(segments: Segments, data: &TracePerformance) -> Html {
    let mut on_lane: Vec<Vec<usize>> = vec![Vec::new(); data.lanes.len()];
    for (index, segment) in data.path.iter().enumerate() {
        if let Some(lane) = on_lane.get_mut(segment.lane as usize) {
            lane.push(index);
        }
    }
    let rows = data.lanes.iter().zip(on_lane).map(|(lane, on_lane)| row(segments, data, lane, &on_lane));
    rows.collect_view().erase()
}

fn row(segments: Segments, data: &TracePerformance, lane: &Lane, on_lane: &[usize]) -> Html {
    let whole = data.root_end.since(data.root_start).max(1) as f64;
    let service_hue = hue::of(&lane.service);
    let drawn = on_lane.iter().filter_map(|&index| {
        let segment = data.path.get(index)?;
        let left = segment.start.since(data.root_start) as f64 * 100.0 / whole;
        let took = segment.end.since(segment.start);
        let title = format!("{}: {}", segment.operation, format::duration(took));
        let replace = use_replace();
        let choose = move |_| segments.url(index).iter().for_each(|url| replace(url));
        Some(
            view! {
                <span
                    class="lane-segment"
                    data-chosen=mark(move || segments.chosen.get() == Some(index))
                    title=title
                    style=("--left", format::of_whole(left))
                    style=("--width", format::of_whole(took as f64 * 100.0 / whole))
                    on:click=choose
                ></span>
            }
            .erase(),
        )
    });
    let drawn = drawn.collect_view();
    view! {
        <div class="lane">
            <span class="lane-name" title=format!("{}, {}", lane.service, lane.thread)>
                <Service name=lane.service.clone() hue=service_hue/>
                <span class="lane-thread">{lane.thread.clone()}</span>
            </span>
            <span class="lane-track" data-hue=service_hue.to_string()>{drawn}</span>
        </div>
    }
    .erase()
}
