//! Recorded and injected races with known answers.

use std::path::PathBuf;

use analysis::check::{Recording, race};
use analysis::reach::{DEFAULT_BUDGET, Decision, Reach, Reached};
use analysis::witness::Segments;
use analysis::{Cancel, History, OpIdx};

use crate::common::{self, Expected};

/// Every row whose file is here: those of this repository, and those of the folder outside it.
fn rows() -> Vec<(Expected, PathBuf)> {
    let mut rows: Vec<(Expected, PathBuf)> = Vec::new();
    for races in std::iter::once(common::races()).chain(common::shared("races")) {
        for row in common::expected_events(&races) {
            let known = rows.iter().any(|(other, _)| other.file == row.file);
            rows.extend(row.path(&races).filter(|_| !known).map(|path| (row, path)));
        }
    }
    assert!(rows.len() >= 178, "{} files", rows.len());
    rows
}

/// Those whose events are known: not the longest, on which the tools that told them differ.
fn rows_with_events() -> impl Iterator<Item = (Expected, History)> {
    let short = rows().into_iter().filter(|(row, _)| !row.file.contains("jigsaw"));
    short.map(|(row, path)| (row, common::read_std(&path)))
}

#[test]
fn sync_preserving_events_and_pairs_equal_the_known_ones() {
    let (mut n_files, mut n_events, mut n_pairs) = (0, 0, 0);
    for (row, history) in rows_with_events() {
        let found = Reach::new(&history, &Cancel::default()).unwrap().syncp(usize::MAX).unwrap();
        assert!(found.complete);
        assert_eq!(Some(&found.racy_events), row.events_of("SyncP").as_ref(), "{}", row.file);
        if let Some(pairs) = row.pairs_of("SP") {
            assert_eq!(found.pairs, pairs, "{}", row.file);
            n_pairs += pairs.len();
        }
        n_files += 1;
        n_events += found.racy_events.len();
    }
    eprintln!("{n_files} files, {n_events} events, {n_pairs} pairs");
    assert!(n_events > 0 && n_pairs > 0);
}

#[test]
fn a_list_of_pairs_is_cut_after_the_first_ones_and_says_so() {
    for (_, history) in rows_with_events() {
        let reach = Reach::new(&history, &Cancel::default()).unwrap();
        let (all, cut) = (reach.syncp(usize::MAX).unwrap(), reach.syncp(3).unwrap());
        assert_eq!(cut.pairs, all.pairs[..all.pairs.len().min(3)]);
        assert_eq!((cut.racy_events, cut.pairs_total), (all.racy_events, all.pairs_total));
        assert_eq!(cut.complete, all.pairs.len() <= 3);
    }
}

#[test]
fn exact_pairs_equal_the_known_ones_and_none_is_unknown() {
    let (mut n_files, mut n_pairs, mut n_predictable) = (0, 0, 0);
    for (row, history) in rows_with_events() {
        let found = Reach::new(&history, &Cancel::default()).unwrap().exact_races(DEFAULT_BUDGET).unwrap();
        assert_eq!((found.unknown.len(), found.complete), (0, true), "{}", row.file);
        if let Some(pairs) = row.pairs_of("EX") {
            let exact: Vec<_> = found.pairs.iter().map(|pair| (pair.first, pair.second)).collect();
            assert_eq!(exact, pairs, "{}", row.file);
            n_pairs += exact.len();
            n_predictable += found.pairs.iter().filter(|pair| pair.reached == Reached::Predictable).count();
        }
        n_files += 1;
    }
    eprintln!("{n_files} files, {n_pairs} pairs, {n_predictable} of them not sync-preserving");
    assert!(n_pairs > 0 && n_predictable > 0);
}

#[test]
fn every_injected_race_is_found_and_few_other_pairs_stay_unknown() {
    let Some(races) = common::shared("races") else { return };
    let mut n_injected = 0;
    for row in common::csv(&races.join("race-ground-truth.csv")) {
        let (suite, trace) = (&row["suite"], &row["trace"]);
        let paths = [trace.clone(), format!("{trace}.gz")].map(|name| races.join(suite).join(name));
        let Some(path) = paths.iter().find(|path| suite == "raceinjector-norm" && path.is_file()) else { continue };
        let history = common::read_std(path);
        let found = Reach::new(&history, &Cancel::default()).unwrap().exact_races(DEFAULT_BUDGET).unwrap();
        eprintln!("{trace}: {} pairs, {} unknown", found.pairs.len(), found.unknown.len());
        assert!(found.unknown.len() <= if trace.contains("jigsaw") { 5 } else { 0 }, "{trace}: {:?}", found.unknown);
        if let Some((first, second)) = row["injected_pair_event_idx"].split_once(';') {
            let [first, second] = [first, second].map(|number| number.parse::<OpIdx>().unwrap() - 1);
            assert!(found.pairs.iter().any(|pair| (pair.first, pair.second) == (first, second)), "{trace}");
            n_injected += 1;
        }
    }
    assert!(n_injected >= 32, "{n_injected} injected races");
}

#[test]
fn the_checker_accepts_every_witness() {
    let (mut n_recorded, mut n_reordered) = (0, 0);
    for (row, path) in rows() {
        let history = common::read_std(&path);
        let recording = Recording::from_history(&history);
        let reach = Reach::new(&history, &Cancel::default()).unwrap();
        let found = reach.exact_races(DEFAULT_BUDGET).unwrap();
        // Long files have thousands of pairs whose witnesses are much the same.
        let every = 1 + found.pairs.len() * history.ops.len() / 10_000_000;
        for (at, pair) in found.pairs.iter().enumerate() {
            let targets = [pair.first, pair.second];
            let witness = match pair.reached {
                Reached::SyncPreserving if at % every != 0 => continue,
                Reached::SyncPreserving => reach.sync_preserving(&targets).expect("was found"),
                Reached::Predictable => {
                    assert_eq!(reach.sync_preserving(&targets), None, "{}: {targets:?}", row.file);
                    let Decision::Yes(witness) = reach.exact(&targets, DEFAULT_BUDGET) else { panic!("was found") };
                    witness
                }
            };
            let accepted = race(&recording, &witness, (pair.first, pair.second));
            assert!(accepted.is_ok(), "{}, {pair:?}: {accepted:?}", row.file);
            match witness.segments {
                Segments::Recorded(_) => n_recorded += 1,
                Segments::Runs(_) => n_reordered += 1,
            }
        }
        for (&pair, schedule) in &found.schedules {
            assert!(race(&recording, &reach.witness(schedule), pair).is_ok(), "{}, {pair:?}", row.file);
        }
    }
    eprintln!("{n_recorded} in the observed order, {n_reordered} in another");
    assert!(n_recorded > 0 && n_reordered > 0);
}
