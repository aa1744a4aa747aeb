//! The kind of an event, as a word with a small mark of its family.

use crate::erase::Erase;
use leptos::prelude::*;
use model::{Kind, Mode};

/// Kinds that belong together share a mark: calls, messages, memory, locks, tasks, data.
const fn family(kind: Kind) -> &'static str {
    match kind {
        Kind::Call => "call",
        Kind::Request | Kind::Response => "message",
        Kind::Read | Kind::Write | Kind::AtomicRead | Kind::AtomicWrite | Kind::AtomicRmw | Kind::Fence => "memory",
        Kind::Acquire | Kind::Release => "lock",
        Kind::Spawn | Kind::Join => "task",
        Kind::Query | Kind::QueryResult => "data",
        Kind::Error => "error",
        Kind::Log | Kind::Custom => "note",
    }
}

/// `request in`, `acquire shared`: the word for the kind and its mode.
pub fn words(kind: Kind, mode: Mode) -> String {
    match mode {
        Mode::None | Mode::Exclusive => kind.label().to_owned(),
        mode => format!("{} {}", kind.label(), mode.label()),
    }
}

#[component]
pub fn EventKind(kind: Kind, mode: Mode) -> impl IntoView {
    view! { <span class="kind" data-family=family(kind)>{words(kind, mode)}</span> }.erase()
}
