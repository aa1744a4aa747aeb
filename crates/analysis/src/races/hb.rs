//! Races of happens-before, as other tools print them (DJIT+).
//!
//! They are not findings: after the first race of a variable some of them can never happen, because a read
//! between the two accesses saw a write that would have to come later.

use crate::cancel::{Cancel, Cancelled};
use crate::history::OpIdx;
use crate::races::clock::VectorClock;
use crate::races::last_accesses::LastAccesses;
use crate::races::lockset::LockSets;
use crate::races::order::{Relation, walk};
use crate::races::windows::Windows;
use crate::races::{Found, Input, last_accesses};

/// The second accesses of races, ascending. O(N · threads), several million operations a second.
///
/// # Errors
/// [`Cancelled`].
pub fn racy_events(input: Input<'_>, cancel: &Cancel) -> Result<Vec<OpIdx>, Cancelled> {
    last_accesses::racy_events::<VectorClock>(input, Relation::HappensBefore, cancel)
}

/// All races: their total, and a list of at most `limit`. O(N · threads · log N + limit).
///
/// # Errors
/// [`Cancelled`].
pub fn races(input: Input<'_>, limit: usize, cancel: &Cancel) -> Result<Found, Cancelled> {
    let lock_sets = LockSets::ignored();
    let mut windows = Windows::new(input.history, limit);
    let mut last = LastAccesses::new(input.history.variables.len());
    walk::<VectorClock>(input, Relation::HappensBefore, cancel, |step| {
        let races = last.races(&step);
        windows.visit(&step, races, 0, &lock_sets);
    })?;
    Ok(windows.finish())
}
