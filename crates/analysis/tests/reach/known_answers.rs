//! Recorded and injected races with known answers.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use analysis::reach::{Reach, Reached};
use analysis::{Cancel, History, OpIdx, std_file};
use serde_json::Value;

const BUDGET: u64 = 100_000;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("RACEWAY_SHARED_DATA").map(PathBuf::from);
    let races =
        folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data")).join("races");
    if !races.is_dir() {
        eprintln!("skipped: no data folder");
        return None;
    }
    Some(races)
}

fn read(path: &Path) -> History {
    let file = std::fs::File::open(path).unwrap();
    let gzipped = path.extension().is_some_and(|extension| extension == "gz");
    let input: Box<dyn Read> = if gzipped { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    std_file::read(BufReader::new(input)).unwrap()
}

/// The file of a row, if it is here: the same traces are filed without their ignored lines in `spd-deadlock`.
fn file_of(races: &Path, name: &str) -> Option<PathBuf> {
    let path = races.join(name.replace("spd-deadlock-race/", "spd-deadlock/"));
    let gzipped = PathBuf::from(format!("{}.gz", path.display()));
    [path, gzipped].into_iter().find(|path| path.is_file())
}

fn rows(races: &Path) -> Vec<Value> {
    let file = std::fs::File::open(races.join("expected-events.jsonl")).unwrap();
    BufReader::new(file).lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

fn numbers(value: &Value) -> BTreeSet<OpIdx> {
    value.as_array().unwrap().iter().map(|number| number.as_u64().unwrap() as OpIdx - 1).collect()
}

fn pairs(value: &Value) -> BTreeSet<(OpIdx, OpIdx)> {
    let pair = |pair: &Value| (pair[0].as_u64().unwrap() as OpIdx - 1, pair[1].as_u64().unwrap() as OpIdx - 1);
    value.as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn sync_preserving_events_and_pairs_equal_the_known_ones() {
    let Some(races) = folder() else { return };
    let (mut n_files, mut n_events, mut n_pairs) = (0, 0, 0);
    for row in rows(&races) {
        let name = row["file"].as_str().unwrap();
        let Some(path) = file_of(&races, name).filter(|_| !name.contains("jigsaw")) else { continue };
        let history = read(&path);
        let found = Reach::new(&history, &Cancel::default()).unwrap().syncp(usize::MAX).unwrap();
        assert!(found.complete);
        let events: BTreeSet<_> = found.racy_events.into_iter().collect();
        assert_eq!(events, numbers(&row["rapid"]["SyncP"]), "{name}");
        if !row["pairs"].is_null() {
            assert_eq!(found.pairs.iter().copied().collect::<BTreeSet<_>>(), pairs(&row["pairs"]["SP"]), "{name}");
            n_pairs += found.pairs_total;
        }
        n_files += 1;
        n_events += events.len();
    }
    eprintln!("{n_files} files, {n_events} events, {n_pairs} pairs");
    assert!(n_files > 200 && n_events > 0 && n_pairs > 0);
}

#[test]
fn exact_pairs_equal_the_known_ones_and_none_is_unknown() {
    let Some(races) = folder() else { return };
    let (mut n_files, mut n_pairs, mut n_predictable) = (0, 0, 0);
    for row in rows(&races) {
        let name = row["file"].as_str().unwrap();
        let Some(path) = file_of(&races, name).filter(|_| !name.contains("jigsaw")) else { continue };
        let history = read(&path);
        let found = Reach::new(&history, &Cancel::default()).unwrap().exact_races(BUDGET).unwrap();
        assert_eq!((found.unknown.len(), found.complete), (0, true), "{name}");
        if !row["pairs"].is_null() {
            let exact: BTreeSet<_> = found.pairs.iter().map(|pair| (pair.first, pair.second)).collect();
            assert_eq!(exact, pairs(&row["pairs"]["EX"]), "{name}");
            n_pairs += exact.len();
            n_predictable += found.pairs.iter().filter(|pair| pair.reached == Reached::Predictable).count();
        }
        n_files += 1;
    }
    eprintln!("{n_files} files, {n_pairs} pairs, {n_predictable} of them not sync-preserving");
    assert!(n_files > 200 && n_pairs > 0 && n_predictable > 0);
}

#[test]
fn every_injected_race_is_found_and_few_other_pairs_stay_unknown() {
    let Some(races) = folder() else { return };
    let table = std::fs::read_to_string(races.join("race-ground-truth.csv")).unwrap();
    let mut n_injected = 0;
    for line in table.lines().filter(|line| line.starts_with("raceinjector-norm,")) {
        let fields: Vec<_> = line.split(',').collect();
        let injected = fields.iter().find_map(|field| field.split_once(';'));
        let Some(path) = file_of(&races, &format!("{}/{}", fields[0], fields[1])) else { continue };
        let history = read(&path);
        let found = Reach::new(&history, &Cancel::default()).unwrap().exact_races(BUDGET).unwrap();
        assert!(found.unknown.len() <= if fields[1].contains("jigsaw") { 5 } else { 0 }, "{line}: {:?}", found.unknown);
        if let Some((first, second)) = injected {
            let (first, second) = (first.parse::<OpIdx>().unwrap() - 1, second.parse::<OpIdx>().unwrap() - 1);
            assert!(found.pairs.iter().any(|pair| (pair.first, pair.second) == (first, second)), "{line}");
            n_injected += 1;
        }
    }
    assert!(n_injected >= 32, "{n_injected} injected races");
}
