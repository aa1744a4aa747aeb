//! The whole answer over the longest recordings at hand: nothing its two halves disagree about, next to nothing
//! undecided, and every finding accepted by a checker that has read the file for itself.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;

use std::path::Path;

use analysis::check::{self, Claim, LostUpdate, Recording};
use analysis::report::{Answer, Execution, Options, analyze};
use analysis::witness::Witness;
use analysis::{Cancel, OpIdx};

/// Pairs of a jigsaw trace that may stay undecided besides the one that was put into it on purpose.
const MOST_UNKNOWN_IN_JIGSAW: usize = 5;

const fn op(number: u32) -> OpIdx {
    number - 1
}

/// Replays all that the answer shows, by the numbers and names it shows, against the text of the file.
fn accepted_by_an_independent_reader(answer: &Answer, path: &Path) -> usize {
    let recording = Recording::from_std(common::std_text(path).as_bytes()).unwrap();
    let deadlocks = answer.deadlocks.as_deref().unwrap();
    let acquires: Vec<Vec<OpIdx>> =
        deadlocks.iter().map(|deadlock| deadlock.acquires.iter().copied().map(op).collect()).collect();
    let lost = answer.lost_updates.as_ref().unwrap();
    let mut claims: Vec<(Claim<'_>, &Witness)> = Vec::new();
    for finding in answer.findings.as_deref().unwrap() {
        claims.push((Claim::Race(op(finding.pair.first), op(finding.pair.second)), &finding.witness));
    }
    for (deadlock, acquires) in deadlocks.iter().zip(&acquires) {
        claims.push((Claim::Deadlock(acquires), &deadlock.witness));
    }
    for finding in lost.findings.iter().chain(&lost.possible) {
        let claim = LostUpdate { read: op(finding.read), other: op(finding.lost), write: op(finding.overwrite) };
        claims.push((Claim::LostUpdate(claim), finding.witness.as_ref().expect("all writers are known")));
    }
    let refused = check::accept_all(&recording, claims.iter().copied(), &Cancel::default());
    assert_eq!(refused, Ok(Vec::new()), "{}", path.display());
    claims.len()
}

/// `injected`: the race that was put into it, which must be decided.
fn answered(path: &Path, most_unknown: usize, injected: Option<(u32, u32)>) -> (Answer, usize) {
    let history = common::read_std(path);
    let answer = analyze(&Execution::of(&history), &Options::default(), &Cancel::default()).unwrap();
    let file = path.display();
    assert_eq!(answer.disagreements, Vec::<String>::new(), "{file}");
    let exact = answer.races.exact.as_ref().unwrap();
    assert!(exact.unknown.len() <= most_unknown, "{file}: {:?}", exact.unknown);
    if let Some(injected) = injected {
        assert!(exact.pairs.contains(&injected), "{file}: {injected:?}");
    }
    assert_eq!((answer.unknown_deadlocks, answer.deadlocks_complete), (0, Some(true)), "{file}");
    let n_accepted = accepted_by_an_independent_reader(&answer, path);
    (answer, n_accepted)
}

#[test]
fn three_recordings_of_a_server_are_answered_without_disagreement() {
    let Some(races) = common::shared("races") else { return };
    let mut n_files = 0;
    for row in common::csv(&races.join("race-ground-truth.csv")) {
        let path = races.join(&row["suite"]).join(format!("{}.gz", row["trace"]));
        if row["suite"] != "raceinjector-norm" || !row["trace"].starts_with("jigsaw") || !path.is_file() {
            continue;
        }
        let injected = row["injected_pair_event_idx"].split_once(';');
        let injected = injected.map(|(first, second)| (first.parse().unwrap(), second.parse().unwrap()));
        let (answer, n_accepted) = answered(&path, MOST_UNKNOWN_IN_JIGSAW, injected);
        let n_races = answer.findings.unwrap().len();
        assert!(n_races > 100 && n_accepted >= n_races, "{n_races} races, {n_accepted} witnesses accepted");
        n_files += 1;
    }
    assert_eq!(n_files, 3);
}

#[test]
fn recorded_deadlock_benchmarks_are_answered_without_disagreement() {
    let Some(races) = common::shared("races") else { return };
    let paths = common::std_files(&races.join("spd-deadlock"));
    let n_accepted: usize = paths.iter().map(|path| answered(path, 0, None).1).sum();
    assert!(n_accepted > 0, "nothing was accepted of {} files", paths.len());
}
