//! How findings of the store are spoken of.

use model::analysis::{FindingKind, GlobalFinding, GlobalSummary, Reach};

use crate::format;

/// How far its sides can have met.
pub const fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Within => "inside one trace",
        Reach::Overlapping => "requests at the same time",
        Reach::Apart => "requests that never met",
    }
}

/// What the events of a finding do in it.
pub fn role(finding: &GlobalFinding, side: usize) -> String {
    match (finding.kind, side) {
        (FindingKind::LostUpdate, 0) => "Reads the old value".to_owned(),
        (FindingKind::LostUpdate, 1) => "Writes in between: this is lost".to_owned(),
        (FindingKind::LostUpdate, 2) => "Overwrites it".to_owned(),
        (FindingKind::Race, 0) => "One side".to_owned(),
        (FindingKind::Race, 1) => "The other side".to_owned(),
        _ => format!("Event {}", side + 1),
    }
}

/// `3 critical, 5 warnings, 120 for information`.
pub fn counted(summary: &GlobalSummary) -> String {
    let parts = [
        (summary.critical, "critical", "critical"),
        (summary.warning, "warning", "warnings"),
        (summary.info, "for information", "for information"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| format::counted(number, one, many))
        .collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

/// What was looked at.
pub fn looked_at(summary: &GlobalSummary) -> String {
    let traces = format::counted(summary.traces, "trace", "traces");
    let accesses = format::counted(summary.accesses, "access of variables", "accesses of variables");
    format!("{traces}, {accesses} looked at")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_leaves_out_what_is_not_there() {
        let summary = GlobalSummary { critical: 1, info: 1_200, traces: 1, ..GlobalSummary::default() };
        assert_eq!(counted(&summary), "1 critical, 1\u{202f}200 for information");
        assert_eq!(counted(&GlobalSummary::default()), "no findings");
        assert_eq!(looked_at(&summary), "1 trace, 0 accesses of variables looked at");
    }
}
