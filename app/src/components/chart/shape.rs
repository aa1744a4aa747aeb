//! The picture of a chart: texts of SVG paths in a box of 1000 by 100 units, and places in percent.

use super::data::{ChartData, Draw, Series, Spread, Tone, write_short};
use super::scale::Scale;
use crate::format;

pub const WIDTH: f64 = 1_000.0;
pub const HEIGHT: f64 = 100.0;
/// Bars take so much of their band.
const BAR: f64 = 0.8;
/// The least distance between the names of two lines, in percent of the height.
const NAME_GAP: f64 = 15.0;
/// A point without neighbours is a dash, since a line without a length would not be seen.
const ALONE: &str = "h6";
/// Points named below the axis, at most.
const NAMED: usize = 5;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape {
    /// One a series.
    pub paths: Vec<String>,
    pub grid: String,
    /// Percent from the top, and what to write there.
    pub y_ticks: Vec<(f64, String)>,
    /// Percent from the left, and which point.
    pub x_ticks: Vec<(f64, usize)>,
    /// Percent from the left, and the words.
    pub marks: Vec<(f64, String)>,
    /// Names at the right ends of lines: percent from the top.
    pub names: Vec<(f64, String, Tone)>,
    /// Percent from the left of each point.
    pub points: Vec<f64>,
}

/// O(points · series).
pub fn shape(data: &ChartData) -> Shape {
    let values = data.series.iter().flat_map(|series| series.values.iter().copied().flatten());
    let scale = Scale::of(values, data.from_zero, data.y_unit);
    let parts = data.x.parts();
    let from_top = |value: f64| (1.0 - scale.part(value)) * 100.0;
    let n_points = parts.len();
    let n_named = n_points.min(NAMED);
    let named = (0..n_named).map(|index| if n_named < 2 { 0 } else { index * (n_points - 1) / (n_named - 1) });
    Shape {
        paths: data.series.iter().map(|series| path(data.x.spread, &parts, &scale, series)).collect(),
        grid: scale.ticks.iter().map(|&tick| format!("M0 {}h{WIDTH}", unit(from_top(tick)))).collect(),
        y_ticks: scale.ticks.iter().map(|&tick| (from_top(tick), write_short(data.y_unit, tick))).collect(),
        x_ticks: named.filter_map(|index| Some((parts.get(index)? * 100.0, index))).collect(),
        marks: data.marks.iter().map(|mark| (data.x.part_of(mark.at) * 100.0, mark.label.clone())).collect(),
        names: names(data, from_top),
        points: parts.into_iter().map(|part| part * 100.0).collect(),
    }
}

fn path(spread: Spread, parts: &[f64], scale: &Scale, series: &Series) -> String {
    let places = parts.iter().zip(&series.values).map(|(&part, &value)| {
        let value = value.filter(|value| value.is_finite());
        (part * WIDTH, value.map(|value| (value, (1.0 - scale.part(value)) * HEIGHT)))
    });
    let mut path = String::new();
    match series.draw {
        Draw::Bars => {
            let width = if spread == Spread::Bands { BAR * WIDTH / parts.len().max(1) as f64 } else { 2.0 };
            let base = (1.0 - scale.part(0.0)) * HEIGHT;
            for (x, value) in places {
                let Some((_, y)) = value.filter(|&(value, _)| value != 0.0) else { continue };
                // What is not zero is at least one unit high, so that it can be seen.
                let height = if (base - y).abs() < 1.0 { (base - y).signum() } else { base - y };
                let (left, width, height) = (unit(x - width / 2.0), unit(width), unit(height));
                path.push_str(&format!("M{left} {}v{}h{width}v{height}z", unit(base), negative(&height)));
            }
        }
        Draw::Line => {
            let mut n_joined = 0;
            for (x, value) in places {
                match value {
                    Some((_, y)) => {
                        path.push_str(&format!("{}{} {}", if n_joined > 0 { 'L' } else { 'M' }, unit(x), unit(y)));
                        n_joined += 1;
                    }
                    None => {
                        path.push_str(if n_joined == 1 { ALONE } else { "" });
                        n_joined = 0;
                    }
                }
            }
            path.push_str(if n_joined == 1 { ALONE } else { "" });
        }
        Draw::Steps => {
            for (x, value) in places {
                let Some((_, y)) = value else { continue };
                if path.is_empty() {
                    path.push_str(&format!("M{} {}", unit(x), unit(y)));
                } else {
                    path.push_str(&format!("H{}V{}", unit(x), unit(y)));
                }
            }
        }
        // Strokes without a length have round ends, which the stretched box does not distort.
        Draw::Dots => {
            for (x, value) in places {
                if let Some((_, y)) = value {
                    path.push_str(&format!("M{} {}h0", unit(x), unit(y)));
                }
            }
        }
    }
    path
}

fn negative(number: &str) -> String {
    number.strip_prefix('-').map_or_else(|| format!("-{number}"), str::to_owned)
}

fn unit(length: f64) -> String {
    format::decimal(length, 1)
}

/// The names of several lines, pushed apart where they would overlap.
fn names(data: &ChartData, from_top: impl Fn(f64) -> f64) -> Vec<(f64, String, Tone)> {
    let lines = data.series.iter().filter(|series| matches!(series.draw, Draw::Line | Draw::Steps));
    let ends = lines.filter_map(|series| {
        let last = series.values.iter().rev().copied().flatten().next()?;
        Some((from_top(last), series.name.clone(), series.tone))
    });
    let mut names: Vec<_> = ends.collect();
    if names.len() < 2 {
        return Vec::new();
    }
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut lowest = 100.0;
    for name in names.iter_mut().rev() {
        name.0 = f64::min(name.0, lowest);
        lowest = name.0 - NAME_GAP;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::data::{Mark, Points, Unit};
    use super::*;

    fn chart(draw: Draw, values: &[Option<f64>]) -> ChartData {
        ChartData {
            x: Points { values: (0..values.len()).map(|index| index as f64).collect(), ..Default::default() },
            from_zero: true,
            series: vec![Series { name: "it".into(), draw, tone: Tone::Accent, values: values.to_vec() }],
            ..Default::default()
        }
    }

    #[test]
    fn bars_are_as_high_as_their_share_of_the_axis_and_never_invisible() {
        let drawn = shape(&chart(Draw::Bars, &[Some(0.0), Some(1_000.0), Some(1.0), None]));
        assert_eq!(drawn.paths, ["M275.0 100.0v-100.0h200.0v100.0zM525.0 100.0v-1.0h200.0v1.0z"]);
        assert_eq!(drawn.y_ticks, [(100.0, "0".into()), (50.0, "500".into()), (0.0, "1\u{202f}000".into())]);
    }

    #[test]
    fn bars_below_zero_hang_down() {
        let drawn = shape(&chart(Draw::Bars, &[Some(-1.0), Some(1.0)]));
        assert_eq!(drawn.paths, ["M50.0 50.0v50.0h400.0v-50.0zM550.0 50.0v-50.0h400.0v50.0z"]);
    }

    #[test]
    fn a_line_has_a_gap_where_a_value_is_missing_and_steps_hold_on() {
        let values = [Some(1.0), Some(0.0), None, Some(1.0)];
        assert_eq!(shape(&chart(Draw::Line, &values)).paths, ["M125.0 0.0L375.0 100.0M875.0 0.0h6"]);
        assert_eq!(shape(&chart(Draw::Steps, &values)).paths, ["M125.0 0.0H375.0V100.0H875.0V0.0"]);
        assert_eq!(shape(&chart(Draw::Dots, &values[1..3])).paths, ["M250.0 100.0h0"]);
    }

    #[test]
    fn names_of_lines_that_end_together_are_pushed_apart() {
        let line =
            |name: &str| Series { name: name.into(), draw: Draw::Line, tone: Tone::Accent, values: vec![Some(1.0)] };
        let data = ChartData { series: vec![line("p50"), line("p95"), line("p99")], ..chart(Draw::Dots, &[None]) };
        let tops: Vec<f64> = shape(&data).names.iter().map(|name| name.0).collect();
        assert!(tops.windows(2).all(|pair| pair[1] - pair[0] >= NAME_GAP), "{tops:?}");
    }

    #[test]
    fn a_mark_stands_at_its_part_of_the_bands() {
        let marks = vec![Mark { at: 1.5, label: "this".into() }];
        let data = ChartData { marks, y_unit: Unit::Count, ..chart(Draw::Bars, &[Some(1.0); 2]) };
        assert_eq!(shape(&data).marks, [(75.0, "this".to_owned())]);
    }
}
