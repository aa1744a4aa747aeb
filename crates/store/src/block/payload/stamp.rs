//! Timestamps as numbers: RFC 3339 in UTC, kept to the letter.
//!
//! A timestamp is its form (how many fraction digits, and how UTC is written) and a time. Others, with
//! an offset, in lower case, or out of range, stay text.

/// A time and the way it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Fraction digits, plus 10 when UTC is `+00:00` and not `Z`.
    pub(super) form: u8,
    /// Units of the last fraction digit since 1970; never negative.
    pub(super) units: i64,
}

/// Number of forms.
pub(super) const N_FORMS: u8 = 20;

const SUFFIXES: [&str; 2] = ["Z", "+00:00"];
/// Length of `2026-11-21T13:00:05`.
const SECONDS_LEN: usize = 19;
/// From here on, nanoseconds may not fit in 63 bits.
const END_YEAR: i64 = 2262;

/// Nanoseconds in the unit of a form.
pub(super) const fn unit(form: u8) -> i64 {
    10i64.pow(9 - (form % 10) as u32)
}

impl Stamp {
    /// `None` unless [`Stamp::write`] gives back exactly `text`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (seconds, rest) = text.as_bytes().split_at_checked(SECONDS_LEN)?;
        let number = |range: std::ops::Range<usize>| decimal(&seconds[range]);
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        let separators = [seconds[4], seconds[7], seconds[10], seconds[13], seconds[16]];
        if separators != *b"--T::" || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        if !(1970..END_YEAR).contains(&year)
            || !(1..=12).contains(&month)
            || !(1..=month_len(year, month)).contains(&day)
        {
            return None;
        }
        let n_digits = match rest.split_first()? {
            (b'.', fraction) => fraction.iter().take_while(|byte| byte.is_ascii_digit()).count(),
            _ => 0,
        };
        let (fraction, suffix) = match n_digits {
            0 => (0, rest),
            1..=9 => (decimal(&rest[1..=n_digits])?, &rest[n_digits + 1..]),
            _ => return None,
        };
        let suffix_idx = SUFFIXES.iter().position(|known| known.as_bytes() == suffix)?;
        let form = (n_digits + 10 * suffix_idx) as u8;
        let seconds = ((days_to(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
        Some(Self { form, units: seconds * (1_000_000_000 / unit(form)) + fraction })
    }

    /// Appends the text; false, with nothing appended, when no text has this form and time.
    pub(super) fn write(self, out: &mut Vec<u8>) -> bool {
        if self.form >= N_FORMS || self.units < 0 {
            return false;
        }
        let per_second = 1_000_000_000 / unit(self.form);
        let (seconds, fraction) = (self.units / per_second, self.units % per_second);
        let (days, second_of_day) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = date_of(days);
        if year >= END_YEAR {
            return false;
        }
        put_decimal(out, year, 4);
        for (separator, value) in [
            (b'-', month),
            (b'-', day),
            (b'T', second_of_day / 3600),
            (b':', second_of_day / 60 % 60),
            (b':', second_of_day % 60),
        ] {
            out.push(separator);
            put_decimal(out, value, 2);
        }
        let n_digits = usize::from(self.form % 10);
        if n_digits > 0 {
            out.push(b'.');
            put_decimal(out, fraction, n_digits);
        }
        out.extend_from_slice(SUFFIXES[usize::from(self.form / 10)].as_bytes());
        true
    }
}

fn decimal(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0i64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + i64::from(byte - b'0')))
}

fn put_decimal(out: &mut Vec<u8>, mut value: i64, n_digits: usize) {
    let begin = out.len();
    out.resize(begin + n_digits, b'0');
    for digit in out[begin..].iter_mut().rev() {
        *digit += (value % 10) as u8;
        value /= 10;
    }
}

const fn month_len(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
const fn days_to(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month, day. The same, civil_from_days, for days that are not negative.
const fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Nanos;
    use proptest::prelude::*;

    fn written(stamp: Stamp) -> String {
        let mut out = Vec::new();
        stamp.write(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    proptest! {
        #[test]
        fn a_time_of_ours_is_a_number_and_comes_back_to_the_letter(nanos in 0..9_214_646_400_000_000_000i64) {
            for text in [Nanos(nanos).to_string(), Nanos(nanos).to_offset_text()] {
                let stamp = Stamp::parse(&text).expect("UTC");
                prop_assert_eq!(stamp.units * unit(stamp.form), nanos);
                prop_assert_eq!(written(stamp), text);
            }
        }

        #[test]
        fn whatever_parses_is_written_back(text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](\\.[0-9]{0,10})?(Z|\\+00:00|z|\\+01:00)?") {
            if let Some(stamp) = Stamp::parse(&text) {
                prop_assert_eq!(written(stamp), text);
            }
        }

        #[test]
        fn any_number_is_written_or_refused(form: u8, units: i64) {
            let mut out = Vec::new();
            let stamp = Stamp { form, units };
            if stamp.write(&mut out) {
                prop_assert_eq!(Stamp::parse(std::str::from_utf8(&out).expect("ASCII")), Some(stamp));
            } else {
                prop_assert!(out.is_empty());
            }
        }
    }

    #[test]
    fn other_forms_stay_text() {
        for text in [
            "",
            "now",
            "2026-02-29T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-11-21t13:00:05Z",
            "2026-11-21T13:00:05.Z",
            "2026-11-21T13:00:05+01:00",
            "2026-11-21T13:00:60Z",
            "2026-11-21T13:00:05.1234567890Z",
            "2026-11-21T13:00:05é",
        ] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
        assert_eq!(Stamp::parse("2028-02-29T00:00:00.500+00:00").map(|stamp| stamp.form), Some(13));
    }
}
