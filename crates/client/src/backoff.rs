//! How long to wait before trying again: exponential, with jitter, and never less than the server asked for.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(10);
/// A server that asks for more than this is asked again sooner.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Waits between attempts of one delivery.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The next wait: a random half to whole of 100 ms, 200 ms, 400 ms, ... up to 10 s, and on top of
    /// that what `Retry-After` asked for, so that many clients do not come back at the same moment.
    pub(crate) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let whole = FIRST.saturating_mul(1 << self.attempts.min(16)).min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        let jittered = whole.mul_f64(rand::random_range(0.5..=1.0));
        asked.map_or(jittered, |asked| asked.min(LONGEST_ASKED) + jittered.min(FIRST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_limit_and_vary() {
        let mut backoff = Backoff::default();
        for attempt in 0..40u32 {
            let whole = (100u64 << attempt.min(16)).min(10_000);
            let wait = backoff.next(None).as_millis() as u64;
            assert!(wait >= whole / 2 && wait <= whole, "attempt {attempt}: {wait} of {whole}");
        }
        let distinct: std::collections::HashSet<_> = (0..20).map(|_| Backoff::default().next(None)).collect();
        assert!(distinct.len() > 1);
    }

    #[test]
    fn what_the_server_asked_for_is_the_least_wait() {
        let asked = Duration::from_secs(2);
        assert!(Backoff::default().next(Some(asked)) >= asked);
        assert!(Backoff::default().next(Some(Duration::from_secs(86_400))) < Duration::from_secs(61));
    }
}
