//! Recorded and injected races with known answers.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use analysis::reach::{DEFAULT_BUDGET, Decision, Reach, Reached};
use analysis::witness::{Segments, Witness};
use analysis::{Cancel, History, OpIdx, OpKind, std_file};
use serde_json::Value;

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
        let found = Reach::new(&history, &Cancel::default()).unwrap().exact_races(DEFAULT_BUDGET).unwrap();
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
        let found = Reach::new(&history, &Cancel::default()).unwrap().exact_races(DEFAULT_BUDGET).unwrap();
        assert!(found.unknown.len() <= if fields[1].contains("jigsaw") { 5 } else { 0 }, "{line}: {:?}", found.unknown);
        if let Some((first, second)) = injected {
            let (first, second) = (first.parse::<OpIdx>().unwrap() - 1, second.parse::<OpIdx>().unwrap() - 1);
            assert!(found.pairs.iter().any(|pair| (pair.first, pair.second) == (first, second)), "{line}");
            n_injected += 1;
        }
    }
    assert!(n_injected >= 32, "{n_injected} injected races");
}

/// Runs a witness of a file without shared locks or values, and looks whether both accesses are next.
fn replays(history: &History, witness: &Witness, pair: (OpIdx, OpIdx)) {
    let threads: HashMap<&str, u32> =
        (0..).zip(&history.threads).map(|(thread, name)| (name.as_str(), thread)).collect();
    let mut counts = vec![0_usize; history.threads.len()];
    let order: Vec<OpIdx> = match &witness.segments {
        Segments::Recorded(_) => {
            let takes = |op: &OpIdx| {
                let op = history.ops[*op as usize];
                witness.threads.get(&history.threads[op.thread as usize]).is_some_and(|&count| op.position < count)
            };
            (0..history.ops.len() as OpIdx).filter(takes).collect()
        }
        Segments::Runs(runs) => {
            let mut order = Vec::new();
            for (name, len) in runs {
                let thread = threads[name.as_str()];
                let at = &mut counts[thread as usize];
                order.extend_from_slice(&history.of_thread(thread)[*at..*at + *len as usize]);
                *at += *len as usize;
            }
            order
        }
    };
    let mut seen_in_file: HashMap<u32, OpIdx> = HashMap::new();
    let mut saw = vec![None; history.ops.len()];
    for (op_idx, op) in (0..).zip(&history.ops) {
        match op.kind {
            OpKind::Read(variable, _) => saw[op_idx as usize] = seen_in_file.get(&variable).copied(),
            OpKind::Write(variable, _) => {
                seen_in_file.insert(variable, op_idx);
            }
            _ => {}
        }
    }
    let mut done = vec![false; history.ops.len()];
    let mut held: HashMap<u32, (u32, u32)> = HashMap::new();
    let mut written: HashMap<u32, OpIdx> = HashMap::new();
    let ready = |done: &[bool], op: OpIdx| {
        !done[op as usize]
            && history.before(op).is_none_or(|before| done[before as usize])
            && history.edges_to(op).iter().all(|edge| done[edge.from as usize])
    };
    for op_idx in order {
        assert!(ready(&done, op_idx), "{op_idx} is not next");
        done[op_idx as usize] = true;
        let op = history.ops[op_idx as usize];
        match op.kind {
            OpKind::Read(variable, _) => assert_eq!(written.get(&variable).copied(), saw[op_idx as usize], "{op_idx}"),
            OpKind::Write(variable, _) => {
                written.insert(variable, op_idx);
            }
            OpKind::Acquire { lock, .. } => {
                let (thread, depth) = held.entry(lock).or_insert((op.thread, 0));
                assert_eq!(*thread, op.thread, "{op_idx} takes a lock that is held");
                *depth += 1;
            }
            OpKind::Release { lock, .. } => {
                if let Some((_, depth)) = held.get_mut(&lock).filter(|(thread, _)| *thread == op.thread) {
                    *depth -= 1;
                    if *depth == 0 {
                        held.remove(&lock);
                    }
                }
            }
            _ => {}
        }
    }
    assert!(ready(&done, pair.0) && ready(&done, pair.1), "{pair:?} are not next");
    assert!(history.conflict(pair.0, pair.1));
}

#[test]
fn every_witness_of_the_files_replays() {
    let Some(races) = folder() else { return };
    let (mut n_recorded, mut n_reordered) = (0, 0);
    for row in rows(&races) {
        let name = row["file"].as_str().unwrap();
        let Some(path) = file_of(&races, name) else { continue };
        let history = read(&path);
        let reach = Reach::new(&history, &Cancel::default()).unwrap();
        let found = reach.exact_races(DEFAULT_BUDGET).unwrap();
        // Long files have thousands of pairs that replay alike.
        let every = 1 + found.pairs.len() * history.ops.len() / 10_000_000;
        let sampled =
            found.pairs.iter().enumerate().filter(|(at, pair)| at % every == 0 || pair.reached == Reached::Predictable);
        for (_, pair) in sampled {
            let targets = [pair.first, pair.second];
            let witness = match pair.reached {
                Reached::SyncPreserving => reach.sync_preserving(&targets).expect("was found"),
                Reached::Predictable => {
                    assert_eq!(reach.sync_preserving(&targets), None, "{name}: {targets:?}");
                    let Decision::Yes(witness) = reach.exact(&targets, DEFAULT_BUDGET) else { panic!("was found") };
                    witness
                }
            };
            replays(&history, &witness, (pair.first, pair.second));
            match witness.segments {
                Segments::Recorded(_) => n_recorded += 1,
                Segments::Runs(_) => n_reordered += 1,
            }
        }
        for (&pair, schedule) in &found.schedules {
            replays(&history, &reach.witness(schedule), pair);
        }
    }
    eprintln!("{n_recorded} in the observed order, {n_reordered} in another");
    assert!(n_recorded > 0 && n_reordered > 0);
}
