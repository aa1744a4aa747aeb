//! What is wrong, before anything else: the worst findings as sentences that lead to them. The box has the
//! height of five, so that nothing below moves when one is found.

use leptos::prelude::*;
use model::analysis::{GlobalFinding, GlobalSummary};
use model::list::{Dashboard, Total, TotalKind};

use crate::client::keyboard::use_shortcut;
use crate::components::finding::{plain, prose, severity};
use crate::components::panel::{Level, panel};
use crate::components::time::{Age, ago};
use crate::erase::{Erase, Html, Item, items, memo, part, text, when};
use crate::place::use_go;
use crate::{format, urls};

#[component]
pub fn Findings(data: Signal<Dashboard>) -> impl IntoView {
    let findings = memo(move || data.with(|data| data.findings.clone()));
    let summary = memo(move || data.with(|data| data.races));
    let go = use_go();
    use_shortcut("w", "Open the worst finding", move || {
        if let Some(worst) = findings.with_untracked(|findings| findings.first().map(urls::of_finding)) {
            go(&worst);
        }
    });
    let item = |finding: GlobalFinding| {
        Item::new(format!("{} {:?} {}", finding.id, finding.traces_total, finding.last.0), move || row(&finding))
    };
    let list = view! {
        <ol class="wrong-list" aria-label="Worst findings">
            {items(move || findings.get().into_iter().map(item).collect())}
        </ol>
        {when(move || findings.with(Vec::is_empty), move || quiet(summary))}
    };
    panel(Level::Page, "findings-title", "panel wrong-panel", "What is wrong", head(summary), list.erase())
}

/// How many, how sure, how old; and the way to all of them.
fn head(summary: Memo<GlobalSummary>) -> Html {
    let at = memo(move || summary.with(|summary| summary.at));
    let has_looked = move || summary.with(|summary| summary.traces > 0);
    view! {
        <span class="panel-note wrong-counts">{text(move || summary.with(counts))}</span>
        <span class="panel-note wrong-age">
            {when(has_looked, move || ago("as of", move || at.get()))}
        </span>
        <a href="/races" title="All findings (g r)">"All findings"</a>
    }
    .erase()
}

/// `2 critical, 1 warning: 1 race, 2 lost updates`.
fn counts(summary: &GlobalSummary) -> String {
    let listed = |parts: &[(u64, &str, &str)]| {
        let parts = parts.iter().filter(|(number, ..)| *number > 0);
        parts.map(|(number, one, many)| format::counted(*number, one, many)).collect::<Vec<_>>().join(", ")
    };
    let severities = listed(&[(summary.critical, "critical", "critical"), (summary.warning, "warning", "warnings")]);
    let kinds = listed(&[
        (summary.races, "race", "races"),
        (summary.lost_updates, "lost update", "lost updates"),
        (summary.deadlocks, "deadlock", "deadlocks"),
    ]);
    match (severities.is_empty(), kinds.is_empty()) {
        (true, _) => String::new(),
        (false, true) => severities,
        (false, false) => format!("{severities}: {kinds}"),
    }
}

fn row(finding: &GlobalFinding) -> Html {
    let url = urls::of_finding(finding);
    let last = finding.last;
    view! {
        <li class="wrong-row row-link">
            {severity(finding.severity)}
            <a class="wrong-title cut" href=url title=plain(&finding.title)>{prose(&finding.title)}</a>
            <span class="wrong-traces">{traces(finding.traces_total)}</span>
            <Age at=last/>
        </li>
    }
    .erase()
}

fn traces(total: Total) -> String {
    let counted = format::counted(total.value, "trace", "traces");
    if total.kind == TotalKind::AtLeast { format!("≥ {counted}") } else { counted }
}

/// Nothing was found; what was looked at says how much that means.
fn quiet(summary: Memo<GlobalSummary>) -> Html {
    let has_looked = memo(move || summary.with(|summary| summary.traces > 0));
    let looked_at = move || {
        summary.with(|summary| {
            format!(
                "{} and {} were looked at for races, lost updates and deadlocks.",
                format::counted(summary.traces, "trace", "traces"),
                format::counted(summary.accesses, "access to a variable", "accesses to variables"),
            )
        })
    };
    let notes = move || {
        summary.with(|summary| match summary.info {
            0 => String::new(),
            info => format!("{} of little weight under all findings.", format::counted(info, "note", "notes")),
        })
    };
    let view = move || {
        if has_looked.get() {
            view! {
                <p class="quiet-title">"Nothing wrong was found"</p>
                <p>{text(looked_at)}</p>
                <p>{text(notes)}</p>
            }
            .erase()
        } else {
            view! {
                <p class="quiet-title">"Nothing was looked at yet"</p>
                <p>"Traces are analysed shortly after they arrive; this page shows by itself what is found."</p>
            }
            .erase()
        }
    };
    view! { <div class="wrong-quiet">{part(view)}</div> }.erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_say_how_bad_and_of_what_kind_and_nothing_of_none() {
        let summary = GlobalSummary { critical: 2, warning: 1, races: 1, lost_updates: 2, ..Default::default() };
        assert_eq!(counts(&summary), "2 critical, 1 warning: 1 race, 2 lost updates");
        assert_eq!(counts(&GlobalSummary { info: 4, races: 4, ..Default::default() }), "");
        assert_eq!(counts(&GlobalSummary { critical: 1, ..Default::default() }), "1 critical");
    }

    #[test]
    fn a_capped_number_of_traces_says_so() {
        assert_eq!(traces(Total::exact(1)), "1 trace");
        assert_eq!(traces(Total::capped(20, 20)), "≥ 20 traces");
    }
}
