//! The engines' figures, the races that are proven, and apart from them what is only suspected.

use std::fmt::Write as _;

use super::{LISTED, UNPROVEN_LISTED, more, place};
use crate::races::AccessKind;
use crate::report::answer::{Answer, EngineRaces, RaceFinding, RacingPair};
use crate::report::columns::{Align, Columns, count, count_of};
use crate::report::lockset::LocksetAnswer;

pub fn engines(text: &mut String, answer: &Answer) {
    let of_engines = [
        ("happens-before", &answer.races.hb),
        ("schedulable", &answer.races.shb),
        ("sync-preserving", &answer.races.syncp),
        ("exact", &answer.races.exact),
    ];
    let mut ran: Vec<(&str, &EngineRaces)> =
        of_engines.iter().filter_map(|(name, races)| Some((*name, races.as_ref()?))).collect();
    ran.extend(answer.lockset.as_ref().map(|found| ("lockset", &found.races)));
    if ran.is_empty() {
        return;
    }
    let mut columns = Columns::new(&[
        ("races", Align::Left),
        ("racy events", Align::Right),
        ("pairs", Align::Right),
        ("", Align::Left),
    ]);
    for (name, races) in ran {
        let remark = match (name, races.complete) {
            ("happens-before", _) => "as other tools count, not proven".to_owned(),
            ("lockset", _) => "no common lock, not proven".to_owned(),
            (_, true) => String::new(),
            (_, false) if !races.unknown.is_empty() => format!("{} undecided", count(races.unknown.len() as u64)),
            (_, false) if races.pairs_total > races.pairs.len() as u64 => "not all pairs are listed".to_owned(),
            (_, false) => "not all pairs were looked at".to_owned(),
        };
        columns.row(vec![name.to_owned(), count(races.racy_events.len() as u64), count(races.pairs_total), remark]);
    }
    text.push('\n');
    columns.write_to(text);
}

pub fn proven(text: &mut String, findings: &[RaceFinding]) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{}", count_of(findings.len() as u64, "race"));
    pairs(text, findings.iter().map(|finding| &finding.pair), LISTED);
}

pub fn suspected(text: &mut String, found: &LocksetAnswer, beside_proven: bool) {
    let suspicions = count_of(found.suspected.len() as u64, "pair");
    let at_least = if found.suspected_complete { "" } else { "at least " };
    let beside = if beside_proven { ", beside those that are proven to race" } else { "" };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\nunproven: {at_least}{suspicions} of places under no common lock{beside}");
    pairs(text, found.suspected.iter(), UNPROVEN_LISTED);
}

fn pairs<'a>(text: &mut String, pairs: impl ExactSizeIterator<Item = &'a RacingPair>, listed: usize) {
    let total = pairs.len();
    if total == 0 {
        return;
    }
    let mut columns = Columns::new(&[
        ("class", Align::Left),
        ("variable", Align::Left),
        ("first access", Align::Left),
        ("second access", Align::Left),
        ("pairs", Align::Right),
    ]);
    for pair in pairs.take(listed) {
        let access = |which: usize, event: u32| {
            let (thread, location) = (&pair.threads[which], &pair.locations[which]);
            let access = match pair.accesses[which] {
                AccessKind::Read => "reads",
                AccessKind::Write => "writes",
                AccessKind::AtomicRead => "reads atomically",
                AccessKind::AtomicWrite => "writes atomically",
            };
            format!("{thread} {access} at {location} ({})", place(&pair.at, which, event))
        };
        columns.row(vec![
            pair.class.replace('_', "-"),
            pair.variable.clone(),
            access(0, pair.first),
            access(1, pair.second),
            count(pair.count),
        ]);
    }
    columns.write_to(text);
    more(text, total as u64, listed, total as u64);
}
