//! Who is meant by an id: those of the same trace, else those of the one other trace that has it.

use hashbrown::HashMap;

/// Things by trace and key.
pub(super) struct Finder<K, T> {
    local: HashMap<(u32, K), Vec<T>>,
    /// By key: the only trace that has it; [`None`] when several do.
    only: HashMap<K, Option<u32>>,
}

impl<K: Copy + Eq + std::hash::Hash, T> Finder<K, T> {
    pub fn new() -> Self {
        Self { local: HashMap::new(), only: HashMap::new() }
    }

    pub fn add(&mut self, trace: u32, key: K, thing: T) {
        self.local.entry((trace, key)).or_default().push(thing);
        self.only
            .entry(key)
            .and_modify(|only| {
                if *only != Some(trace) {
                    *only = None;
                }
            })
            .or_insert(Some(trace));
    }

    /// O(1).
    pub fn find(&self, trace: u32, key: K) -> &[T] {
        let here = self.local.get(&(trace, key));
        let found = here.or_else(|| self.local.get(&((*self.only.get(&key)?)?, key)));
        found.map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_trace_comes_first_and_a_name_of_two_others_means_neither() {
        let mut finder = Finder::new();
        finder.add(1, "a", 10);
        finder.add(2, "a", 20);
        finder.add(2, "b", 21);
        assert_eq!((finder.find(1, "a"), finder.find(3, "a"), finder.find(3, "b")), (&[10][..], &[][..], &[21][..]));
    }
}
