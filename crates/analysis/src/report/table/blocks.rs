//! Requests that no serial execution explains, each with the cycle that says why.

use std::fmt::Write as _;

use super::{LISTED, more, place};
use crate::report::blocks::UnserialisableAnswer;
use crate::report::columns::{count, count_of};

/// Steps of a cycle and threads of its requests shown.
const SHOWN: usize = 6;

pub fn section(text: &mut String, found: &UnserialisableAnswer) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "\n{} of requests without a serial order, out of {}",
        count_of(found.total, "group"),
        count_of(found.requests, "request"),
    );
    for group in found.violations.iter().take(LISTED) {
        let mut threads: Vec<&str> = group.blocks.iter().take(SHOWN).map(|block| block.thread.as_str()).collect();
        threads.dedup();
        let mut steps: Vec<String> = (group.cycle.iter().enumerate().take(SHOWN))
            .map(|(step, &(from, to))| {
                format!("{} -> {}", place(&group.at, 2 * step, from), place(&group.at, 2 * step + 1, to))
            })
            .collect();
        if group.cycle_steps > steps.len() as u64 {
            steps.push(format!("and {} more", count(group.cycle_steps - steps.len() as u64)));
        }
        let _ = writeln!(
            text,
            "  {} of {} on {}: {}",
            count_of(group.blocks_total, "request"),
            threads.join(", "),
            group.variables.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", "),
            steps.join(", "),
        );
    }
    more(text, found.total, LISTED, found.violations.len() as u64);
    if !found.complete && found.total == found.violations.len() as u64 {
        text.push_str("  there may be more: requests are nested deeper than is looked at\n");
    }
}
