//! Tables made of plain cells, so that all of them share one view.
//!
//! A row keeps its elements, and the focus in them, for as long as its key is there; what has not changed
//! is not touched. Columns have fixed widths: a longer number moves nothing beside it.

mod cell;
mod order;

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;

use crate::erase::{Erase, Html, Item, attribute, items, mark, memo, part, text, when};
pub use cell::Cell;
use order::Order;
pub use order::{Column, column};

/// One row; its key is what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub key: String,
    /// One a column.
    pub cells: Vec<Cell>,
}

/// How the order of rows is chosen: by links in the header, so that it is part of the address.
#[derive(Clone)]
pub struct Sorting {
    /// The name of a column, a minus before it for the other way round; empty for the default.
    pub by: Memo<String>,
    /// The column by which the rows are sorted unless the address says something else.
    pub default: &'static str,
    /// This place with another order.
    pub url: Arc<dyn Fn(&str) -> String + Send + Sync>,
}

#[derive(PartialEq)]
struct Ordered {
    rows: Vec<Row>,
    at: HashMap<String, usize>,
}

impl Ordered {
    fn new(mut rows: Vec<Row>, order: Option<Order>) -> Self {
        if let Some(order) = order {
            order.sort(&mut rows);
        }
        let at = rows.iter().enumerate().map(|(at, row)| (row.key.clone(), at)).collect();
        Self { rows, at }
    }

    fn cells(&self, key: &str) -> Vec<Cell> {
        self.at.get(key).and_then(|&at| self.rows.get(at)).map(|row| row.cells.clone()).unwrap_or_default()
    }
}

/// `rows` are shown as they come, or as `sorting` says. O(rows log rows) a change.
pub fn sheet(
    class: &'static str,
    columns: &'static [Column],
    rows: Signal<Vec<Row>>,
    sorting: Option<Sorting>,
) -> Html {
    let order = sorting.clone();
    let order = memo(move || {
        order.as_ref().and_then(|sorting| sorting.by.with(|by| Order::read(columns, by, sorting.default)))
    });
    let ordered = memo(move || Ordered::new(rows.get(), order.get()));
    let item = move |key: &String| {
        let key = key.clone();
        Item::new(key.clone(), move || row_view(columns, ordered, key.clone()))
    };
    let body = items(move || ordered.with(|ordered| ordered.rows.iter().map(|row| item(&row.key)).collect()));
    let head = columns.iter().map(|column| head_view(*column, order, sorting.clone())).collect_view();
    view! {
        <div class="table-box">
            <table class=format!("table sheet {class}")>
                <thead><tr>{head}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
    .erase()
}

/// The table, or one line where it would be empty.
pub fn listed(rows: Memo<Vec<Row>>, table: Html, none: &'static str) -> Html {
    let is_empty = memo(move || rows.with(Vec::is_empty));
    view! {
        <div hidden=mark(move || is_empty.get())>{table}</div>
        {when(move || is_empty.get(), move || view! { <p class="panel-none">{none}</p> }.erase())}
    }
    .erase()
}

fn row_view(columns: &'static [Column], ordered: Memo<Ordered>, key: String) -> Html {
    let cells = memo(move || ordered.with(|ordered| ordered.cells(&key)));
    let leads = cells.with_untracked(|cells| cells.iter().any(Cell::leads));
    let view =
        move || cells.get().into_iter().zip(columns).map(|(cell, column)| cell.view(column.class)).collect_view();
    view! { <tr class=leads.then_some("row-link")>{part(view)}</tr> }.erase()
}

fn head_view(column: Column, order: Memo<Option<Order>>, sorting: Option<Sorting>) -> Html {
    let Some(sorting) = sorting.filter(|_| !column.sort.is_empty()) else {
        return view! { <th scope="col" class=column.class title=column.hint>{column.name}</th> }.erase();
    };
    let state = move || order.get().filter(|order| order.is_by(column)).map(|order| order.descending);
    let said = move || Some(if state()? { "descending" } else { "ascending" }.to_owned());
    let arrow = move || match state() {
        None => String::new(),
        Some(true) => "▼".to_owned(),
        Some(false) => "▲".to_owned(),
    };
    let url = move || {
        let is_natural = state() == Some(column.descends());
        (sorting.url)(&column.sort_text(is_natural))
    };
    view! {
        <th scope="col" class=column.class aria-sort=attribute(said) title=column.hint>
            <a class="sort" href=text(url)>{column.name} <span class="sort-mark" aria-hidden="true">{text(arrow)}</span></a>
        </th>
    }
    .erase()
}
