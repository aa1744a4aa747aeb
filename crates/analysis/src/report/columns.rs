//! Text in columns, for a terminal of any font that has equal widths.

use std::fmt::Write as _;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Rows under a header. Cells are as wide as their widest; nothing is cut.
#[derive(Debug)]
pub struct Columns {
    align: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Columns {
    pub fn new(header: &[(&str, Align)]) -> Self {
        let names = header.iter().map(|(name, _)| (*name).to_owned()).collect();
        Self { align: header.iter().map(|&(_, align)| align).collect(), rows: vec![names] }
    }

    /// A row with a cell for each column.
    pub fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.align.len());
        self.rows.push(cells);
    }

    /// Appends the rows, each on a line of its own and indented by two blanks.
    pub fn write_to(&self, text: &mut String) {
        let widths: Vec<usize> = (0..self.align.len())
            .map(|column| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
            .collect();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, &align), &column_width) in row.iter().zip(&self.align).zip(&widths) {
                let blanks = column_width - width(cell);
                // Writing to a string cannot fail.
                let _ = match align {
                    Align::Left => write!(line, "  {cell}{:blanks$}", ""),
                    Align::Right => write!(line, "  {:blanks$}{cell}", ""),
                };
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

/// A count with a comma between thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count of things: "1 lock", "2,000 locks".
pub fn count_of(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_below_one_another() {
        let mut columns = Columns::new(&[("name", Align::Left), ("n", Align::Right)]);
        columns.row(vec!["é".to_owned(), "10".to_owned()]);
        columns.row(vec!["longer".to_owned(), "7".to_owned()]);
        let mut text = String::new();
        columns.write_to(&mut text);
        assert_eq!(text, "  name     n\n  é       10\n  longer   7\n");
    }

    #[test]
    fn thousands_are_told_apart() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(count(number), text);
        }
        assert_eq!((count_of(1, "lock"), count_of(2_000, "lock")), ("1 lock".to_owned(), "2,000 locks".to_owned()));
    }
}
