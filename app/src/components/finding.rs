//! How findings are spoken of, wherever they are listed: marks with words for their severity, names for
//! their kind and class, and sentences with names of code in them.

use leptos::prelude::*;
use model::analysis::{FindingClass, FindingCounts, FindingKind, Severity};

use crate::erase::{Erase, Html};
use crate::format;

pub const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Minor => "minor",
        Severity::Info => "info",
    }
}

/// A mark of its own shape, and the word.
pub fn severity(severity: Severity) -> Html {
    let word = severity_word(severity);
    view! { <span class="severity" data-severity=word>{word}</span> }.erase()
}

/// One finding of the kind: `race`.
pub const fn kind_word(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Race => "race",
        FindingKind::LostUpdate => "lost update",
        FindingKind::Deadlock => "deadlock",
        FindingKind::LockInversion => "lock inversion",
        FindingKind::Unserialisable => "broken block",
        FindingKind::Slow => "slow event",
    }
}

/// The heading of several: `Races`.
pub const fn kind_heading(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Race => "Races",
        FindingKind::LostUpdate => "Lost updates",
        FindingKind::Deadlock => "Deadlocks",
        FindingKind::LockInversion => "Lock inversions",
        FindingKind::Unserialisable => "Broken blocks",
        FindingKind::Slow => "Slow events",
    }
}

/// How it is known, in few words.
pub const fn class_words(class: FindingClass) -> &'static str {
    match class {
        FindingClass::Observed => "it happened",
        FindingClass::Schedulable => "a delay is enough",
        FindingClass::SyncPreserving => "another timing is enough",
        FindingClass::Predictable => "another order of locks",
        FindingClass::Possible => "not proven",
        FindingClass::Unreached => "not reachable here",
        FindingClass::Measured => "measured",
    }
}

/// What the few words mean.
pub const fn class_hint(class: FindingClass) -> &'static str {
    match class {
        FindingClass::Observed => "The recording itself shows it: the values prove it, or nothing lay between.",
        FindingClass::Schedulable => "It happens when a thread is delayed; no lock and no read changes its order.",
        FindingClass::SyncPreserving => "It happens in another timing in which each lock is taken in the same order.",
        FindingClass::Predictable => "It happens in another order of the locks, which an exact search has found.",
        FindingClass::Possible => "The recording neither proves nor excludes it.",
        FindingClass::Unreached => "It looks dangerous, and no timing of what was recorded leads there.",
        FindingClass::Measured => "Compared with what was usual for the operation before this trace.",
    }
}

/// `1 race, 2 deadlocks`; empty for none.
pub fn counted(counts: &FindingCounts) -> String {
    let parts = [
        (counts.races, "race", "races"),
        (counts.lost_updates, "lost update", "lost updates"),
        (counts.deadlocks, "deadlock", "deadlocks"),
        (counts.lock_inversions, "lock inversion", "lock inversions"),
        (counts.unserialisable, "broken block", "broken blocks"),
        (counts.slow, "slow event", "slow events"),
    ];
    let parts = parts.into_iter().filter(|(number, ..)| *number > 0);
    parts.map(|(number, one, many)| format::counted(number, one, many)).collect::<Vec<_>>().join(", ")
}

/// A sentence in which names of code stand between backticks.
pub fn prose(text: &str) -> Html {
    let pieces = text.split('`').enumerate().map(|(index, piece)| {
        let piece = piece.to_owned();
        // Every second piece is between two of them.
        if index % 2 == 1 { view! { <code>{piece}</code> }.erase() } else { piece.erase() }
    });
    pieces.collect_view().erase()
}

/// The same without the backticks, where only text can stand.
pub fn plain(text: &str) -> String {
    text.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_in_words_and_none_are_left_out() {
        let counts = FindingCounts { races: 1, deadlocks: 2, slow: 1_000, ..Default::default() };
        assert_eq!(counted(&counts), "1 race, 2 deadlocks, 1\u{202f}000 slow events");
        assert_eq!(counted(&FindingCounts::default()), "");
    }
}
