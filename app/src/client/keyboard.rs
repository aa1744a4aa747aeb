//! Keys: which shortcuts are in force on the page at hand, and what a key press means to them.
//!
//! Letters never fire while somebody types, and a key with Ctrl, Alt or Meta is always the browser's.

use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::browser::now_ms;
use super::listen::Listening;
use super::local::Local;
use super::polling::Millis;
use crate::erase::effect;

/// How long `g` waits for the letter that says where to go.
const SEQUENCE_MS: Millis = 1_200.0;

/// A key or two keys in a row, as in [`KeyboardEvent::key`]: `"/"`, `"Escape"`, `"g d"`.
pub type Keys = &'static str;

/// One line of the help dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortcut {
    pub keys: Keys,
    pub label: &'static str,
}

struct Bound {
    id: u32,
    shortcut: Shortcut,
    action: Rc<dyn Fn()>,
}

#[derive(Clone, Copy)]
pub struct Keyboard {
    bound: Local<Vec<Bound>>,
    next_id: StoredValue<u32>,
    /// What the help dialog lists; follows `bound`.
    pub listed: RwSignal<Vec<Shortcut>>,
}

impl Keyboard {
    pub fn provide() -> Self {
        let keyboard =
            Self { bound: Local::new(Vec::new), next_id: StoredValue::new(0), listed: RwSignal::new(Vec::new()) };
        provide_context(keyboard);
        effect(move || keyboard.attach());
        keyboard
    }

    fn attach(self) {
        let first_key = StoredValue::new_local(None::<(String, Millis)>);
        let listening = Listening::to(&document(), "keydown", move |event| {
            let Ok(event) = event.dyn_into::<KeyboardEvent>() else { return };
            if event.default_prevented() || event.ctrl_key() || event.alt_key() || event.meta_key() {
                return;
            }
            // Esc leaves a text field, and closes a dialog without leaving what is below it.
            if is_in(&event, "dialog") || is_typing(&event) && event.key() != "Escape" {
                return;
            }
            let pending = first_key.try_update_value(Option::take).flatten();
            let pending = pending.filter(|(_, at)| now_ms() - at < SEQUENCE_MS).map(|(key, _)| key);
            let listed = self.listed.get_untracked();
            match meaning(&listed, pending.as_deref(), &event.key()) {
                Meaning::Nothing => {}
                Meaning::Prefix => first_key.set_value(Some((event.key(), now_ms()))),
                Meaning::Shortcut(keys) => {
                    event.prevent_default();
                    self.act(keys);
                }
            }
        });
        StoredValue::new_local(listening);
    }

    /// The binding made last wins: a page overrides the frame.
    fn act(self, keys: Keys) {
        let action = self.bound.with(|bound| {
            bound.iter().rev().find(|bound| bound.shortcut.keys == keys).map(|bound| bound.action.clone())
        });
        if let Some(Some(action)) = action {
            action();
        }
    }

    fn relist(self) {
        let mut listed: Vec<Shortcut> = Vec::new();
        self.bound.with(|bound| {
            for Bound { shortcut, .. } in bound {
                match listed.iter_mut().find(|known| known.keys == shortcut.keys) {
                    Some(known) => *known = *shortcut,
                    None => listed.push(*shortcut),
                }
            }
        });
        self.listed.try_set(listed);
    }
}

/// Binds a shortcut for as long as the calling component lives. Nothing on the server.
pub fn use_shortcut(keys: Keys, label: &'static str, action: impl Fn() + 'static) {
    let keyboard = expect_context::<Keyboard>();
    let action = Local::new(|| Rc::new(action) as Rc<dyn Fn()>);
    let id = StoredValue::new(None::<u32>);
    effect(move || {
        let Some(action) = action.get() else { return };
        let own_id = keyboard.next_id.get_value();
        keyboard.next_id.set_value(own_id.wrapping_add(1));
        id.set_value(Some(own_id));
        let bound = Bound { id: own_id, shortcut: Shortcut { keys, label }, action };
        keyboard.bound.update(|all| all.push(bound));
        keyboard.relist();
    });
    on_cleanup(move || {
        if let Some(Some(own_id)) = id.try_get_value() {
            keyboard.bound.update(|all| all.retain(|bound| bound.id != own_id));
            keyboard.relist();
        }
    });
}

/// What a key press means, after the one before it.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    Nothing,
    /// A shortcut may begin with it.
    Prefix,
    Shortcut(Keys),
}

fn meaning(listed: &[Shortcut], pending: Option<&str>, key: &str) -> Meaning {
    let sequence = pending.map(|first| format!("{first} {key}"));
    let matches = |keys: &str| listed.iter().map(|shortcut| shortcut.keys).find(|&known| known == keys);
    if let Some(keys) = sequence.as_deref().and_then(matches).or_else(|| matches(key)) {
        return Meaning::Shortcut(keys);
    }
    let begins = |shortcut: &Shortcut| shortcut.keys.split_once(' ').is_some_and(|(first, _)| first == key);
    if listed.iter().any(begins) { Meaning::Prefix } else { Meaning::Nothing }
}

/// Whether keys belong to a text field or a list of choices.
fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(target) = target(event) else { return false };
    let tag = target.tag_name();
    matches!(tag.as_str(), "INPUT" | "TEXTAREA" | "SELECT") || target.is_content_editable()
}

fn is_in(event: &KeyboardEvent, selector: &str) -> bool {
    target(event).is_some_and(|target| target.closest(selector).ok().flatten().is_some())
}

fn target(event: &KeyboardEvent) -> Option<HtmlElement> {
    event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: [Shortcut; 3] = [
        Shortcut { keys: "/", label: "Search" },
        Shortcut { keys: "g d", label: "Dashboard" },
        Shortcut { keys: "d", label: "Details" },
    ];

    #[test]
    fn a_key_alone_and_two_in_a_row_are_told_apart() {
        assert_eq!(meaning(&LISTED, None, "/"), Meaning::Shortcut("/"));
        assert_eq!(meaning(&LISTED, None, "g"), Meaning::Prefix);
        assert_eq!(meaning(&LISTED, Some("g"), "d"), Meaning::Shortcut("g d"));
        assert_eq!(meaning(&LISTED, None, "d"), Meaning::Shortcut("d"));
        assert_eq!(meaning(&LISTED, Some("g"), "/"), Meaning::Shortcut("/"));
        assert_eq!(meaning(&LISTED, Some("g"), "x"), Meaning::Nothing);
        assert_eq!(meaning(&LISTED, Some("g"), "g"), Meaning::Prefix);
    }
}
