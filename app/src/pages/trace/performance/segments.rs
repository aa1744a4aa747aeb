//! The segments of the path, and the one that is chosen: by its number in the address.

use leptos::prelude::*;
use model::analysis::{PathSegment, TracePerformance};

use crate::client::keyboard::use_shortcut;
use crate::erase::memo;
use crate::place::{Place, use_go, use_replace};
use crate::{format, urls};

#[derive(Clone, Copy)]
pub struct Segments {
    pub data: Signal<TracePerformance>,
    /// Index into the path.
    pub chosen: Memo<Option<usize>>,
    pub place: Place,
}

impl Segments {
    pub fn new(data: Signal<TracePerformance>) -> Self {
        let place = expect_context::<Place>();
        let chosen = memo(move || {
            let chosen = place.segment.get().and_then(|number| number.checked_sub(1)).map(|index| index as usize);
            chosen.filter(|&index| index < data.with(|it| it.path.len()))
        });
        let segments = Self { data, chosen, place };
        for (key, label, step) in [("n", "Next segment of the path", 1), ("p", "Previous segment of the path", -1)] {
            let replace = use_replace();
            use_shortcut(key, label, move || segments.step_url(step).iter().for_each(|url| replace(url)));
        }
        let go = use_go();
        use_shortcut("o", "Show the segment's event", move || {
            untrack(|| segments.event_url()).iter().for_each(|url| go(url))
        });
        segments
    }

    pub fn url(self, index: usize) -> Option<String> {
        let trace = self.place.trace.get()?;
        Some(urls::segment(trace, &self.place.list.get(), Some(index as u32 + 1)))
    }

    /// Of the segment so many after the chosen one; of the first when there is none.
    pub fn step_url(self, step: isize) -> Option<String> {
        let last = self.data.with_untracked(|it| it.path.len()).checked_sub(1)?;
        let next = match self.chosen.get_untracked() {
            Some(index) => index.saturating_add_signed(step).min(last),
            None => 0,
        };
        untrack(|| self.url(next))
    }

    /// Of the chosen segment's event.
    pub fn event_url(self) -> Option<String> {
        let event = self.data.with(|it| it.path.get(self.chosen.get()?).map(|segment| segment.event))?;
        Some(urls::events(self.place.trace.get()?, &self.place.list.get(), "", Some(event)))
    }

    /// The chosen segment in words; what to do when there is none.
    pub fn said(self) -> String {
        let Some(index) = self.chosen.get() else {
            return "Choose a segment: click it, or press n.".to_owned();
        };
        self.data.with(|data| data.path.get(index).map_or_else(String::new, |segment| said(data, index, segment)))
    }
}

fn said(data: &TracePerformance, index: usize, segment: &PathSegment) -> String {
    let lane = data.lanes.get(segment.lane as usize);
    let (service, thread) = lane.map_or(("", ""), |lane| (lane.service.as_str(), lane.thread.as_str()));
    let took = segment.end.since(segment.start);
    let mut text = format!(
        "{} of {}: {} in {service}, {thread}: {} ({} of the root), from +{}",
        index + 1,
        data.path.len(),
        segment.operation,
        format::duration(took),
        format::percent(took, data.root_end.since(data.root_start)),
        format::duration(segment.start.since(data.start)),
    );
    if !segment.location.is_empty() {
        text.push_str(", ");
        text.push_str(&segment.location);
    }
    text
}
