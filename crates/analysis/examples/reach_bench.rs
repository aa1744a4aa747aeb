//! Times the sync-preserving and the exact engine over STD files.
//!
//! `cargo run --release -p raceway-analysis --example reach_bench -- [--budget N] [--threads N] [--random EVENTS]
//! FILE...` (`.gz` too) prints a line a file: milliseconds to prepare, for all sync-preserving races and for all
//! classes, and what was found. `--random` does the same for a random history of 10 (or N) threads, 20 locks and
//! 200 variables.

#[path = "../tests/reach/random_histories.rs"]
mod random_histories;

use std::io::{BufRead, BufReader, Read};
use std::time::Instant;

use analysis::reach::{DEFAULT_BUDGET, Reach, Reached};
use analysis::{Cancel, History, std_file};

fn main() -> anyhow::Result<()> {
    let mut budget = DEFAULT_BUDGET;
    let mut n_threads = 10;
    let mut arguments = std::env::args().skip(1);
    let begun = Instant::now();
    while let Some(argument) = arguments.next() {
        if argument == "--budget" {
            budget = arguments.next().unwrap_or_default().parse()?;
            continue;
        }
        if argument == "--threads" {
            n_threads = arguments.next().unwrap_or_default().parse()?;
            continue;
        }
        if argument == "--random" {
            let n_ops = arguments.next().unwrap_or_default().parse()?;
            let shape = random_histories::Shape {
                n_ops,
                n_threads,
                n_locks: 20,
                n_variables: 200,
                shared_locks: true,
                atomics: false,
                values: false,
                overlaps: false,
                ends: false,
            };
            let history = random_histories::history(shape, 1);
            println!("random: {}", measure(&history, budget)?);
            continue;
        }
        let history = std_file::read(open(&argument)?)?;
        println!("{argument}: {}", measure(&history, budget)?);
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

fn measure(history: &History, budget: u64) -> anyhow::Result<String> {
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
