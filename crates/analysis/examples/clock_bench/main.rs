//! Which clocks the linear race engines run on, by measurement.
//!
//! `cargo run --release -p raceway-analysis --example clock_bench`
//!
//! Prints millions of operations a second, of one core, over generated executions, the ratio to the named baseline (plain
//! vector clocks, copied and joined whole), and the growth exponent of the time from the shortest to the longest.
//! The analyses on top of the clocks are measured with the default ones.

mod generate;
mod plain;
mod shared;
mod tree;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use analysis::atomicity::{self, Block};
use analysis::races::clock::{Clock, VectorClock};
use analysis::races::findings::{self, Limits};
use analysis::races::order::Relation;
use analysis::races::{Input, fasttrack, hb, last_accesses, lockset};
use analysis::reads_from::{Writer, reads_from};
use analysis::sections::Sections;
use analysis::{Cancel, History, updates};
use generate::{Shape, generate};
use plain::PlainClock;
use shared::SharedClock;
use tree::TreeClock;

/// The name of the clocks, and what runs on them; it tells how much it found.
type Engine = (&'static str, Box<dyn Fn(Input<'_>) -> usize>);

struct Prepared {
    history: History,
    sections: Sections,
    reads_from: Vec<Option<Writer>>,
}

fn prepare(shape: Shape, n_operations: usize) -> Prepared {
    let history = generate(shape, n_operations);
    let (sections, reads_from) = (Sections::of(&history), reads_from(&history));
    Prepared { history, sections, reads_from }
}

/// Time this thread has run, so that busy neighbours do not count; where the system does not tell, time passed.
fn busy() -> Duration {
    static BEGIN: OnceLock<Instant> = OnceLock::new();
    let begin = *BEGIN.get_or_init(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|text| text.split(' ').next().and_then(|first| first.parse().ok()));
    nanos.map_or_else(|| begin.elapsed(), Duration::from_nanos)
}

/// How long a run takes, averaged over enough of them for the system's accounts to be exact; and what it found.
fn time(prepared: &Prepared, engine: &dyn Fn(Input<'_>) -> usize) -> (Duration, usize) {
    let input = Input { history: &prepared.history, sections: &prepared.sections, reads_from: &prepared.reads_from };
    let mut found = engine(input);
    let begin = busy();
    let mut runs = 0;
    while busy() - begin < Duration::from_millis(400) {
        found = engine(input);
        runs += 1;
    }
    ((busy() - begin) / runs, found)
}

fn races<C: Clock>(relation: Relation) -> impl Fn(Input<'_>) -> usize {
    move |input| last_accesses::racy_events::<C>(input, relation, &Cancel::default()).map_or(0, |racy| racy.len())
}

fn first_races<C: Clock>(input: Input<'_>) -> usize {
    let first = fasttrack::first_races_with::<C>(input, &Cancel::default()).unwrap_or_default();
    first.iter().flatten().count()
}

fn pairs(input: Input<'_>) -> usize {
    hb::races(input, 10_000, &Cancel::default()).map_or(0, |found| found.pairs_total as usize)
}

fn proven(input: Input<'_>) -> usize {
    findings::of(input, &[], Limits::default(), &Cancel::default()).map_or(0, |proven| proven.findings.len())
}

fn unprotected(input: Input<'_>) -> usize {
    lockset::pairs(input, 10_000, &Cancel::default()).map_or(0, |found| found.pairs_total as usize)
}

fn lost_updates(input: Input<'_>) -> usize {
    updates::find(input.history, input, 10_000, &Cancel::default()).map_or(0, |found| found.findings.len())
}

/// Every critical section is a block.
fn unserialisable(input: Input<'_>) -> usize {
    let sections = input.sections.all.iter();
    let blocks: Vec<Block> = sections
        .filter_map(|section| Some(Block { thread: section.thread, first: section.acquire, last: section.release? }))
        .collect();
    atomicity::find(input.history, &blocks, &Cancel::default()).map_or(0, |found| found.violations.len())
}

fn main() {
    let sizes = [10_000, 100_000, 1_000_000];
    for shape in [Shape::new(10, 20), Shape::new(10, 2), Shape::new(100, 200), Shape::new(400, 4)] {
        println!("\n{} threads, {} locks, {} variables", shape.threads, shape.locks, shape.variables);
        let all: Vec<Prepared> = sizes.iter().map(|&n| prepare(shape, n)).collect();
        let preparing = |input: Input<'_>| Sections::of(input.history).all.len() + reads_from(input.history).len();
        print("sections and reads-from", &all, &[("", Box::new(preparing))]);
        for (name, relation) in [("HB", Relation::HappensBefore), ("SHB", Relation::Schedulable)] {
            let engines: [Engine; 4] = [
                ("plain", Box::new(races::<PlainClock>(relation))),
                ("tree", Box::new(races::<TreeClock>(relation))),
                ("shared", Box::new(races::<SharedClock>(relation))),
                ("default", Box::new(races::<VectorClock>(relation))),
            ];
            print(name, &all, &engines);
        }
        let engines: [Engine; 2] =
            [("plain", Box::new(first_races::<PlainClock>)), ("default", Box::new(first_races::<VectorClock>))];
        print("FastTrack", &all, &engines);
        print("HB pairs", &all, &[("default", Box::new(pairs))]);
        print("findings", &all, &[("default", Box::new(proven))]);
        print("lockset", &all, &[("default", Box::new(unprotected))]);
        print("lost updates", &all, &[("default", Box::new(lost_updates))]);
        print("atomicity", &all, &[("", Box::new(unserialisable))]);
    }
}

fn rate(history: &History, duration: Duration) -> String {
    format!("{:>7.1}", history.ops.len() as f64 / duration.as_secs_f64() / 1e6)
}

/// One line for each engine; they must agree on how much is found.
fn print(name: &str, all: &[Prepared], engines: &[Engine]) {
    let mut baseline: Vec<(Duration, usize)> = Vec::new();
    for (clock, engine) in engines {
        let times: Vec<(Duration, usize)> = all.iter().map(|prepared| time(prepared, engine)).collect();
        if baseline.is_empty() {
            baseline.clone_from(&times);
        }
        let rates: Vec<String> = all.iter().zip(&times).map(|(one, time)| rate(&one.history, time.0)).collect();
        let ratios: Vec<String> = baseline
            .iter()
            .zip(&times)
            .map(|(base, time)| format!("{:>5.2}", base.0.as_secs_f64() / time.0.as_secs_f64()))
            .collect();
        let exponent = match (all.first(), all.last(), times.first(), times.last()) {
            (Some(small), Some(large), Some(fast), Some(slow)) => {
                let growth = large.history.ops.len() as f64 / small.history.ops.len() as f64;
                (slow.0.as_secs_f64() / fast.0.as_secs_f64()).ln() / growth.ln()
            }
            _ => f64::NAN,
        };
        let agree = baseline.iter().zip(&times).all(|(base, time)| base.1 == time.1);
        println!(
            "{name:<12} {clock:<8} {} M/s   {} times plain   exponent {exponent:.2}   {} found{}",
            rates.join(" "),
            ratios.join(" "),
            times.last().map_or(0, |time| time.1),
            if agree { "" } else { "   DISAGREES" }
        );
    }
}
