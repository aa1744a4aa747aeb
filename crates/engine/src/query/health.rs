//! How a service does, and why that is said of it.

/// What a verdict rests on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Signs {
    pub quiet_minutes: u64,
    /// Measured calls of the last hour, and those that failed.
    pub calls: u64,
    pub failed: u64,
    /// Events of the last hour, and those that are errors.
    pub events: u64,
    pub errors: u64,
}

/// Minutes of quiet, as the contract's health has them.
const QUIET_WARNING: u64 = 5;
const QUIET_CRITICAL: u64 = 30;
/// Of a hundred calls that fail.
const FAILED_WARNING: f64 = 5.0;
const FAILED_CRITICAL: f64 = 25.0;
/// Fewer calls say nothing about their share.
const LEAST_CALLS: u64 = 20;

/// `healthy`, `warning` or `critical`, the worse of being quiet and of failing; and why, in one sentence.
pub(super) fn health(signs: Signs) -> (&'static str, String) {
    let share = |part: u64, of: u64| if of < LEAST_CALLS { 0.0 } else { part as f64 * 100.0 / of as f64 };
    let (of_calls, of_events) = (share(signs.failed, signs.calls), share(signs.errors, signs.events));
    let (failing, failure) = if of_calls >= of_events {
        (of_calls, format!("{} of its calls failed in the last hour.", percent(of_calls)))
    } else {
        (of_events, format!("{} of its events in the last hour are errors.", percent(of_events)))
    };
    let quiet = || format!("Nothing arrived for {}.", quiet(signs.quiet_minutes));
    if signs.quiet_minutes >= QUIET_CRITICAL {
        ("critical", quiet())
    } else if failing >= FAILED_CRITICAL {
        ("critical", failure)
    } else if signs.quiet_minutes >= QUIET_WARNING {
        ("warning", quiet())
    } else if failing >= FAILED_WARNING {
        ("warning", failure)
    } else if failing > 0.0 {
        ("healthy", format!("Events arrive, and only {}{}", failure[..1].to_lowercase(), &failure[1..]))
    } else if signs.errors + signs.failed > 0 {
        ("healthy", "Events arrive; too few to judge the errors among them.".to_owned())
    } else {
        ("healthy", "Events arrive, and none of the last hour is an error.".to_owned())
    }
}

fn percent(share: f64) -> String {
    if share < 1.0 { "Less than 1 %".to_owned() } else { format!("{share:.0} %") }
}

fn quiet(minutes: u64) -> String {
    match minutes {
        0..120 => format!("{minutes} minutes"),
        120..2_880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_is_the_worse_of_quiet_and_failing_and_says_why() {
        for (quiet_minutes, calls, failed, verdict, reason) in [
            (0, 100, 0, "healthy", "Events arrive, and none of the last hour is an error."),
            (0, 100, 2, "healthy", "Events arrive, and only 2 % of its calls failed in the last hour."),
            (0, 1_000, 2, "healthy", "Events arrive, and only less than 1 % of its calls failed in the last hour."),
            (0, 10, 10, "healthy", "Events arrive; too few to judge the errors among them."),
            (0, 100, 12, "warning", "12 % of its calls failed in the last hour."),
            (0, 1_000, 52, "warning", "5 % of its calls failed in the last hour."),
            (0, 100, 40, "critical", "40 % of its calls failed in the last hour."),
            (7, 100, 12, "warning", "Nothing arrived for 7 minutes."),
            (7, 100, 40, "critical", "40 % of its calls failed in the last hour."),
            (34, 0, 0, "critical", "Nothing arrived for 34 minutes."),
            (300, 0, 0, "critical", "Nothing arrived for 5 hours."),
            (10_000, 0, 0, "critical", "Nothing arrived for 6 days."),
        ] {
            let signs = Signs { quiet_minutes, calls, failed, ..Signs::default() };
            assert_eq!(health(signs), (verdict, reason.to_owned()));
        }
        let errors = Signs { events: 200, errors: 20, calls: 100, failed: 1, ..Signs::default() };
        assert_eq!(health(errors), ("warning", "10 % of its events in the last hour are errors.".to_owned()));
    }
}
