//! From events to findings without the exact search: seconds by phase, and how they grow.
//!
//! `cargo run --release -p raceway-analysis --example findings_bench [most events]`. The events are those of requests of
//! 50 events, ten side by side, from a generator with a seed, in three shapes: all accesses under the lock of their
//! account, none under a lock, and all of them on one variable. Named baseline: making the history.

use std::time::{Duration, Instant};

use analysis::findings::{Options, Phase, find};
use analysis::{Cancel, causal};
use model::table::{EventRow, EventTable, Part, StrId};
use model::wire::Payload;
use model::{EventId, Kind, Mode, Nanos, Seq, TraceId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const EVENTS_A_REQUEST: usize = 50;
const SIDE_BY_SIDE: usize = 10;
const ACCOUNTS: usize = 1_000;

#[derive(Debug, Clone, Copy)]
enum Shape {
    Locked,
    Unlocked,
    OneVariable,
}

struct Generator {
    table: EventTable,
    random: StdRng,
    shape: Shape,
    values: Vec<u64>,
    /// Of each request side by side.
    accounts: [usize; SIDE_BY_SIDE],
}

impl Generator {
    fn push(&mut self, request: usize, number: usize) {
        let lane = request % SIDE_BY_SIDE;
        if number.is_multiple_of(5) {
            self.accounts[lane] = match self.shape {
                Shape::OneVariable => 0,
                // Locked ones must not meet: each lane has its own accounts at a time.
                _ => {
                    self.random.random_range(0..ACCOUNTS / SIDE_BY_SIDE) * SIDE_BY_SIDE + (lane + number) % SIDE_BY_SIDE
                }
            };
        }
        let account = self.accounts[lane];
        let locked = matches!(self.shape, Shape::Locked);
        let (kind, mode) = match number % 5 {
            0 if locked => (Kind::Acquire, Mode::Exclusive),
            1 => (Kind::Read, Mode::None),
            2 => (Kind::Write, Mode::None),
            3 if locked => (Kind::Release, Mode::Exclusive),
            _ => (Kind::Call, Mode::None),
        };
        let old = self.values[account];
        if kind == Kind::Write {
            self.values[account] += 1;
        }
        let begin = self.table.payload.len();
        let body =
            r#"{"variable":"balance","old_value":1,"new_value":2,"location":"src/bank.rs:41","access_type":"Read"}"#;
        let tags = "{\"sdk_language\":\"rust\"}";
        Payload { timestamp: "2026-11-21T13:00:05Z", kind: "StateChange", body, tags, duration_ns: None }
            .encode(&mut self.table.payload);
        let payload = Part { begin: begin as u32, len: (self.table.payload.len() - begin) as u32 };
        let strings = &mut self.table.strings;
        let time = Nanos(self.table.rows.len() as i64 * 1_000);
        let name = |strings: &mut model::table::Strings, is: bool, text: String| {
            if is { strings.intern(&text) } else { StrId::NONE }
        };
        let row = EventRow {
            trace: TraceId::new(1).expect("not zero"),
            id: EventId::new((request * EVENTS_A_REQUEST + number + 1) as u128).expect("not zero"),
            parent: EventId::new(if number == 0 { 0 } else { (request * EVENTS_A_REQUEST + number) as u128 }),
            start: time,
            end: time,
            seq: Seq(0),
            kind,
            mode,
            error: false,
            status: 0,
            process_id: 1,
            service: strings.intern("bank"),
            instance: strings.intern("1"),
            environment: StrId::NONE,
            thread: strings.intern(&format!("t{request}")),
            task: StrId::NONE,
            operation: strings.intern("step"),
            span: strings.intern(&format!("s{request}")),
            upstream: StrId::NONE,
            variable: name(strings, kind.is_access(), format!("account:{account}.balance")),
            lock: name(strings, matches!(kind, Kind::Acquire | Kind::Release), format!("account:{account}")),
            old_hash: old + 1,
            new_hash: self.values[account] + 1,
            clock: Part::default(),
            lock_set: Part::default(),
            payload,
        };
        self.table.rows.push(row);
    }
}

fn generate(n_events: usize, shape: Shape) -> EventTable {
    let (table, random) = (EventTable::default(), StdRng::seed_from_u64(7));
    let mut generator = Generator { table, random, shape, values: vec![0; ACCOUNTS], accounts: [0; SIDE_BY_SIDE] };
    let n_requests = n_events / EVENTS_A_REQUEST;
    for first in (0..n_requests).step_by(SIDE_BY_SIDE) {
        for number in 0..EVENTS_A_REQUEST {
            for request in first..(first + SIDE_BY_SIDE).min(n_requests) {
                generator.push(request, number);
            }
        }
    }
    generator.table
}

fn main() {
    let most = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    for shape in [Shape::Locked, Shape::Unlocked, Shape::OneVariable] {
        let mut before: Option<(usize, f64)> = None;
        for size in [10_000, 100_000, 1_000_000].into_iter().filter(|&size| size <= most) {
            let table = generate(size, shape);
            let began = Instant::now();
            let recorded = causal::history(&table, &Cancel::default()).expect("a history");
            let history = began.elapsed();
            let phases = Phases::default();
            let began = Instant::now();
            let answer = find(&recorded, &table, Options::LINEAR, &|phase| phases.begin(phase), &Cancel::default());
            let seconds = began.elapsed().as_secs_f64();
            let answer = answer.expect("an answer");
            let exponent = before.map_or(f64::NAN, |(n, earlier)| (seconds / earlier).log(size as f64 / n as f64));
            println!(
                "{shape:?} {size:>9} events: {seconds:.2} s, {:.1} x the history's, exponent {exponent:.2}; {} findings, \
                 complete: {}; {}",
                seconds / history.as_secs_f64(),
                answer.counts.total(),
                answer.complete,
                phases.finish(),
            );
            before = Some((size, seconds));
        }
    }
}

/// When each phase began.
#[derive(Default)]
struct Phases(std::sync::Mutex<Vec<(Phase, Instant)>>);

impl Phases {
    fn begin(&self, phase: Phase) {
        self.0.lock().expect("one thread").push((phase, Instant::now()));
    }

    fn finish(&self) -> String {
        let began = std::mem::take(&mut *self.0.lock().expect("one thread"));
        let ends = began.iter().skip(1).map(|&(_, at)| at).chain([Instant::now()]);
        let spent = began.iter().zip(ends).map(|(&(phase, at), end)| {
            let spent: Duration = end - at;
            format!("{phase:?} {:.2}", spent.as_secs_f64())
        });
        spent.collect::<Vec<_>>().join(", ")
    }
}
