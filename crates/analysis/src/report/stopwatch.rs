//! How long each engine took.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Time by engine.
#[derive(Debug, Default)]
pub struct Stopwatch(BTreeMap<String, Duration>);

impl Stopwatch {
    /// Does the work, and adds its time to the engine's.
    pub fn time<T>(&mut self, engine: &str, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let result = work();
        self.add(engine, began.elapsed());
        result
    }

    fn add(&mut self, engine: &str, spent: Duration) {
        *self.0.entry(engine.to_owned()).or_default() += spent;
    }

    /// In milliseconds.
    pub fn finish(self) -> BTreeMap<String, f64> {
        self.0.into_iter().map(|(engine, spent)| (engine, milliseconds(spent))).collect()
    }
}

/// To the microsecond.
pub fn milliseconds(spent: Duration) -> f64 {
    spent.as_micros() as f64 / 1_000.0
}
