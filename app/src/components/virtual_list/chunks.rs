//! Pieces of a long list: which to fetch, which to give up, which to keep.
//!
//! Pieces are aligned and of one size, so that the same rows are always asked for in the same way; at
//! most [`KEPT`] are held, however long the list. When the list gets a new version, what is held is
//! still shown until its successor arrives.

use std::ops::Range;

/// Rows in a piece.
pub const CHUNK_ROWS: u64 = 100;
/// Pieces held.
pub const KEPT: usize = 20;

#[derive(Debug, Clone)]
struct Chunk<T> {
    index: u64,
    current: bool,
    rows: T,
}

/// Pieces by index; least recently used first.
#[derive(Debug, Clone)]
pub struct Chunks<T> {
    kept: Vec<Chunk<T>>,
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { kept: Vec::new() }
    }
}

/// The pieces that rows lie in.
pub fn covering(rows: &Range<u64>) -> Range<u64> {
    if rows.is_empty() { 0..0 } else { rows.start / CHUNK_ROWS..rows.end.div_ceil(CHUNK_ROWS) }
}

impl<T> Chunks<T> {
    pub fn put(&mut self, index: u64, rows: T) {
        self.kept.retain(|chunk| chunk.index != index);
        self.kept.push(Chunk { index, current: true, rows });
        let surplus = self.kept.len().saturating_sub(KEPT);
        self.kept.drain(..surplus);
    }

    /// The piece a row lies in, and the row's place in it.
    pub fn find(&self, row: u64) -> Option<(&T, usize)> {
        let chunk = self.get(row / CHUNK_ROWS)?;
        Some((chunk, usize::try_from(row % CHUNK_ROWS).ok()?))
    }

    pub fn get(&self, index: u64) -> Option<&T> {
        self.kept.iter().find(|chunk| chunk.index == index).map(|chunk| &chunk.rows)
    }

    /// Pieces in use now, least recently used first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        self.kept.iter().map(|chunk| (chunk.index, &chunk.rows))
    }

    /// The list has a new version: everything held is out of date, but better than nothing.
    pub fn outdate(&mut self) {
        for chunk in &mut self.kept {
            chunk.current = false;
        }
    }

    /// Marks the pieces of `rows` as used, and says which of them are missing or out of date, nearest to
    /// the start first.
    pub fn missing(&mut self, rows: &Range<u64>) -> Vec<u64> {
        let wanted = covering(rows);
        self.kept.sort_by_key(|chunk| wanted.contains(&chunk.index));
        wanted.filter(|&index| !self.kept.iter().any(|chunk| chunk.index == index && chunk.current)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_are_covered_by_aligned_pieces() {
        assert_eq!(covering(&(0..30)), 0..1);
        assert_eq!(covering(&(95..130)), 0..2);
        assert_eq!(covering(&(4_999_990..5_000_000)), 49_999..50_000);
        assert_eq!(covering(&(7..7)), 0..0);
    }

    #[test]
    fn outdated_pieces_are_shown_and_fetched_again() {
        let mut chunks = Chunks::default();
        chunks.put(0, "old");
        assert_eq!(chunks.missing(&(0..40)), Vec::<u64>::new());
        chunks.outdate();
        assert_eq!(chunks.missing(&(0..40)), [0]);
        assert_eq!(chunks.find(7), Some((&"old", 7)));
        chunks.put(0, "new");
        assert_eq!(chunks.missing(&(0..40)), Vec::<u64>::new());
    }

    proptest! {
        #[test]
        fn what_is_looked_at_is_kept_and_memory_is_bounded(starts in proptest::collection::vec(0u64..1_000_000, 1..100)) {
            let mut chunks = Chunks::default();
            for start in starts {
                let rows = start..start + 60;
                for index in chunks.missing(&rows) {
                    chunks.put(index, index);
                }
                for row in rows {
                    prop_assert_eq!(chunks.find(row).map(|(&index, at)| index * CHUNK_ROWS + at as u64), Some(row));
                }
                prop_assert!(chunks.kept.len() <= KEPT);
            }
        }
    }
}
