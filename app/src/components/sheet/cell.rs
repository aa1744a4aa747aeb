//! What stands in a table: plain values, compared before anything is drawn anew.

use std::cmp::Ordering;

use leptos::prelude::*;
use model::Nanos;

use crate::components::chart::sparkline;
use crate::components::health::Health;
use crate::components::service::Service;
use crate::components::time::Age;
use crate::erase::{Erase, Html};
use crate::{format, hue};

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Leads somewhere, and its row with it.
    Lead {
        href: String,
        text: String,
    },
    /// A service that leads somewhere, and its row with it.
    LeadService {
        href: String,
        name: String,
    },
    Text(String),
    Service(String),
    /// The first one, and how many more there are.
    Services(Vec<String>),
    /// `shown` in words; sorted by its value.
    Number {
        value: f64,
        shown: String,
    },
    /// A number that leads somewhere else than its row.
    Linked {
        value: u64,
        href: String,
        hint: &'static str,
    },
    /// A count of something bad, marked unless it is zero.
    Alarm(u64),
    /// Counts a minute, drawn.
    Rate(Vec<u32>),
    /// A bar, a percentage of the widest; with what it says in words.
    Bar {
        percent: f64,
        value: f64,
        shown: String,
    },
    Health(Health),
    Age(Nanos),
}

impl Cell {
    pub fn count(number: u64) -> Self {
        Self::Number { value: number as f64, shown: format::count(number) }
    }

    /// Of `measured` durations; nothing is said of none.
    pub fn duration(nanos: u64, measured: u64) -> Self {
        let shown = if measured == 0 { "–".to_owned() } else { format::duration(nanos) };
        Self::Number { value: nanos as f64, shown }
    }

    /// Whether its row leads somewhere by it.
    pub fn leads(&self) -> bool {
        matches!(self, Self::Lead { .. } | Self::LeadService { .. })
    }

    /// Numbers before words, if a column should ever hold both.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.words().cmp(other.words()),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Self::Number { value, .. } | Self::Bar { value, .. } => Some(*value),
            Self::Linked { value, .. } | Self::Alarm(value) => Some(*value as f64),
            Self::Rate(counts) => Some(counts.iter().map(|&count| f64::from(count)).sum()),
            Self::Age(at) => Some(at.0 as f64),
            Self::Health(health) => Some(f64::from(*health as u8)),
            _ => None,
        }
    }

    fn words(&self) -> &str {
        match self {
            Self::Lead { text, .. } | Self::Text(text) => text,
            Self::LeadService { name, .. } | Self::Service(name) => name,
            Self::Services(names) => names.first().map_or("", String::as_str),
            _ => "",
        }
    }

    pub fn view(self, class: &'static str) -> Html {
        let is_alarm = matches!(self, Self::Alarm(1..)).then_some("true");
        view! { <td class=class data-alarm=is_alarm>{self.content()}</td> }.erase()
    }

    fn content(self) -> Html {
        match self {
            Self::Lead { href, text } => view! { <a href=href title=text.clone()>{text.clone()}</a> }.erase(),
            Self::LeadService { href, name } => {
                let hue = hue::of(&name);
                let service = view! { <Service name hue/> }.erase();
                view! { <a href=href>{service}</a> }.erase()
            }
            Self::Text(text) => view! { <span title=text.clone()>{text.clone()}</span> }.erase(),
            Self::Service(name) => {
                let hue = hue::of(&name);
                view! { <Service name hue/> }.erase()
            }
            Self::Services(names) => first_of(&names),
            Self::Number { shown, .. } => shown.erase(),
            Self::Linked { value, href, hint } => {
                view! { <a class="cell-link" href=href title=hint>{format::count(value)}</a> }.erase()
            }
            Self::Alarm(0) => ().erase(),
            Self::Alarm(count) => format::count(count).erase(),
            Self::Rate(counts) => rate(&counts),
            Self::Bar { percent, shown, .. } => view! {
                <span class="meter" style=("--width", format::of_whole(percent)) aria-hidden="true"></span>
                <span>{shown}</span>
            }
            .erase(),
            Self::Health(health) => health.view(),
            Self::Age(at) => view! { <Age at/> }.erase(),
        }
    }
}

fn first_of(names: &[String]) -> Html {
    let Some((first, rest)) = names.split_first() else { return ().erase() };
    let (name, hue) = (first.clone(), hue::of(first));
    let more = (!rest.is_empty()).then(|| {
        view! { <span class="services-more" title=rest.join(", ")>{format!("+{}", rest.len())}</span> }.erase()
    });
    view! { <span class="services"><Service name hue/> {more}</span> }.erase()
}

/// A small picture of a rate, and the same in words for those who do not see it.
fn rate(counts: &[u32]) -> Html {
    let peak = counts.iter().copied().max().unwrap_or(0);
    let hint = format!("peak {} a minute", format::counted(u64::from(peak), "event", "events"));
    let picture = sparkline(counts);
    view! { <span class="rate" title=hint.clone()>{picture} <span class="visually-hidden">{hint.clone()}</span></span> }
        .erase()
}
