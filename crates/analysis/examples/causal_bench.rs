//! From a table of events to a history: events a second, and how the time grows.
//!
//! `cargo run --release -p raceway-analysis --example causal_bench`. The events are those of requests that lock,
//! read, write, spawn, join and call each other, from a generator with a seed; named baseline: sorting the same
//! rows by time.

use std::time::{Duration, Instant};

use analysis::{Cancel, causal};
use model::table::{ClockEntry, EventRow, EventTable, Part, StrId};
use model::wire::Payload;
use model::{EventId, Kind, Mode, Nanos, Seq, TraceId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const EVENTS_A_REQUEST: usize = 50;
const RUNS: usize = 3;

struct Generator {
    table: EventTable,
    random: StdRng,
    time: i64,
}

impl Generator {
    fn row(&mut self, request: usize, number: usize, parent: Option<EventId>) -> EventRow {
        self.time += self.random.random_range(100..2_000);
        let strings = &mut self.table.strings;
        let service = strings.intern(["gateway", "bank", "ledger"][request % 3]);
        let component = strings.intern(["gateway#1", "bank#1", "ledger#1"][request % 3]);
        let begin = self.table.clocks.len() as u32;
        self.table.clocks.push(ClockEntry { component, count: number as u64 + 1 });
        let (kind, mode, lock, variable) = match number % 10 {
            2 => (Kind::Acquire, Mode::Exclusive, "lock", ""),
            7 => (Kind::Release, Mode::Exclusive, "lock", ""),
            3 | 4 => (Kind::Read, Mode::None, "", "balance"),
            5 => (Kind::Write, Mode::None, "", "balance"),
            _ => (Kind::Call, Mode::None, "", ""),
        };
        let lock = if lock.is_empty() { StrId::NONE } else { strings.intern(&format!("{lock}{request}")) };
        let variable = if variable.is_empty() { StrId::NONE } else { strings.intern(variable) };
        let payload_begin = self.table.payload.len();
        let payload = Payload {
            timestamp: "2026-11-21T13:00:05.691711Z",
            kind: "StateChange",
            body: r#"{"variable":"balance","old_value":1,"new_value":2,"location":"src/bank.rs:41","access_type":"Read"}"#,
            tags: "{\"sdk_language\":\"rust\"}",
            duration_ns: None,
        };
        payload.encode(&mut self.table.payload);
        let id = (request * EVENTS_A_REQUEST + number + 1) as u128;
        EventRow {
            trace: TraceId::new(1).expect("not zero"),
            id: EventId::new(id).expect("not zero"),
            parent,
            start: Nanos(self.time),
            end: Nanos(self.time),
            seq: Seq(0),
            kind,
            mode,
            error: false,
            status: 0,
            process_id: 1,
            service,
            instance: self.table.strings.intern("1"),
            environment: StrId::NONE,
            thread: self.table.strings.intern(&format!("t{request}")),
            task: StrId::NONE,
            operation: self.table.strings.intern("step"),
            span: self.table.strings.intern(&format!("s{request}")),
            upstream: StrId::NONE,
            variable,
            lock,
            old_hash: 1,
            new_hash: 2,
            clock: Part { begin, len: 1 },
            lock_set: Part::default(),
            payload: Part { begin: payload_begin as u32, len: (self.table.payload.len() - payload_begin) as u32 },
        }
    }
}

/// `n_events` of one trace, requests ten at a time side by side.
fn generate(n_events: usize) -> EventTable {
    let mut generator = Generator { table: EventTable::default(), random: StdRng::seed_from_u64(7), time: 0 };
    let n_requests = n_events / EVENTS_A_REQUEST;
    for first in (0..n_requests).step_by(10) {
        let requests: Vec<usize> = (first..(first + 10).min(n_requests)).collect();
        let mut last: Vec<Option<EventId>> = vec![None; requests.len()];
        for number in 0..EVENTS_A_REQUEST {
            for (at, &request) in requests.iter().enumerate() {
                let row = generator.row(request, number, last[at]);
                last[at] = Some(row.id);
                generator.table.rows.push(row);
            }
        }
    }
    generator.table
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Seconds on the processor where the system tells them, so that others on the machine matter less.
fn timed(size: usize, mut work: impl FnMut()) -> f64 {
    // Long enough for a clock that ticks every few milliseconds.
    let repeats = (SIZES[SIZES.len() - 1] / size).max(1);
    let mut once = || {
        let (begin, before) = (Instant::now(), on_cpu());
        (0..repeats).for_each(|_| work());
        let took = before.and_then(|before| on_cpu()?.checked_sub(before)).unwrap_or_else(|| begin.elapsed());
        took.as_secs_f64() / repeats as f64
    };
    median((0..RUNS).map(|_| once()).collect())
}

/// How long this thread has run; Linux tells.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn main() {
    let mut before: Option<(usize, f64)> = None;
    for size in SIZES {
        let table = generate(size);
        let sorting = timed(size, || {
            let mut order: Vec<u32> = (0..table.rows.len() as u32).collect();
            order.sort_unstable_by_key(|&row| std::cmp::Reverse(table.rows[row as usize].id));
            std::hint::black_box(order);
        });
        let seconds = timed(size, || {
            let recorded = causal::history(&table, &Cancel::default()).expect("a history");
            assert_eq!(recorded.history.ops.len(), table.rows.len());
        });
        let exponent = before.map_or(f64::NAN, |(n, earlier)| (seconds / earlier).log(size as f64 / n as f64));
        println!(
            "{size:>9} events: {:>6.2} M events/s, {:.1} x sorting, exponent {exponent:.2}",
            size as f64 / seconds / 1e6,
            seconds / sorting,
        );
        before = Some((size, seconds));
    }
}
