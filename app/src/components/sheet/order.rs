//! The order of a table's rows, as an address says it.

use std::cmp::Ordering;

use super::Row;

/// A column of a sheet. Its class is that of all its cells; columns of class `num` hold numbers.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    pub class: &'static str,
    /// What an address calls it; empty when the rows cannot be sorted by it.
    pub sort: &'static str,
    /// What the figures mean, on hover; or nothing.
    pub hint: Option<&'static str>,
}

/// A column by which rows can be sorted, unless `sort` is empty.
pub const fn column(name: &'static str, class: &'static str, sort: &'static str, hint: &'static str) -> Column {
    Column { name, class, sort, hint: if hint.is_empty() { None } else { Some(hint) } }
}

impl Column {
    /// Whether its natural order is the greatest first: that of numbers, not of words.
    pub fn descends(self) -> bool {
        self.class.starts_with("num")
    }

    /// How an address asks for its natural order, or the other one.
    pub fn sort_text(self, reversed: bool) -> String {
        if reversed { format!("-{}", self.sort) } else { self.sort.to_owned() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    column: usize,
    sort: &'static str,
    pub descending: bool,
}

impl Order {
    /// Nonsense in an address means the default order; a default that names no column, the order of the rows.
    pub fn read(columns: &[Column], text: &str, default: &str) -> Option<Self> {
        Self::named(columns, text).or_else(|| Self::named(columns, default))
    }

    fn named(columns: &[Column], text: &str) -> Option<Self> {
        let (name, reversed) = match text.strip_prefix('-') {
            Some(name) => (name, true),
            None => (text, false),
        };
        let index = columns.iter().position(|column| !name.is_empty() && column.sort == name)?;
        let column = columns.get(index)?;
        Some(Self { column: index, sort: column.sort, descending: column.descends() != reversed })
    }

    pub fn is_by(self, column: Column) -> bool {
        self.sort == column.sort
    }

    /// Stable: rows that are equal keep their order.
    pub fn sort(self, rows: &mut [Row]) {
        rows.sort_by(|a, b| {
            let (Some(a), Some(b)) = (a.cells.get(self.column), b.cells.get(self.column)) else {
                return Ordering::Equal;
            };
            let ordering = a.compare(b);
            if self.descending { ordering.reverse() } else { ordering }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cell;
    use super::*;

    const COLUMNS: [Column; 3] =
        [column("Service", "", "name", ""), column("Errors", "num", "errors", ""), column("Rate", "spark", "", "")];

    fn rows() -> Vec<Row> {
        [("b", 2), ("a", 10), ("c", 2)]
            .map(|(name, errors)| Row {
                key: name.to_owned(),
                cells: vec![Cell::Text(name.to_owned()), Cell::Alarm(errors), Cell::Text(String::new())],
            })
            .into()
    }

    fn sorted(text: &str, default: &str) -> Vec<String> {
        let mut rows = rows();
        if let Some(order) = Order::read(&COLUMNS, text, default) {
            order.sort(&mut rows);
        }
        rows.into_iter().map(|row| row.key).collect()
    }

    #[test]
    fn numbers_begin_with_the_greatest_words_with_the_first() {
        assert_eq!(sorted("errors", ""), ["a", "b", "c"]);
        assert_eq!(sorted("name", ""), ["a", "b", "c"]);
        assert_eq!(sorted("-name", ""), ["c", "b", "a"]);
        assert_eq!(sorted("-errors", ""), ["b", "c", "a"], "and equal rows keep their order");
    }

    #[test]
    fn nonsense_means_the_default() {
        assert_eq!(sorted("", "errors"), ["a", "b", "c"]);
        assert_eq!(sorted("no-such-column", "-name"), ["c", "b", "a"]);
        assert_eq!(sorted("-", ""), ["b", "a", "c"], "as they came");
    }

    #[test]
    fn a_column_says_how_to_ask_for_it() {
        assert_eq!(COLUMNS[1].sort_text(false), "errors");
        assert_eq!(COLUMNS[1].sort_text(true), "-errors");
        assert!(COLUMNS[1].descends() && !COLUMNS[0].descends());
    }
}
