//! The variables of the trace, those in findings first.

use leptos::prelude::*;
use model::analysis::{TraceVariable, TraceVariables};

use crate::client::keyboard::use_shortcut;
use crate::erase::{Erase, Html, Item, attribute, items, memo, text};
use crate::place::{Place, use_replace};
use crate::{format, urls};

pub fn list(variables: Signal<TraceVariables>) -> Html {
    let place = expect_context::<Place>();
    let all = memo(move || variables.with(|it| it.variables.clone()));
    // Without a choice in the address it is the first that is shown.
    let chosen = memo(move || {
        let first = || all.with(|all| all.first().map(|variable| variable.index));
        place.variable.get().0.or_else(first)
    });
    for (key, label, step) in [("n", "Next variable", 1), ("p", "Previous variable", -1)] {
        let replace = use_replace();
        use_shortcut(key, label, move || {
            let Some(trace) = place.trace.get_untracked() else { return };
            let next = all.with_untracked(|all| next(all, chosen.get_untracked(), step));
            replace(&urls::variable(trace, &place.list.get_untracked(), next));
        });
    }
    let item = move |variable: TraceVariable| {
        let key = format!(
            "{} {} {} {} {}",
            variable.index, variable.name, variable.reads, variable.writes, variable.findings
        );
        Item::new(key, move || row(place, chosen, &variable))
    };
    let total = text(move || {
        let (shown, total) = variables.with(|it| (it.variables.len() as u64, it.variables_total));
        if shown < total {
            format!("{} of {}", format::count(shown), format::counted(total, "variable", "variables"))
        } else {
            format::counted(total, "variable", "variables")
        }
    });
    view! {
        <nav class="variable-list" aria-label="Variables">
            <p class="list-status"><span>{total}</span><span title="Next and previous variable; those in findings come first"><kbd>"n"</kbd> <kbd>"p"</kbd></span></p>
            <ol class="variable-scroll">{items(move || all.get().into_iter().map(item).collect())}</ol>
        </nav>
    }
    .erase()
}

fn next(all: &[TraceVariable], chosen: Option<u32>, step: isize) -> Option<u32> {
    let at = chosen.and_then(|chosen| all.iter().position(|variable| variable.index == chosen));
    let next = at.map_or(0, |at| at.saturating_add_signed(step).min(all.len().saturating_sub(1)));
    all.get(next).map(|variable| variable.index)
}

fn row(place: Place, chosen: Memo<Option<u32>>, variable: &TraceVariable) -> Html {
    let index = variable.index;
    let url = move || place.trace.get().map(|trace| urls::variable(trace, &place.list.get(), Some(index)));
    let current = move || (chosen.get() == Some(index)).then(|| "true".to_owned());
    let counted = format!(
        "{}, {}",
        format::counted(variable.reads, "read", "reads"),
        format::counted(variable.writes, "write", "writes")
    );
    let threads = format::counted(variable.threads, "thread", "threads");
    let findings = (variable.findings > 0).then(|| {
        view! { <span class="error-mark">{format::counted(variable.findings, "finding", "findings")}</span> }.erase()
    });
    view! {
        <li>
            <a class="variable-link" href=attribute(url) aria-current=attribute(current) title=format!("{} of {}", variable.name, variable.owner)>
                <code class="cut">{variable.name.clone()}</code>
                {findings}
                <span class="variable-counts">{counted}</span>
                <span class="variable-counts">{threads}</span>
            </a>
        </li>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_variable_is_the_next_in_the_list_and_the_ends_hold() {
        let variable = |index| TraceVariable {
            index,
            name: String::new(),
            owner: String::new(),
            reads: 0,
            writes: 0,
            threads: 0,
            findings: 0,
        };
        let all = [variable(4), variable(0), variable(2)];
        assert_eq!(next(&all, Some(4), 1), Some(0));
        assert_eq!(next(&all, Some(2), 1), Some(2));
        assert_eq!(next(&all, Some(4), -1), Some(4));
        assert_eq!(next(&all, None, 1), Some(4));
        assert_eq!(next(&[], None, 1), None);
    }
}
