//! The findings by kind, strongest first; one of them is open.

use leptos::prelude::*;
use model::analysis::{Finding, FindingKind, Findings};
use model::list::Total;

use super::address::Address;
use super::{Anomalies, neighbour};
use crate::client::keyboard::use_shortcut;
use crate::components::finding::{class_words, kind_heading, plain, prose, severity};
use crate::erase::{Erase, Html, Item, attribute, items, memo};
use crate::format;
use crate::place::use_replace;

pub fn view(shown: Memo<Findings>, open: Memo<Option<Finding>>) -> Html {
    let Anomalies { address, .. } = expect_context::<Anomalies>();
    let open_id = memo(move || open.with(|open| open.as_ref().map(|finding| finding.id.clone())));
    for (key, label, step) in [("j", "Next finding", 1), ("k", "Previous finding", -1)] {
        let go = use_replace();
        use_shortcut(key, label, move || {
            let id = open_id.get_untracked();
            let target = shown.with_untracked(|shown| neighbour(&shown.findings, id.as_deref(), step));
            let url = target.and_then(|target| untrack(|| address.url(&target, None)));
            url.iter().for_each(|url| go(url));
        });
    }
    let kinds = memo(move || shown.with(|shown| kinds(&shown.findings)));
    let group = move |kind: FindingKind| {
        Item::new(kind_heading(kind), move || {
            let of_kind = move || {
                shown.with(|shown| {
                    let of_kind = shown.findings.iter().filter(|finding| finding.kind == kind);
                    of_kind.map(|finding| item(address, open_id, finding.clone())).collect()
                })
            };
            view! {
                <li class="findings-group">
                    <h3>{kind_heading(kind)}</h3>
                    <ul aria-label=kind_heading(kind)>{items(of_kind)}</ul>
                </li>
            }
            .erase()
        })
    };
    view! {
        <nav class="findings-list" aria-label="Findings">
            <ul>{items(move || kinds.get().into_iter().map(group).collect())}</ul>
        </nav>
    }
    .erase()
}

/// In the order of their strongest findings.
fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    let mut kinds = Vec::new();
    for finding in findings {
        if !kinds.contains(&finding.kind) {
            kinds.push(finding.kind);
        }
    }
    kinds
}

fn item(address: Address, open_id: Memo<Option<String>>, finding: Finding) -> Item {
    // What is shown is part of the key: a finding that is seen more often now is written anew.
    let key = format!("{} {:?} {:?} {}", finding.id, finding.severity, finding.class, finding.count.value);
    Item::new(key, move || {
        let (id, linked) = (finding.id.clone(), finding.id.clone());
        let is_open = move || open_id.with(|open| open.as_deref() == Some(&id)).then(|| "true".to_owned());
        view! {
            <li>
                <a
                    class="finding-link"
                    href=attribute(move || address.url(&linked, None))
                    aria-current=attribute(is_open)
                    title=plain(&finding.title)
                >
                    <span class="finding-line">
                        {severity(finding.severity)}
                        <span class="finding-class">{class_words(finding.class)}</span>
                        <span class="finding-times">{times(finding.count)}</span>
                    </span>
                    <span class="finding-name">{prose(&finding.title)}</span>
                </a>
            </li>
        }
        .erase()
    })
}

/// How often, when more than once.
pub fn times(count: Total) -> String {
    if count.value > 1 { format::total(count, "time", "times") } else { String::new() }
}
