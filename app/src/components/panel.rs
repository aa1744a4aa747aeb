//! A titled part of a page, and the table most of them hold.

use crate::erase::{Erase, Html};
use crate::format;
use leptos::prelude::*;

/// How deep the title is below the page's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Page,
    Tab,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub class: &'static str,
}

/// Words, to the left.
pub const fn words(name: &'static str) -> Column {
    Column { name, class: "" }
}

/// Numbers, to the right.
pub const fn number(name: &'static str) -> Column {
    Column { name, class: "num" }
}

/// As said by its class.
pub const fn column(name: &'static str, class: &'static str) -> Column {
    Column { name, class }
}

/// `note` stands at the other end of the title's line.
pub fn panel(level: Level, id: &'static str, class: &'static str, title: &'static str, note: Html, body: Html) -> Html {
    let heading = match level {
        Level::Page => view! { <h2 id=id>{title}</h2> }.erase(),
        Level::Tab => view! { <h3 id=id>{title}</h3> }.erase(),
    };
    view! {
        <section class=class aria-labelledby=id>
            <header class="panel-head">{heading} {note}</header>
            {body}
        </section>
    }
    .erase()
}

/// The grey words beside a title.
pub fn note(text: impl IntoView + 'static) -> Html {
    view! { <span class="panel-note">{text.erase()}</span> }.erase()
}

/// `rows` are elements `tr`.
pub fn table(columns: &[Column], rows: Html) -> Html {
    let head = columns.iter().map(|column| view! { <th scope="col" class=column.class>{column.name}</th> }.erase());
    let head = head.collect_view();
    view! {
        <div class="table-box">
            <table class="table">
                <thead><tr>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .erase()
}

/// A count of something bad: nothing for none, marked otherwise.
pub fn alarm(count: u64) -> Html {
    let is_bad = (count > 0).then_some("true");
    let shown = if count > 0 { format::count(count) } else { String::new() };
    view! { <td class="num" data-alarm=is_bad>{shown}</td> }.erase()
}

/// Ends with an error's mark.
pub fn error_mark(text: String) -> Html {
    view! { <span class="error-mark">{text}</span> }.erase()
}

/// A cell with a number.
pub fn cell(text: String) -> Html {
    view! { <td class="num">{text}</td> }.erase()
}

/// A cell with a bar between two percentages of a whole, and what it says in words.
pub fn bar(left: f64, width: f64, hue: Option<u8>, is_bad: bool, caption: Html) -> Html {
    view! {
        <td class="bar-column">
            <span
                class="track"
                data-hue=hue.map(|hue| hue.to_string())
                data-alarm=is_bad.then_some("true")
                style=("--left", format::of_whole(left))
                style=("--width", format::of_whole(width))
            ></span>
            {caption}
        </td>
    }
    .erase()
}
