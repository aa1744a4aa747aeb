//! RFC 3339 in and out, with a short way for the forms that clients send: `Z` or `+00:00`.

use std::io::Write;

use crate::{Nanos, TimeError};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Like [`Nanos::parse`], several times faster for times in UTC. Digits beyond the nanosecond are
/// dropped.
pub(crate) fn parse(text: &str) -> Result<Nanos, TimeError> {
    match parse_utc(text.as_bytes()) {
        Some(nanos) => Ok(nanos),
        None => Nanos::parse(text),
    }
}

/// Appends `text` with its offset written as `Z`, or `otherwise` when it is not a time.
pub(crate) fn write_utc(out: &mut Vec<u8>, text: &str, otherwise: Nanos) {
    if parse_utc(text.as_bytes()).is_some() {
        let local = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")).unwrap_or(text);
        out.extend_from_slice(local.as_bytes());
        out.push(b'Z');
    } else {
        let nanos = Nanos::parse(text).unwrap_or(otherwise);
        // Writing to a vector cannot fail.
        let _ = write!(out, "{nanos}");
    }
}

/// `YYYY-MM-DDTHH:MM:SS[.digits](Z|+00:00)` between 1678 and 2261; `None` for everything else, whether or
/// not it is a time.
fn parse_utc(text: &[u8]) -> Option<Nanos> {
    let (head, mut rest) = text.split_first_chunk::<19>()?;
    let separators = [head[4], head[7], head[10], head[13], head[16]];
    if separators != *b"--T::" {
        return None;
    }
    let year = number(&head[0..4])?;
    let month = number(&head[5..7])?;
    let day = number(&head[8..10])?;
    let (hour, minute, second) = (number(&head[11..13])?, number(&head[14..16])?, number(&head[17..19])?);
    let in_range = (1678..=2261).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    if !in_range {
        return None;
    }
    let mut nanos = 0;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let kept = digits.min(9);
        if digits == 0 {
            return None;
        }
        nanos = number(&fraction[..kept])? * 10_i64.pow(9 - kept as u32);
        rest = &fraction[digits..];
    }
    if rest != b"Z" && rest != b"+00:00" {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(Nanos(seconds * NANOS_PER_SECOND + nanos))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms",
/// `days_from_civil`).
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utc(text: &str) -> String {
        let mut out = Vec::new();
        write_utc(&mut out, text, Nanos(0));
        String::from_utf8(out).expect("a time is ASCII")
    }

    #[test]
    fn times_are_written_in_utc_with_the_digits_they_came_with() {
        for (text, expected) in [
            ("2026-11-21T13:00:05.691711+00:00", "2026-11-21T13:00:05.691711Z"),
            ("2026-11-21T13:00:05.6917110Z", "2026-11-21T13:00:05.6917110Z"),
            ("2026-11-21T14:30:05.691711+01:30", "2026-11-21T13:00:05.691711Z"),
            ("2026-11-21T13:00:05Z", "2026-11-21T13:00:05Z"),
            ("never", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(utc(text), expected);
        }
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in ["2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00.Z"] {
            assert_eq!(parse(text), Err(TimeError::Shape), "{text}");
        }
        assert!(parse("2028-02-29T00:00:00Z").is_ok());
    }

    #[test]
    fn digits_beyond_the_nanosecond_are_dropped() {
        assert_eq!(parse("1970-01-01T00:00:00.0000000019Z"), Ok(Nanos(1)));
    }

    proptest! {
        #[test]
        fn the_short_way_and_the_long_way_agree(nanos: i64) {
            let text = Nanos(nanos).to_string();
            if let Some(fast) = parse_utc(text.as_bytes()) {
                prop_assert_eq!(fast, Nanos(nanos));
            }
            prop_assert_eq!(parse(&Nanos(nanos).to_offset_text()), Ok(Nanos(nanos)));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "[0-9TZ:.+-]{0,40}") {
            let _ = parse(&text);
            let _ = utc(&text);
        }
    }
}
