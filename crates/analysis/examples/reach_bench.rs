//! Times the sync-preserving and the exact engine over STD files.
//!
//! `cargo run --release -p raceway-analysis --example reach_bench -- [--budget N] [--threads N] [--variables N]
//! [--locks N] [--report] [--random EVENTS] FILE...` (`.gz` too) prints a line a file: milliseconds to prepare, for
//! all sync-preserving races and for all classes, and what was found. `--random` does the same for a random history
//! of 10 (or N) threads that share 20 (or N) locks and 200 (or N) variables. With `--report` it is the whole answer
//! of `raceway analyze` that is timed, with the memory it took.

#[path = "../tests/reach/random_histories.rs"]
mod random_histories;

use std::io::{BufRead, BufReader, Read};
use std::time::Instant;

use analysis::reach::{DEFAULT_BUDGET, Reach, Reached};
use analysis::report::{Execution, Options, analyze};
use analysis::{Cancel, History, std_file};

fn main() -> anyhow::Result<()> {
    let mut budget = DEFAULT_BUDGET;
    let (mut n_threads, mut n_locks, mut n_variables) = (10, 20, 200);
    let mut measure: fn(&History, u64) -> anyhow::Result<String> = engines;
    let mut arguments = std::env::args().skip(1);
    let begun = Instant::now();
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().unwrap_or_default().parse::<u32>();
        match argument.as_str() {
            "--budget" => budget = number()?.into(),
            "--threads" => n_threads = number()?,
            "--locks" => n_locks = number()?,
            "--variables" => n_variables = number()?,
            "--report" => measure = report,
            "--random" => {
                let shape = random_histories::Shape {
                    n_ops: number()? as usize,
                    n_threads,
                    n_locks,
                    n_variables,
                    shared_locks: true,
                    atomics: false,
                    values: false,
                    overlaps: false,
                    ends: false,
                };
                let mut history = random_histories::history(shape, 1);
                // No two operations come from one place.
                history.locations = (1..=history.ops.len()).map(|line| line.to_string()).collect();
                println!("random: {}", measure(&history, budget)?);
            }
            file => println!("{file}: {}", measure(&std_file::read(open(file)?)?, budget)?),
        }
    }
    println!("all files: {:.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

fn open(path: &str) -> anyhow::Result<Box<dyn BufRead>> {
    let file = std::fs::File::open(path)?;
    let input: Box<dyn Read> =
        if path.ends_with(".gz") { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    Ok(Box::new(BufReader::new(input)))
}

fn engines(history: &History, budget: u64) -> anyhow::Result<String> {
    let ms = |since: Instant| since.elapsed().as_secs_f64() * 1e3;
    let begun = Instant::now();
    let reach = Reach::new(history, &Cancel::default())?;
    let prepared = ms(begun);
    let begun = Instant::now();
    let sync = reach.syncp(10_000)?;
    let synced = ms(begun);
    let begun = Instant::now();
    let exact = reach.exact_races(budget)?;
    let decided = ms(begun);
    let predictable = exact.pairs.iter().filter(|pair| pair.reached == Reached::Predictable).count();
    Ok(format!(
        "{} events; prepare {prepared:.1} ms, SyncP {synced:.1} ms ({} events, {} pairs), exact {decided:.1} ms ({} \
         events, {} pairs, {predictable} of them not sync-preserving, {} unknown)",
        history.ops.len(),
        sync.racy_events.len(),
        sync.pairs_total,
        exact.racy_events.len(),
        exact.pairs.len(),
        exact.unknown.len(),
    ))
}

fn report(history: &History, budget: u64) -> anyhow::Result<String> {
    let begun = Instant::now();
    let options = Options { budget, ..Options::default() };
    let answer = analyze(&Execution::of(history), &options, &Cancel::default())?;
    let took = begun.elapsed().as_secs_f64();
    let exact = answer.races.exact.unwrap_or_default();
    let lost = answer.lost_updates.unwrap_or_default();
    Ok(format!(
        "{} events, {took:.1} s, at most {} MiB; exact {} pairs (complete: {}, {} unknown listed), {} findings, {} \
         deadlocks and {} unknown, {} + {} lost updates; {} disagreements; {:?}",
        history.ops.len(),
        peak_mib().map_or_else(|| "?".to_owned(), |mib| mib.to_string()),
        exact.pairs_total,
        exact.complete,
        exact.unknown.len(),
        answer.findings.unwrap_or_default().len(),
        answer.deadlocks.unwrap_or_default().len(),
        answer.unknown_deadlocks,
        lost.total,
        lost.possible_total,
        answer.disagreements.len(),
        answer.timings_ms,
    ))
}

/// The most memory that this process has held; Linux tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? >> 10)
}
