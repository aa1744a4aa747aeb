//! Wall-clock time that never runs backwards within the process.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use model::Nanos;

/// Wall time and monotonic time of one moment. The monotonic clock is slewed together with the wall
/// clock, so only later *steps* of the wall clock are missed, and those would tear traces apart.
static ANCHOR: LazyLock<(i64, Instant)> = LazyLock::new(|| {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX), Instant::now())
});

/// The time of an event recorded now.
pub(crate) fn now() -> Nanos {
    let (wall, monotonic) = *ANCHOR;
    let elapsed = i64::try_from(monotonic.elapsed().as_nanos()).unwrap_or(i64::MAX);
    Nanos(wall).saturating_add(elapsed)
}
