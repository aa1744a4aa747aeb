//! The baselines of all operations, and the comparing of arriving durations with them.

use std::collections::BTreeMap;

use model::Nanos;
use serde::{Deserialize, Serialize};

use super::{Assessment, Baseline, Sketch, Thresholds, Window, WindowShape};

/// The window of each key: (service, operation, kind) in whatever form its owner names them.
///
/// The time of everything is when the server received it, which no client's clock can move: else one wrong
/// clock would push all others out of the window. At most `max_keys` keys, of at most 42 sketches each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "K: Ord + Deserialize<'de>", serialize = "K: Serialize"))]
pub struct Baselines<K> {
    shape: WindowShape,
    max_keys: usize,
    /// Durations that were not learned, because their key would have been one too many.
    not_learned: u64,
    #[serde(with = "as_list")]
    windows: BTreeMap<K, Window>,
}

/// Keys need not be texts, as those of JSON's objects must.
mod as_list {
    use super::{BTreeMap, Deserialize, Serialize, Window};
    use serde::{Deserializer, Serializer};

    pub fn serialize<K: Serialize, S: Serializer>(
        windows: &BTreeMap<K, Window>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(windows)
    }

    pub fn deserialize<'de, K: Ord + Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<K, Window>, D::Error> {
        Ok(Vec::<(K, Window)>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl<K: Ord + Clone> Baselines<K> {
    pub fn new(shape: WindowShape, max_keys: usize) -> Self {
        Self { shape, max_keys, not_learned: 0, windows: BTreeMap::new() }
    }

    /// Learns a measured duration, once an event, at the time it was received.
    pub fn learn(&mut self, key: &K, at: Nanos, duration_ns: u64) {
        let shape = self.shape;
        match self.window_mut(key) {
            Some(window) => window.add(shape, at, duration_ns),
            None => self.not_learned = self.not_learned.saturating_add(1),
        }
    }

    /// Learns many durations that were received together, as [`Baselines::learn`] does one.
    pub fn learn_all(&mut self, key: &K, at: Nanos, durations: &Sketch) {
        let shape = self.shape;
        match self.window_mut(key) {
            Some(window) => window.add_all(shape, at, durations),
            None => self.not_learned = self.not_learned.saturating_add(durations.count()),
        }
    }

    /// [`None`] when it would be one too many.
    fn window_mut(&mut self, key: &K) -> Option<&mut Window> {
        if !self.windows.contains_key(key) && self.windows.len() >= self.max_keys {
            return None;
        }
        Some(self.windows.entry(key.clone()).or_default())
    }

    /// What was usual before a moment, to the short slice; [`None`] when nothing was known.
    pub fn before(&self, key: &K, at: Nanos) -> Option<Baseline> {
        Baseline::of(&self.learned_before(key, at)?)
    }

    /// Everything the baseline of a moment rests on; [`None`] when the key is unknown.
    pub fn learned_before(&self, key: &K, at: Nanos) -> Option<Sketch> {
        Some(self.windows.get(key)?.before(self.shape, at))
    }

    pub fn contains(&self, key: &K) -> bool {
        self.windows.contains_key(key)
    }

    /// Afterwards as though everything had been learned by one, while keys are fewer than the most.
    ///
    /// Both must have one shape; of another nothing is taken, and `false` says so.
    #[must_use]
    pub fn merge(&mut self, other: &Self) -> bool {
        if self.shape != other.shape {
            return false;
        }
        self.not_learned = self.not_learned.saturating_add(other.not_learned);
        for (key, theirs) in &other.windows {
            if let Some(ours) = self.windows.get_mut(key) {
                ours.merge(self.shape, theirs);
            } else if self.windows.len() < self.max_keys {
                self.windows.insert(key.clone(), theirs.clone());
            } else {
                self.not_learned = self.not_learned.saturating_add(theirs.count());
            }
        }
        true
    }

    /// Forgets keys of which nothing is left in the window, and makes room for others.
    pub fn forget(&mut self, now: Nanos) {
        self.windows.retain(|_, window| !window.is_over(self.shape, now));
    }

    pub fn len(&self) -> usize {
        self.windows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.windows.is_empty()
    }

    pub const fn not_learned(&self) -> u64 {
        self.not_learned
    }
}

/// Compares the durations of a batch; remembers each baseline it had to compute.
pub struct Assessor<'a, K> {
    baselines: &'a Baselines<K>,
    thresholds: Thresholds,
    /// By key and short slice, in which all baselines are equal.
    known: BTreeMap<K, BTreeMap<i64, Option<Baseline>>>,
}

impl<'a, K: Ord + Clone> Assessor<'a, K> {
    pub fn new(baselines: &'a Baselines<K>, thresholds: Thresholds) -> Self {
        Self { baselines, thresholds, known: BTreeMap::new() }
    }

    /// One duration against what was usual before its trace's first event was received.
    ///
    /// [`None`] when too little was known. O(log keys) amortised over the durations of a key and a short slice.
    pub fn assess(&mut self, key: &K, trace_began: Nanos, duration_ns: u64) -> Option<Assessment> {
        let slice = self.baselines.shape.slice(trace_began);
        let remembered = self.known.get(key).and_then(|slices| slices.get(&slice));
        let baseline = match remembered {
            Some(baseline) => *baseline,
            None => {
                let baseline = self.baselines.before(key, trace_began);
                self.known.entry(key.clone()).or_default().insert(slice, baseline);
                baseline
            }
        };
        baseline?.assess(duration_ns, &self.thresholds)
    }
}
