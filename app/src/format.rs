//! How numbers, times and ids are written for people. Plain functions of their arguments: the same
//! text on the server and in the browser.

use model::Nanos;
use model::list::{Total, TotalKind};

/// Groups of three digits are set apart by it; it never breaks a line.
const THIN_SPACE: char = '\u{202f}';

/// Three significant digits and a unit up to a minute, then two units: `0 ns`, `4.21 ms`, `2 min 05 s`.
pub fn duration(nanos: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s")];
    if nanos < 1_000 {
        return format!("{nanos} ns");
    }
    for (index, (size, unit)) in UNITS.into_iter().enumerate() {
        let text = significant(nanos as f64 / size as f64);
        let is_last = index + 1 == UNITS.len();
        // 999.7 µs rounds to "1000", which is 1.00 ms.
        if !is_last && text != "1000" && nanos < size * 1_000 {
            return format!("{text} {unit}");
        }
        if is_last && nanos < 59_950_000_000 {
            return format!("{text} {unit}");
        }
    }
    let seconds = nanos / 1_000_000_000 + u64::from(nanos % 1_000_000_000 >= 500_000_000);
    match seconds {
        0..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// Three significant digits of a number from 1 to 1000.
fn significant(number: f64) -> String {
    match number {
        n if n < 9.995 => decimal(n, 2),
        n if n < 99.95 => decimal(n, 1),
        n => decimal(n, 0),
    }
}

/// A number with so many digits after its point, at most 9. The standard library's own way, exact to the last of
/// hundreds of digits, is tens of kilobytes to download.
pub fn decimal(number: f64, digits: u32) -> String {
    let scale = 10_i64.pow(digits.min(9));
    let scaled = (number * scale as f64).round() as i64;
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, rest) = (scaled.unsigned_abs() / scale as u64, scaled.unsigned_abs() % scale as u64);
    if digits == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:0width$}", width = digits as usize)
    }
}

/// A length on the screen, to the hundredth of a pixel.
pub fn px(length: f64) -> String {
    format!("{}px", decimal(length, 2))
}

/// A share of a length on the screen, given as percent.
pub fn of_whole(percent: f64) -> String {
    format!("{}%", decimal(percent, 2))
}

/// `1 234 567` with thin spaces.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(THIN_SPACE);
        }
        text.push(digit);
    }
    text
}

/// `1 trace`, `2 traces`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A total that says how far it can be trusted.
pub fn total(total: Total, one: &str, many: &str) -> String {
    let counted = counted(total.value, one, many);
    match total.kind {
        TotalKind::Exact => counted,
        TotalKind::AtLeast => format!("at least {counted}"),
    }
}

/// `0 B`, `812 kB`, `1.21 MB`: decimal units.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if number < 1_000 {
        return format!("{number} B");
    }
    let mut scaled = number as f64 / 1_000.0;
    for unit in UNITS {
        if scaled < 999.5 || unit == "TB" {
            return format!("{} {unit}", significant(scaled));
        }
        scaled /= 1_000.0;
    }
    format!("{number} B")
}

/// `now`, `12 s`, `5 min`, `3 h`, `2 d`.
pub fn age(nanos: u64) -> String {
    match nanos / 1_000_000_000 {
        0..5 => "now".to_owned(),
        seconds @ 5..60 => format!("{} s", seconds / 5 * 5),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// An age within a sentence: `3 min ago`.
pub fn ago(nanos: u64) -> String {
    let age = age(nanos);
    if age == "now" { age } else { age + " ago" }
}

/// `14:05:12.345` at an offset of so many minutes east of UTC.
pub fn time_of_day(at: Nanos, offset_minutes: i32) -> String {
    let text = shifted(at, offset_minutes);
    let seconds = text.get(11..19).unwrap_or_default();
    format!("{seconds}.{:03}", at.0.rem_euclid(1_000_000_000) / 1_000_000)
}

/// `14:05`.
pub fn hour_minute(at: Nanos, offset_minutes: i32) -> String {
    shifted(at, offset_minutes).get(11..16).unwrap_or_default().to_owned()
}

/// `2026-11-21 14:05:12.345`.
pub fn date_time(at: Nanos, offset_minutes: i32) -> String {
    let text = shifted(at, offset_minutes);
    format!("{} {}", text.get(..10).unwrap_or_default(), time_of_day(at, offset_minutes))
}

/// The exact instant: `2026-11-21 13:05:12.345678 UTC`.
pub fn utc(at: Nanos) -> String {
    format!("{} UTC", at.to_string().replace('T', " ").trim_end_matches('Z'))
}

/// RFC 3339 with the offset folded in; only its digits are used.
fn shifted(at: Nanos, offset_minutes: i32) -> String {
    at.saturating_add(i64::from(offset_minutes) * 60_000_000_000).to_string()
}

/// Cuts a text in the middle to at most `max` characters: `b33c31bb…f6a1e6`.
pub fn middle(text: &str, max: usize) -> String {
    let n_chars = text.chars().count();
    if n_chars <= max || max < 3 {
        return text.to_owned();
    }
    let n_head = (max - 1).div_ceil(2);
    let n_tail = max - 1 - n_head;
    let head = text.chars().take(n_head);
    let tail = text.chars().skip(n_chars - n_tail);
    head.chain(std::iter::once('…')).chain(tail).collect()
}

/// `12 %`, `< 1 %`, `0 %` of a whole.
pub fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    match part as f64 * 100.0 / whole as f64 {
        share if share < 1.0 => "< 1 %".to_owned(),
        share if share > 99.0 && part < whole => "> 99 %".to_owned(),
        share => format!("{} %", decimal(share, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_rounded_and_keep_their_zeros() {
        for (number, digits, expected) in [
            (0.0, 2, "0.00"),
            (1.005, 1, "1.0"),
            (9.99, 1, "10.0"),
            (-0.5, 2, "-0.50"),
            (-0.001, 2, "0.00"),
            (12.345_678, 3, "12.346"),
            (7_999_999.99, 0, "8000000"),
        ] {
            assert_eq!(decimal(number, digits), expected);
        }
        assert_eq!((px(28.5).as_str(), of_whole(33.333_3).as_str()), ("28.50px", "33.33%"));
    }

    #[test]
    fn durations_have_three_significant_digits_and_a_unit() {
        for (nanos, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (4_213_000, "4.21 ms"),
            (42_130_000, "42.1 ms"),
            (999_400_000, "999 ms"),
            (999_700, "1.00 ms"),
            (1_500_000_000, "1.50 s"),
            (59_960_000_000, "1 min 00 s"),
            (125_000_000_000, "2 min 05 s"),
            (3_780_000_000_000, "1 h 03 min"),
            (200_000_000_000_000, "2 d 07 h"),
        ] {
            assert_eq!(duration(nanos), text, "{nanos}");
        }
    }

    #[test]
    fn counts_are_grouped_by_thin_spaces() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1\u{202f}000");
        assert_eq!(count(1_234_567), "1\u{202f}234\u{202f}567");
    }

    #[test]
    fn totals_say_how_far_they_can_be_trusted() {
        assert_eq!(total(Total::exact(1), "trace", "traces"), "1 trace");
        assert_eq!(total(Total::capped(10_000, 10_000), "trace", "traces"), "at least 10\u{202f}000 traces");
    }

    #[test]
    fn bytes_are_decimal() {
        for (number, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_210_000, "1.21 MB"),
            (999_900, "1.00 MB"),
            (5_000_000_000_000_000, "5000 TB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }

    #[test]
    fn times_are_shifted_to_the_viewers_zone() {
        let at = Nanos::parse("2026-11-21T23:30:05.691711Z").expect("a time");
        assert_eq!(time_of_day(at, 0), "23:30:05.691");
        assert_eq!(date_time(at, 60), "2026-11-22 00:30:05.691");
        assert_eq!(hour_minute(at, -90), "22:00");
        assert_eq!(utc(at), "2026-11-21 23:30:05.691711 UTC");
        assert_eq!(time_of_day(Nanos(-1), 0), "23:59:59.999");
    }

    #[test]
    fn ages_are_coarse_and_ids_are_cut_in_the_middle() {
        assert_eq!(age(3_000_000_000), "now");
        assert_eq!(age(13_000_000_000), "10 s");
        assert_eq!(age(7_300_000_000_000), "2 h");
        assert_eq!((ago(3_000_000_000), ago(7_300_000_000_000)), ("now".to_owned(), "2 h ago".to_owned()));
        assert_eq!(middle("b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6", 13), "b33c31…f6a1e6");
        assert_eq!(middle("short", 13), "short");
    }

    #[test]
    fn shares_never_round_to_nothing_or_everything() {
        assert_eq!(percent(1, 10_000), "< 1 %");
        assert_eq!(percent(9_999, 10_000), "> 99 %");
        assert_eq!(percent(1, 3), "33 %");
        assert_eq!(percent(0, 0), "0 %");
    }

    proptest! {
        #[test]
        fn no_number_makes_them_panic(nanos: u64, at: i64, offset in -900i32..900, max in 0usize..50, text in ".{0,60}") {
            prop_assert!(!duration(nanos).is_empty());
            prop_assert!(!bytes(nanos).is_empty());
            prop_assert_eq!(time_of_day(Nanos(at), offset).len(), 12);
            prop_assert!(middle(&text, max.max(3)).chars().count() <= max.max(3));
            prop_assert_eq!(count(nanos).replace(THIN_SPACE, ""), nanos.to_string());
        }
    }
}
