//! No findings: what was looked at and by what, and why that may say little.

use leptos::prelude::*;
use model::analysis::Findings;

use super::bar::{engines, looked_at, notes, search};
use crate::components::panel::note;
use crate::erase::{Erase, Html, part, text};

pub fn view(linear: Signal<Findings>, shown: Memo<Findings>) -> Html {
    view! {
        <section class="empty anomalies-empty" aria-label="No findings">
            <h2>{text(move || shown.with(|shown| heading(shown).to_owned()))}</h2>
            <p>{text(move || shown.with(|shown| format!("{}.", looked_at(shown))))}</p>
            {part(move || shown.with(blind_spot).map(|why| view! { <p>{why}</p> }))}
            <p>{text(move || shown.with(|shown| format!("Looked for: {}", engines(shown.thoroughness))))}</p>
            {notes(shown)}
            {search(linear)}
            {note("What is found, and how sure it is, is explained in docs/findings.md.")}
        </section>
    }
    .erase()
}

/// It does not say that all is well when nothing could be seen.
fn heading(findings: &Findings) -> &'static str {
    if blind_spot(findings).is_some() { "There was nothing to compare" } else { "Nothing found" }
}

/// Why there could be no race, deadlock or lost update in the recording.
fn blind_spot(findings: &Findings) -> Option<&'static str> {
    if findings.threads < 2 {
        return Some(
            "All of it ran on one thread, or was recorded as one chain: what happened at the same time cannot be told. \
             Races between requests are on the page Races.",
        );
    }
    if findings.variables == 0 && findings.locks == 0 {
        return Some(
            "No reads, writes or locks were recorded. Record shared variables and locks to have them compared.",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Seq;
    use model::analysis::{FindingCounts, Thoroughness};

    fn seen(threads: u64, variables: u64, locks: u64) -> Findings {
        Findings {
            trace_id: "b33c31bb-3c0f-4b39-acd0-0fe400f6a1e6".parse().expect("an id"),
            version: Seq(1),
            thoroughness: Thoroughness::Linear,
            complete: true,
            undecided: 0,
            counts: FindingCounts::default(),
            findings: Vec::new(),
            notes: Vec::new(),
            events: 10,
            threads,
            variables,
            locks,
        }
    }

    #[test]
    fn nothing_found_is_said_only_where_something_could_have_been() {
        assert_eq!(heading(&seen(2, 1, 0)), "Nothing found");
        assert_eq!(heading(&seen(1, 5, 5)), "There was nothing to compare");
        assert_eq!(heading(&seen(4, 0, 0)), "There was nothing to compare");
    }
}
