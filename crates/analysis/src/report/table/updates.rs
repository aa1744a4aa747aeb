//! Lost updates: the proven and the predicted ones, and then those that only the order suggests.

use std::fmt::Write as _;

use super::{LISTED, UNPROVEN_LISTED, more, place};
use crate::report::columns::{Align, Columns, count, count_of};
use crate::report::updates::{LostUpdateFinding, LostUpdatesAnswer, name};

pub fn section(text: &mut String, found: &LostUpdatesAnswer) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{}", count_of(found.total, "lost update"));
    list(text, &found.findings, found.total, LISTED);
    if found.possible_total > 0 {
        let possible = count_of(found.possible_total, "possible lost update");
        let _ = writeln!(text, "\nunproven: {possible}, as the order alone suggests");
        list(text, &found.possible, found.possible_total, UNPROVEN_LISTED);
    }
    let is_cut = found.total > found.findings.len() as u64 || found.possible_total > found.possible.len() as u64;
    if !found.complete && !is_cut {
        text.push_str("  there may be more lost updates: the search was cut off\n");
    }
}

fn list(text: &mut String, findings: &[LostUpdateFinding], total: u64, listed: usize) {
    if findings.is_empty() {
        return;
    }
    let mut columns = Columns::new(&[
        ("evidence", Align::Left),
        ("variable", Align::Left),
        ("read", Align::Left),
        ("lost write", Align::Left),
        ("overwritten", Align::Left),
        ("times", Align::Right),
    ]);
    for finding in findings.iter().take(listed) {
        let at = |which: usize, thread: usize, event: u32| {
            let (thread, location) = (&finding.threads[thread], &finding.locations[which]);
            format!("by {thread} at {location} ({})", place(&finding.at, which, event))
        };
        columns.row(vec![
            name(finding.evidence).to_owned(),
            finding.variable.clone(),
            at(0, 0, finding.read),
            at(1, 1, finding.lost),
            at(2, 0, finding.overwrite),
            count(finding.count),
        ]);
    }
    columns.write_to(text);
    more(text, total, listed, findings.len() as u64);
}
