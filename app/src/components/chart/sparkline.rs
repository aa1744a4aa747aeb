//! A line of figures so small that it stands in a row of a table.

use leptos::prelude::*;

use super::data::{ChartData, Draw, Points, Series, Tone};
use super::shape::shape;
use crate::erase::{Erase, Html};

/// Bars of equal width, the highest as high as the row allows. Only a picture: the numbers stand beside it.
pub fn sparkline(values: &[u32]) -> Html {
    let series = Series {
        name: String::new(),
        draw: Draw::Bars,
        tone: Tone::Accent,
        values: values.iter().map(|&value| Some(f64::from(value))).collect(),
    };
    let x = Points { values: vec![0.0; values.len()], ..Default::default() };
    let path = shape(&ChartData { x, from_zero: true, series: vec![series], ..Default::default() }).paths.concat();
    view! {
        <svg class="sparkline" viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
            <path class="plot-series" data-draw="bars" data-tone="accent" d=path></path>
        </svg>
    }
    .erase()
}
