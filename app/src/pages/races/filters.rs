//! The filters above the findings. The address is their state.

use leptos::prelude::*;
use model::analysis::{GlobalRaces, RaceFilter};

use super::RacesPlace;
use crate::client::debounce::{Debounced, TYPING_SILENCE};
use crate::client::live::Live;
use crate::components::finding::{class_words, kind_word, severity_word};
use crate::components::text_filter::TextFilter;
use crate::erase::{Erase, Html, memo, part, waiting, when};
use crate::place::use_replace;
use crate::urls::{self, CLASSES, KINDS, SEVERITIES};

/// What a choice does to the filter.
type Choose = fn(&mut RaceFilter, &str);

#[component]
pub fn Filters(live: Live<RaceFilter, GlobalRaces>) -> impl IntoView {
    let place = expect_context::<RacesPlace>();
    let (filter, replace) = (place.filter, StoredValue::new(use_replace()));
    let change = move |change: &dyn Fn(&mut RaceFilter)| {
        let mut wanted = filter.get_untracked();
        change(&mut wanted);
        let url = urls::races(&wanted, &place.open.get_untracked());
        replace.with_value(|replace| replace(&url));
    };
    let ask = Debounced::new(TYPING_SILENCE, move |text: String| change(&|filter| filter.subject.clone_from(&text)));
    let asked = memo(move || filter.with(|filter| filter.subject.clone()));
    let chosen = move |label: &'static str, choose: Choose, options: Html| {
        view! {
            <select
                class="input"
                aria-label=label
                on:change:target=move |event| {
                    let word = event.target().value();
                    change(&|filter| choose(filter, &word));
                }
            >
                {options}
            </select>
        }
        .erase()
    };
    let severities = part(move || {
        let wanted = filter.with(|filter| filter.severity);
        let known = SEVERITIES.iter().map(|&(word, value)| (word, severity_word(value), wanted == Some(value)));
        options("Severity", known)
    });
    let kinds = part(move || {
        let wanted = filter.with(|filter| filter.kind);
        options("Kind", KINDS.iter().map(|&(word, value)| (word, kind_word(value), wanted == Some(value))))
    });
    let classes = part(move || {
        let wanted = filter.with(|filter| filter.class);
        options(
            "How it is known",
            CLASSES.iter().map(|&(word, value)| (word, class_words(value), wanted == Some(value))),
        )
    });
    let services = waiting(
        || view! { <option value="">"Service"</option> }.erase(),
        move || {
            let wanted = filter.with(|filter| filter.service.clone());
            async move {
                let mut names = live.first.await.map(|races| races.services).unwrap_or_default();
                if !wanted.is_empty() && !names.contains(&wanted) {
                    names.push(wanted.clone());
                }
                let names = names.iter().map(|name| (name.as_str(), name.as_str(), *name == wanted));
                options("Service", names)
            }
        },
    );
    let clear = move |_| change(&|filter| *filter = RaceFilter::default());
    view! {
        <form class="races-filters" aria-label="Filter findings" on:submit=|event| event.prevent_default()>
            {chosen("Severity", |filter, word| filter.severity = urls::named(&SEVERITIES, word), severities.erase())}
            {chosen("Kind", |filter, word| filter.kind = urls::named(&KINDS, word), kinds.erase())}
            {chosen("How it is known", |filter, word| filter.class = urls::named(&CLASSES, word), classes.erase())}
            {chosen("Service", |filter, word| word.clone_into(&mut filter.service), services)}
            <TextFilter
                key="f"
                label="Filter by variable or lock"
                class="input races-subject"
                placeholder="Variable or lock"
                title="A part of the name (f)"
                asked
                ask
            />
            {when(
                move || filter.with(|filter| *filter != RaceFilter::default()),
                move || view! { <button type="button" class="button" on:click=clear>"Clear"</button> }.erase(),
            )}
        </form>
    }
    .erase()
}

/// The first one chooses everything; of each other what the address says, what people read, and whether it is chosen.
fn options<'a>(everything: &'static str, others: impl Iterator<Item = (&'a str, &'a str, bool)>) -> Html {
    let mut all = vec![view! { <option value="">{everything}</option> }.erase()];
    for (word, name, is_chosen) in others {
        let (word, name) = (word.to_owned(), name.to_owned());
        all.push(view! { <option value=word selected=is_chosen prop:selected=is_chosen>{name}</option> }.erase());
    }
    all.into_iter().collect_view().erase()
}
