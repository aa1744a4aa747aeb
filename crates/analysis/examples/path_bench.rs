//! How many spans a second the critical path takes, and how that grows.
//!
//! `cargo run --release -p raceway-analysis --example path_bench [SPANS]`. The baseline is one sort of the
//! same spans by their end: what no critical path can do without. Times are those on the processor where the
//! system tells them, so that others on the machine matter less.

use std::hint::black_box;
use std::time::{Duration, Instant};

use analysis::Cancel;
use analysis::spans::{SpanForest, SpanForestBuilder, SpanRecord, critical_paths};
use model::Nanos;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const ROUNDS: usize = 5;
const SPANS_A_ROUND: usize = 1_000_000;

fn main() {
    let largest = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    println!("{:<28} {:>9} {:>12} {:>10} {:>10}", "forest", "spans", "spans/s", "of a sort", "exponent");
    for (name, forest) in [
        ("one request, 200 operations", request as fn(usize) -> SpanForest),
        ("1000 requests", requests),
        ("flat", flat),
    ] {
        let small = measure(name, &forest(10_000.min(largest)), None);
        measure(name, &forest(largest), Some((10_000.min(largest), small)));
    }
}

fn measure(name: &str, forest: &SpanForest, smaller: Option<(usize, Duration)>) -> Duration {
    let n = forest.spans.len();
    let took = best(n, || {
        black_box(critical_paths(black_box(forest), &Cancel::default()).is_ok());
    });
    let sort = best(n, || {
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_unstable_by_key(|&span| forest.spans[span as usize].end);
        black_box(order);
    });
    let exponent = smaller.filter(|&(n_small, _)| n_small < n).map_or(String::new(), |(n_small, small)| {
        let growth = took.as_secs_f64() / small.as_secs_f64();
        format!("{:.2}", growth.ln() / (n as f64 / n_small as f64).ln())
    });
    let rate = n as f64 / took.as_secs_f64();
    let ratio = took.as_secs_f64() / sort.as_secs_f64();
    println!("{name:<28} {n:>9} {rate:>12.0} {ratio:>9.1}x {exponent:>10}");
    took
}

/// The best of some rounds, each long enough for a clock that ticks every few milliseconds.
fn best(n: usize, mut work: impl FnMut()) -> Duration {
    let repeats = (SPANS_A_ROUND / n.max(1)).max(1) as u32;
    let mut round = || {
        let (begin, before) = (Instant::now(), on_cpu());
        (0..repeats).for_each(|_| work());
        before.and_then(|before| on_cpu()?.checked_sub(before)).unwrap_or_else(|| begin.elapsed()) / repeats
    };
    (0..ROUNDS).map(|_| round()).min().unwrap_or_default()
}

/// How long this thread has run; Linux tells.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// One trace of `n` spans: each calls some others, one after the other or at once.
fn request(n: usize) -> SpanForest {
    tree(n, 1)
}

fn requests(n: usize) -> SpanForest {
    tree(n, 1000)
}

/// One span with `n - 1` children.
fn flat(n: usize) -> SpanForest {
    let mut random = StdRng::seed_from_u64(7);
    let mut builder = SpanForestBuilder::default();
    push(&mut builder, 0, None, (0, 1 << 40), 0);
    for at in 1..n {
        let start = random.random_range(0..1_i64 << 40);
        let end = start + random.random_range(0..1_i64 << 24);
        push(&mut builder, at, Some(0), (start, end.min(1 << 40)), at % 200);
    }
    builder.finish()
}

/// `n` spans under `roots` roots; every span divides what is left of its time among its calls.
fn tree(n: usize, roots: usize) -> SpanForest {
    let mut random = StdRng::seed_from_u64(7);
    let mut builder = SpanForestBuilder::default();
    let mut open: std::collections::VecDeque<(usize, i64, i64)> = std::collections::VecDeque::new();
    let mut next = 0;
    while next < roots.min(n) {
        push(&mut builder, next, None, (0, 1 << 40), 0);
        open.push_back((next, 0, 1 << 40));
        next += 1;
    }
    while let Some((parent, start, end)) = open.pop_front().filter(|_| next < n) {
        let calls = random.random_range(1..8);
        let slot = (end - start) / calls;
        for call in 0..calls.min((n - next) as i64) {
            let at_once = random.random_bool(0.3);
            let from = if at_once { start } else { start + slot * call } + random.random_range(0..=slot / 8);
            let to = (from + slot - random.random_range(0..=slot / 8)).clamp(from, end.max(from));
            push(&mut builder, next, Some(parent), (from, to), next % 200);
            open.push_back((next, from, to));
            next += 1;
        }
    }
    builder.finish()
}

fn push(builder: &mut SpanForestBuilder, at: usize, parent: Option<usize>, (start, end): (i64, i64), operation: usize) {
    let parent = parent.map(|parent| format!("{parent:016x}"));
    builder.push(SpanRecord {
        id: &format!("{at:016x}"),
        parent: parent.as_deref(),
        start: Nanos(start),
        end: Nanos(end),
        service: &format!("service-{}", operation % 10),
        operation: &format!("operation-{operation}"),
        ..SpanRecord::default()
    });
}
