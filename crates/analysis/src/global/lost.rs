//! Lost updates between traces: one reads a value, another replaces it, and the first writes what it made of
//! the old one, as the values themselves prove.
//!
//! The write recorded the value it replaced, and that is the one its thread had read; but the last write
//! before it, by another trace, had left another value there.

use model::{EventId, Nanos, TraceId};

/// A write, by when it happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub at: Nanos,
    pub trace: TraceId,
    pub event: EventId,
    pub slot: u32,
    pub thread: u32,
    pub site: u16,
    pub held: u16,
    pub old: u64,
    pub new: u64,
}

/// A write that says it replaced the value its thread had read last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Update {
    pub write: Written,
    pub read: EventId,
    pub read_at: Nanos,
    pub read_site: u16,
    pub read_held: u16,
    /// The thread's last access before the write: what others wrote before that is lost already.
    pub since: Nanos,
}

/// An update and the write it loses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lost {
    pub update: Update,
    pub other: Written,
}

/// The lost ones among updates: each loses at most the last write before it. `between(update, other)` gives the
/// clocks' tolerance for a pair of different traces that nothing orders, else [`None`].
///
/// O((writes + updates) log writes).
pub(super) fn find(
    writes: &mut [Written],
    updates: &[Update],
    between: impl Fn(&Written, &Written) -> Option<i64>,
) -> Vec<Lost> {
    if updates.is_empty() {
        return Vec::new();
    }
    let key = |write: &Written| (write.at, write.trace, write.event);
    writes.sort_unstable_by_key(key);
    let lost = |update: &Update| {
        let before = writes.partition_point(|write| key(write) < key(&update.write));
        let other = *writes.get(before.checked_sub(1)?)?;
        let tolerance = between(&update.write, &other)?;
        // Where times are equal, or of two clocks, the other's own record of what it replaced decides.
        let follows = other.old == update.write.old;
        let after_read = other.at > update.since.saturating_add(tolerance) || follows && other.at >= update.since;
        let before_write = update.write.at > other.at.saturating_add(tolerance) || follows;
        let replaced = other.new != 0 && other.new != update.write.old;
        (after_read && before_write && replaced).then_some(Lost { update: *update, other })
    };
    updates.iter().filter_map(lost).collect()
}
