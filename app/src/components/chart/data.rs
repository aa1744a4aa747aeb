//! What a chart shows, as plain data.

use model::Nanos;

use crate::format;

/// Series over shared points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChartData {
    /// What is pictured: *Events per minute*.
    pub name: String,
    pub x: Points,
    /// Beside the y axis; empty when the name says it.
    pub y_name: &'static str,
    pub y_unit: Unit,
    /// Whether the y axis includes zero, as lengths of bars demand.
    pub from_zero: bool,
    /// Drawn in this order, later ones on top.
    pub series: Vec<Series>,
    pub marks: Vec<Mark>,
    /// Said while no point is chosen.
    pub summary: String,
}

/// Where the points of all series stand along the x axis, ascending.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Points {
    /// Below the axis; empty when it needs no words.
    pub name: &'static str,
    pub unit: Unit,
    pub spread: Spread,
    pub values: Vec<f64>,
    /// Names of the points where they are no values; as many, or none.
    pub labels: Vec<String>,
}

/// How values are laid along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Spread {
    /// A band of equal width each, whatever their values.
    #[default]
    Bands,
    /// By their logarithm; they must be above zero.
    Log,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    #[default]
    Count,
    Number,
    /// Nanoseconds that something takes.
    Duration,
    /// Nanoseconds since 1970, shown as hour and minute in the viewer's zone.
    Clock,
    /// 0 to 100.
    Percent,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    pub draw: Draw,
    pub tone: Tone,
    /// One a point; `None` where there is no value.
    pub values: Vec<Option<f64>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    Bars,
    Line,
    /// Each value holds until the next.
    Steps,
    Dots,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Accent,
    Error,
    Warning,
    Muted,
}

impl Tone {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accent => "accent",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Muted => "muted",
        }
    }
}

/// A value of the x axis that is pointed out, with words.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// In bands the index of the band, with a part of it: 2.5 is the middle of the third. Else a value.
    pub at: f64,
    pub label: String,
}

impl ChartData {
    pub fn n_points(&self) -> usize {
        self.x.values.len()
    }

    /// The x of a point in words.
    pub fn label(&self, point: usize, offset_minutes: impl Fn(Nanos) -> i32) -> String {
        match (self.x.labels.get(point), self.x.values.get(point)) {
            (Some(label), _) => label.clone(),
            (None, Some(&value)) => write(self.x.unit, value, offset_minutes),
            (None, None) => String::new(),
        }
    }

    /// All values of a point in words: *14:05: events 17, errors 2*.
    pub fn readout(&self, point: usize, offset_minutes: impl Fn(Nanos) -> i32) -> String {
        let mut text = self.label(point, &offset_minutes);
        let mut separator = ": ";
        for series in &self.series {
            let Some(value) = series.values.get(point).copied().flatten() else { continue };
            text.push_str(separator);
            text.push_str(&series.name);
            text.push(' ');
            text.push_str(&write(self.y_unit, value, &offset_minutes));
            separator = ", ";
        }
        text
    }
}

/// A value with its unit.
pub fn write(unit: Unit, value: f64, offset_minutes: impl Fn(Nanos) -> i32) -> String {
    match unit {
        Unit::Count if value >= 0.0 => format::count(value.round() as u64),
        Unit::Count => format!("-{}", format::count((-value).round() as u64)),
        Unit::Number => number(value),
        Unit::Duration => format::duration(value.max(0.0).round() as u64),
        Unit::Percent => format!("{} %", number(value)),
        Unit::Clock => {
            let at = Nanos(value as i64);
            format::hour_minute(at, offset_minutes(at))
        }
    }
}

/// As [`write`], short enough for the space beside an axis.
pub fn write_short(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Count | Unit::Number if value.abs() >= 10_000.0 => thousands(value),
        _ => write(unit, value, |_| 0),
    }
}

/// At most two digits after the point, and none that say nothing.
fn number(value: f64) -> String {
    if value.abs() >= 1e15 {
        return thousands(value);
    }
    let text = format::decimal(value, 2);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn thousands(value: f64) -> String {
    const LETTERS: [&str; 6] = ["", "k", "M", "G", "T", "P"];
    let mut scaled = value;
    let mut letters = LETTERS.into_iter().peekable();
    while let Some(letter) = letters.next() {
        if scaled.abs() < 1_000.0 {
            return format!("{}{letter}", number(scaled));
        }
        if letters.peek().is_some() {
            scaled /= 1_000.0;
        }
    }
    "very large".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_out_with_all_its_values() {
        let series = |name: &str, values| Series { name: name.into(), draw: Draw::Bars, tone: Tone::Accent, values };
        let data = ChartData {
            x: Points { unit: Unit::Clock, values: vec![0.0, 60e9], ..Default::default() },
            series: vec![series("events", vec![Some(1_700.0), Some(2.0)]), series("errors", vec![None, Some(0.0)])],
            ..Default::default()
        };
        assert_eq!(data.readout(0, |_| 0), "00:00: events 1\u{202f}700");
        assert_eq!(data.readout(1, |_| 60), "01:01: events 2, errors 0");
        assert_eq!(data.readout(9, |_| 0), "");
    }

    #[test]
    fn numbers_beside_an_axis_are_short() {
        for (unit, value, text) in [
            (Unit::Count, 9_000.0, "9\u{202f}000"),
            (Unit::Count, 12_500.0, "12.5k"),
            (Unit::Count, -3.0, "-3"),
            (Unit::Number, 2_000_000.0, "2M"),
            (Unit::Number, 1e300, "very large"),
            (Unit::Number, 0.25, "0.25"),
            (Unit::Duration, 2e6, "2.00 ms"),
            (Unit::Percent, 90.0, "90 %"),
        ] {
            assert_eq!(write_short(unit, value), text);
        }
    }
}
