//! A deadlock as a ring of threads and locks: each thread wants a lock that the next one holds.

use std::f64::consts::PI;

use leptos::prelude::*;
use model::analysis::{Finding, FindingEvent, FindingKind, Role};

use super::finding::event_url;
use super::sides::{code, held};
use crate::components::panel::{Column, table, words};
use crate::erase::{Erase, Html, attribute};
use crate::format;
use crate::place::Place;

/// Of a box, in units of the drawing.
const BOX: (f64, f64) = (150.0, 34.0);
/// Larger rings are told by the table alone.
const MOST_THREADS: usize = 8;
const LEAST_HALF_HEIGHT: f64 = 82.0;
/// Between two boxes, one above the other.
const GAP: f64 = 10.0;
const MARGIN: f64 = 6.0;
/// Characters of a name that fit into a box.
const NAME: usize = 19;

const COLUMNS: [Column; 4] = [words("Thread"), words("Holds"), words("Wants"), words("Location")];

pub fn view(finding: &Finding) -> Html {
    let waits: Vec<&FindingEvent> = finding.events.iter().filter(|event| event.role == Role::Acquire).collect();
    let drawing = (2..=MOST_THREADS).contains(&waits.len()).then(|| ring(finding.kind, &waits));
    let rows = waits.iter().map(|event| row(event)).collect_view().erase();
    view! {
        <div class="cycle">
            {drawing}
            {table(&COLUMNS, rows)}
        </div>
    }
    .erase()
}

fn row(event: &FindingEvent) -> Html {
    let place = expect_context::<Place>();
    let id = event.id;
    let location = if event.location.is_empty() { "event".to_owned() } else { event.location.clone() };
    view! {
        <tr>
            <td>{code(&event.thread)} " " <span class="muted">{event.service.clone()}</span></td>
            <td>{held(&event.locks)}</td>
            <td>{code(&event.object)}</td>
            <td><a class="link" href=attribute(move || event_url(place, id)) title="Show in Events">{location}</a></td>
        </tr>
    }
    .erase()
}

fn ring(kind: FindingKind, waits: &[&FindingEvent]) -> Html {
    let ring = Ring::of(waits.len());
    // Thread, the lock it wants, the thread that holds it, and so on around.
    let names = waits.iter().flat_map(|event| [("thread", &event.thread), ("lock", &event.object)]);
    let boxes = names.zip(&ring.boxes).map(|((what, name), &(x, y))| named_box(what, name, x, y)).collect_view();
    let labels = (0..ring.boxes.len()).map(|from| {
        let (x, y) = ring.label(from);
        let word = if from % 2 == 0 { "wants" } else { "held by" };
        view! { <text class="ring-label" x=number(x) y=number(y + 4.0) text-anchor="middle">{word}</text> }.erase()
    });
    let told: Vec<String> =
        waits.iter().map(|event| format!("{} wants {}, held by the next", event.thread, event.object)).collect();
    let label = format!("A ring: {}", told.join("; "));
    let (width, height) = ring.size();
    view! {
        <div class="ring" style=("--width", format::px(width)) data-reached=(kind == FindingKind::Deadlock).then_some("true")>
            <svg viewBox=format!("0 0 {} {}", number(width), number(height)) role="img" aria-label=label>
                <path class="ring-wants" d=ring.arrows(0)></path>
                <path class="ring-holds" d=ring.arrows(1)></path>
                {boxes}
                {labels.collect_view()}
            </svg>
        </div>
    }
    .erase()
}

fn named_box(what: &'static str, name: &str, x: f64, y: f64) -> Html {
    let radius = if what == "thread" { "17" } else { "3" };
    view! {
        <g class="ring-box" data-what=what>
            <rect
                x=number(x - BOX.0 / 2.0)
                y=number(y - BOX.1 / 2.0)
                width=number(BOX.0)
                height=number(BOX.1)
                rx=radius
            ></rect>
            <text x=number(x) y=number(y + 4.5) text-anchor="middle">{format::middle(name, NAME)}</text>
        </g>
    }
    .erase()
}

fn number(length: f64) -> String {
    format::decimal(length, 1)
}

/// Where the boxes are: on an ellipse, clockwise.
struct Ring {
    boxes: Vec<(f64, f64)>,
    half_width: f64,
    half_height: f64,
}

impl Ring {
    /// Of so many threads and as many locks: two to [`MOST_THREADS`].
    fn of(n_threads: usize) -> Self {
        let n_boxes = 2 * n_threads.max(2);
        // At the top and the bottom two neighbours overlap from left to right: they need height.
        let step = 2.0 * PI / n_boxes as f64;
        // Two threads and two locks fit on a phone.
        let half_width = match n_threads {
            ..=2 => 120.0,
            3..=6 => 170.0,
            _ => 200.0,
        };
        // One box is at the very top, so that no two are side by side there.
        let start = if n_threads.is_multiple_of(2) { PI } else { 1.5 * PI };
        let is_crowded = half_width * step.sin() < BOX.0 + GAP;
        let needed = if is_crowded { (BOX.1 + GAP) / (1.0 - step.cos()) } else { 0.0 };
        let half_height = needed.max(LEAST_HALF_HEIGHT);
        let centre = (half_width + BOX.0 / 2.0 + MARGIN, half_height + BOX.1 / 2.0 + MARGIN);
        let boxes = (0..n_boxes).map(|index| {
            let angle = start + step * index as f64;
            (centre.0 + half_width * angle.cos(), centre.1 + half_height * angle.sin())
        });
        Self { boxes: boxes.collect(), half_width, half_height }
    }

    fn size(&self) -> (f64, f64) {
        (2.0 * (self.half_width + MARGIN) + BOX.0, 2.0 * (self.half_height + MARGIN) + BOX.1)
    }

    /// The path of every second arrow, from the box `first` on.
    fn arrows(&self, first: usize) -> String {
        (first..self.boxes.len()).step_by(2).map(|from| self.arrow(from)).collect()
    }

    /// From a box to the next: a line between their borders, and its head.
    fn arrow(&self, from: usize) -> String {
        const HEAD: f64 = 8.0;
        let (a, b) = self.ends(from);
        let length = (b.0 - a.0).hypot(b.1 - a.1).max(1.0);
        let (dx, dy) = ((b.0 - a.0) / length, (b.1 - a.1) / length);
        let wing = |side: f64| (b.0 - HEAD * dx + side * HEAD * 0.5 * dy, b.1 - HEAD * dy - side * HEAD * 0.5 * dx);
        let (left, right) = (wing(1.0), wing(-1.0));
        let point = |(x, y): (f64, f64)| format!("{} {}", number(x), number(y));
        format!("M{}L{}M{}L{}L{}", point(a), point(b), point(left), point(b), point(right))
    }

    fn label(&self, from: usize) -> (f64, f64) {
        let (a, b) = self.ends(from);
        ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0)
    }

    fn ends(&self, from: usize) -> ((f64, f64), (f64, f64)) {
        let origin = self.boxes.get(from).copied().unwrap_or_default();
        let target = self.boxes.get((from + 1) % self.boxes.len().max(1)).copied().unwrap_or_default();
        (border(origin, target), border(target, origin))
    }
}

/// Where the line from the middle of a box to a point leaves the box.
fn border(centre: (f64, f64), towards: (f64, f64)) -> (f64, f64) {
    let (dx, dy) = (towards.0 - centre.0, towards.1 - centre.1);
    let across = |half: f64, distance: f64| if distance == 0.0 { f64::INFINITY } else { half / distance.abs() };
    let part = across(BOX.0 / 2.0, dx).min(across(BOX.1 / 2.0, dy)).min(1.0);
    (centre.0 + dx * part, centre.1 + dy * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_never_overlap_and_stay_inside_the_drawing() {
        for n_threads in 2..=MOST_THREADS {
            let ring = Ring::of(n_threads);
            let (width, height) = ring.size();
            for (index, &(x, y)) in ring.boxes.iter().enumerate() {
                assert!(x - BOX.0 / 2.0 >= 0.0 && x + BOX.0 / 2.0 <= width, "{n_threads}: {x}");
                assert!(y - BOX.1 / 2.0 >= 0.0 && y + BOX.1 / 2.0 <= height, "{n_threads}: {y}");
                for &(other_x, other_y) in &ring.boxes[index + 1..] {
                    let apart = (x - other_x).abs() >= BOX.0 || (y - other_y).abs() >= BOX.1;
                    assert!(apart, "{n_threads}: {x} {y} and {other_x} {other_y}");
                }
            }
        }
    }

    #[test]
    fn two_threads_and_two_locks_take_turns_around() {
        let ring = Ring::of(2);
        let (width, height) = ring.size();
        let [left, top, right, bottom] = ring.boxes[..] else { panic!("four boxes") };
        assert!(left.0 < top.0 && top.0 < right.0 && (top.0 - bottom.0).abs() < 1e-6);
        assert!(top.1 < left.1 && left.1 < bottom.1 && ((left.0 + right.0) - width).abs() < 1e-6);
        assert!((top.1 + bottom.1 - height).abs() < 1e-6);
    }

    #[test]
    fn arrows_run_from_border_to_border() {
        assert_eq!(border((0.0, 0.0), (200.0, 0.0)), (BOX.0 / 2.0, 0.0));
        assert_eq!(border((0.0, 0.0), (0.0, -200.0)), (0.0, -BOX.1 / 2.0));
        assert_eq!(border((5.0, 5.0), (5.0, 5.0)), (5.0, 5.0));
    }
}
