//! Time: signed nanoseconds since 1970, UTC.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Nanoseconds since 1970-01-01T00:00:00Z; reaches from 1677 to 2262.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Nanos(pub i64);

/// Why a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    #[error("a timestamp is RFC 3339 with an offset, for example 2026-11-21T13:00:05.691711Z")]
    Shape,
    #[error("a timestamp lies between the years 1677 and 2262")]
    Range,
}

impl Nanos {
    pub const fn saturating_add(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    pub const fn saturating_sub(self, nanos: i64) -> Self {
        Self(self.0.saturating_sub(nanos))
    }

    /// Nanoseconds from `earlier` to `self`; zero when `earlier` is later.
    pub const fn since(self, earlier: Self) -> u64 {
        let span = self.0.saturating_sub(earlier.0);
        if span < 0 { 0 } else { span.unsigned_abs() }
    }

    /// Parses RFC 3339 with an offset (`Z`, `+00:00`, `-05:30`), any number of fraction digits.
    ///
    /// # Errors
    /// [`TimeError::Shape`] for naive times and everything else that is not RFC 3339.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let stamp: jiff::Timestamp = text.parse().map_err(|_| TimeError::Shape)?;
        i64::try_from(stamp.as_nanosecond()).map(Self).map_err(|_| TimeError::Range)
    }

    fn timestamp(self) -> jiff::Timestamp {
        // The range of i64 nanoseconds lies inside jiff's.
        jiff::Timestamp::from_nanosecond(i128::from(self.0)).unwrap_or_default()
    }

    /// `2026-11-21T13:00:05.691711+00:00`: the form of trace lists on the wire contract.
    pub fn to_offset_text(self) -> String {
        let text = self.to_string();
        format!("{}+00:00", text.strip_suffix('Z').unwrap_or(&text))
    }

    pub const fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// RFC 3339 in UTC with `Z`, fraction digits only where they are not zero.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn offsets_and_fractions_are_read_exactly() {
        let expected = Ok(Nanos(1_795_266_005_691_711_000));
        assert_eq!(Nanos::parse("2026-11-21T13:00:05.691711+00:00"), expected);
        assert_eq!(Nanos::parse("2026-11-21T13:00:05.691711Z"), expected);
        assert_eq!(Nanos::parse("2026-11-21T14:30:05.691711000+01:30"), expected);
    }

    #[test]
    fn naive_times_and_nonsense_are_refused() {
        for text in ["2026-11-21T13:00:05", "2026-11-21", "", "now", "2026-13-01T00:00:00Z"] {
            assert_eq!(Nanos::parse(text), Err(TimeError::Shape), "{text}");
        }
        assert_eq!(Nanos::parse("1500-01-01T00:00:00Z"), Err(TimeError::Range));
    }

    proptest! {
        #[test]
        fn a_time_survives_its_text(nanos: i64) {
            prop_assert_eq!(Nanos::parse(&Nanos(nanos).to_string()), Ok(Nanos(nanos)));
            prop_assert_eq!(Nanos::parse(&Nanos(nanos).to_offset_text()), Ok(Nanos(nanos)));
        }
    }
}
