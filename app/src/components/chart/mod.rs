//! The one chart: axes with units, a crosshair that the pointer and the arrow keys move, the same numbers
//! as a table. New data changes paths and texts in place; nothing is drawn anew.
//!
//! SVG draws in a box that is stretched to its place; words stand beside it in HTML, where nothing
//! distorts them.

mod data;
mod scale;
mod shape;
mod sparkline;

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

use crate::client::browser::Browser;
use crate::components::panel::cell;
use crate::erase::{Erase, Html, Item, items, mark, memo, text};
use crate::format;
pub use data::{ChartData, Draw, Mark, Points, Series, Spread, Tone, Unit};
use shape::Shape;
pub use sparkline::sparkline;

/// Nearer to an end of the axis than so many percent, a label does not fit in the middle of its place.
const AT_END: f64 = 5.0;

/// A chart and the point that is chosen in it.
#[derive(Clone, Copy)]
pub struct Chart {
    data: Memo<ChartData>,
    shape: Memo<Shape>,
    pointed: RwSignal<Option<usize>>,
    plot: NodeRef<Div>,
    browser: Browser,
}

impl Chart {
    /// `data` follows signals; nothing is drawn while it stays the same.
    pub fn new(data: impl Fn() -> ChartData + Send + Sync + 'static) -> Self {
        let data = memo(data);
        Self {
            data,
            shape: memo(move || data.with(shape::shape)),
            pointed: RwSignal::new(None),
            plot: NodeRef::new(),
            browser: expect_context::<Browser>(),
        }
    }

    /// The values of the chosen point, or the summary: for the end of the title's line.
    pub fn readout(self) -> Html {
        let is_pointed = mark(move || self.chosen().is_some());
        view! { <span class="panel-note" data-pointed=is_pointed>{text(move || self.said())}</span> }.erase()
    }

    /// The picture, and the table behind it.
    pub fn body(self) -> Html {
        view! {
            {self.picture()}
            {self.numbers()}
        }
        .erase()
    }

    /// The picture alone, where a table of the same numbers is beside it anyway.
    pub fn picture(self) -> Html {
        let shape = self.shape;
        let cross = move || self.chosen().and_then(|at| shape.with(|shape| shape.points.get(at).copied()));
        let cross_at = text(move || cross().map_or_else(String::new, format::of_whole));
        let n_points = move || self.data.with(ChartData::n_points);
        view! {
            <div class="chart">
                <div class="chart-y" aria-hidden="true">{self.y_ticks()}</div>
                <div
                    class="plot"
                    node_ref=self.plot
                    role="slider"
                    tabindex="0"
                    aria-label=text(move || self.data.with(|data| data.name.clone()))
                    aria-valuemin="1"
                    aria-valuemax=text(move || n_points().max(1).to_string())
                    aria-valuenow=text(move || self.chosen().map_or(1, |at| at + 1).to_string())
                    aria-valuetext=text(move || self.said())
                    title="Arrow keys move along the points"
                    on:pointermove=move |event| self.point(&event)
                    on:pointerdown=move |event| self.point(&event)
                    on:pointerleave=move |_| self.pointed.set(None)
                    on:keydown=move |event| self.press(&event)
                    on:blur=move |_| self.pointed.set(None)
                >
                    <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
                        <path class="plot-grid" d=text(move || shape.with(|shape| shape.grid.clone()))></path>
                        {self.series()}
                    </svg>
                    <div class="plot-cross" hidden=move || cross().is_none() style=("--x", cross_at)></div>
                    {self.words()}
                    <span class="plot-name" aria-hidden="true">{text(move || self.data.with(|data| data.y_name.to_owned()))}</span>
                </div>
                <div class="plot-axis" aria-hidden="true">{self.x_ticks()}</div>
                {self.x_name()}
            </div>
        }
        .erase()
    }

    /// The points as a table, newest first where they are instants; those at which nothing is are left out.
    pub fn numbers(self) -> Html {
        let head = move || {
            let names =
                self.data.with_untracked(|data| data.series.iter().map(|it| it.name.clone()).collect::<Vec<_>>());
            names
                .into_iter()
                .map(|name| view! { <th scope="col" class="num">{capital(&name)}</th> }.erase())
                .collect_view()
        };
        let first = self.data.with_untracked(|data| match (data.x.name, data.x.unit) {
            ("", Unit::Clock) => "Time",
            ("", _) => "Point",
            (name, _) => name,
        });
        let region = text(move || self.data.with(|data| format!("{} as a table", data.name)));
        view! {
            <details class="plot-table">
                <summary>"Numbers"</summary>
                <div class="table-box" tabindex="0" role="region" aria-label=region>
                    <table class="table">
                        <thead><tr><th scope="col">{capital(first)}</th>{head()}</tr></thead>
                        <tbody>{items(move || self.rows())}</tbody>
                    </table>
                </div>
            </details>
        }
        .erase()
    }

    fn chosen(self) -> Option<usize> {
        self.pointed.get().filter(|&at| at < self.data.with(ChartData::n_points))
    }

    fn said(self) -> String {
        let browser = self.browser;
        self.data.with(|data| match self.chosen() {
            Some(at) => data.readout(at, |at| browser.offset_minutes(at)),
            None => data.summary.clone(),
        })
    }

    fn point(self, event: &PointerEvent) {
        let Some(plot) = self.plot.get_untracked() else { return };
        let box_px = plot.get_bounding_client_rect();
        let part = (f64::from(event.client_x()) - box_px.left()) / box_px.width().max(1.0);
        let at = self.data.with_untracked(|data| data.x.nearest(part.clamp(0.0, 1.0)));
        if self.pointed.get_untracked() != at {
            self.pointed.set(at);
        }
    }

    fn press(self, event: &KeyboardEvent) {
        let Some(last) = self.data.with_untracked(ChartData::n_points).checked_sub(1) else { return };
        let at = self.pointed.get_untracked().filter(|&at| at <= last);
        let next = match (event.key().as_str(), at) {
            ("ArrowRight", at) => Some(at.map_or(0, |at| last.min(at + 1))),
            ("ArrowLeft", at) => Some(at.map_or(last, |at| at.saturating_sub(1))),
            ("Home", _) => Some(0),
            ("End", _) => Some(last),
            ("Escape", Some(_)) => None,
            _ => return,
        };
        event.prevent_default();
        self.pointed.set(next);
    }

    fn series(self) -> Html {
        let item = move |index: usize, series: &Series| {
            let (draw, tone) = (series.draw, series.tone);
            Item::new(format!("{index} {draw:?} {tone:?}"), move || self.drawn(index, draw, tone))
        };
        items(move || {
            self.data.with(|data| data.series.iter().enumerate().map(|(index, it)| item(index, it)).collect())
        })
    }

    fn drawn(self, index: usize, draw: Draw, tone: Tone) -> Html {
        let draw = match draw {
            Draw::Bars => "bars",
            Draw::Line | Draw::Steps => "line",
            Draw::Dots => "dots",
        };
        let path = text(move || self.shape.with(|shape| shape.paths.get(index).cloned().unwrap_or_default()));
        view! { <path class="plot-series" data-draw=draw data-tone=tone.name() d=path></path> }.erase()
    }

    fn y_ticks(self) -> Html {
        placed(move || {
            let shape = self.shape.get();
            shape.y_ticks.into_iter().map(|(top, label)| ("--y", top, label, "", None)).collect()
        })
    }

    fn x_ticks(self) -> Html {
        let browser = self.browser;
        placed(move || {
            let ticks = self.shape.with(|shape| shape.x_ticks.clone());
            let tick = |(index, (left, point)): (usize, (f64, usize))| {
                let label = self.data.with(|data| data.label(point, |at| browser.offset_minutes(at)));
                // What stands at an end keeps inside; every other one gives way where it is narrow.
                let side = if left < AT_END {
                    "first"
                } else if left > 100.0 - AT_END {
                    "last"
                } else if index % 2 == 1 {
                    "wide"
                } else {
                    ""
                };
                ("--x", left, label, side, None)
            };
            ticks.into_iter().enumerate().map(tick).collect()
        })
    }

    /// Marked values and the names of lines.
    fn words(self) -> Html {
        let marks = placed(move || {
            let marks = self.shape.with(|shape| shape.marks.clone());
            let mark =
                |(left, label): (f64, String)| ("--x", left, label, if left > 50.0 { "before" } else { "after" }, None);
            marks.into_iter().map(mark).collect()
        });
        let names = placed(move || {
            let names = self.shape.with(|shape| shape.names.clone());
            names.into_iter().map(|(top, name, tone)| ("--y", top, name, "", Some(tone))).collect()
        });
        view! {
            <div class="plot-marks" aria-hidden="true">{marks}</div>
            <div class="plot-names" aria-hidden="true">{names}</div>
        }
        .erase()
    }

    fn x_name(self) -> Html {
        let name = self.data.with_untracked(|data| data.x.name);
        if name.is_empty() {
            return ().erase();
        }
        view! { <div class="plot-x-name" aria-hidden="true">{name}</div> }.erase()
    }

    fn rows(self) -> Vec<Item> {
        let browser = self.browser;
        self.data.with(|data| {
            let is_bars = data.series.iter().all(|series| series.draw == Draw::Bars);
            let is_busy = |point: &usize| {
                let mut values = data.series.iter().filter_map(|series| series.values.get(*point).copied().flatten());
                values.any(|value| !is_bars || value != 0.0)
            };
            let row = |point: usize| {
                let label = data.label(point, |at| browser.offset_minutes(at));
                let value = |series: &Series| series.values.get(point).copied().flatten();
                let shown =
                    |value: Option<f64>| value.map_or_else(String::new, |it| data::write(data.y_unit, it, |_| 0));
                let values: Vec<String> = data.series.iter().map(value).map(shown).collect();
                Item::new(format!("{point} {label} {values:?}"), move || {
                    let values = values.iter().map(|value| cell(value.clone())).collect_view();
                    view! { <tr><td>{label.clone()}</td>{values}</tr> }.erase()
                })
            };
            let busy = (0..data.n_points()).filter(is_busy);
            if data.x.unit == Unit::Clock { busy.rev().map(row).collect() } else { busy.map(row).collect() }
        })
    }
}

/// The property that places it, percent, words, how it stands to its place, and whose words they are.
type Word = (&'static str, f64, String, &'static str, Option<Tone>);

/// Words at places of a box.
fn placed(words: impl Fn() -> Vec<Word> + Send + Sync + 'static) -> Html {
    let item = |(axis, percent, label, side, tone): Word| {
        let at = format::of_whole(percent);
        Item::new(format!("{at} {label} {side} {tone:?}"), move || {
            let tone_name = tone.map(Tone::name);
            view! { <span data-side=side data-tone=tone_name style=(axis, at.clone())>{label.clone()}</span> }.erase()
        })
    };
    items(move || words().into_iter().map(item).collect())
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
