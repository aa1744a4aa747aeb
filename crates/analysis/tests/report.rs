//! The answer as a whole: its shape, and that its parts agree with known answers and with one another.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod common;
mod events;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use analysis::read::Format;
use analysis::report::{Answer, EngineRaces, Execution, FileError, Options, RaceEngines, analyze, analyze_file, table};
use analysis::{Cancel, History, std_file};
use events::{Client, Recording, acquire, read, release, write};
use serde_json::Value;

fn answer(history: &History, options: &Options) -> Answer {
    analyze(&Execution::of(history), options, &Cancel::default()).unwrap()
}

fn litmus(name: &str) -> History {
    common::read_std(&common::races().join("litmus").join(name))
}

/// What does not change from run to run.
fn steady(mut answer: Answer) -> Answer {
    answer.file = "litmus.std".to_owned();
    answer.timings_ms = [("total".to_owned(), 0.5)].into();
    answer
}

#[test]
fn the_answer_for_programs_has_its_documented_shape() {
    for name in ["15_rw_upgrade", "28_deadlock_needs_reversal_or_wait"] {
        let answer = steady(answer(&litmus(&format!("{name}.std")), &Options::default()));
        let json = serde_json::to_string(&answer).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&json).unwrap(), answer, "it can be read back");
        insta::assert_snapshot!(format!("{name}_json"), json);
        insta::assert_snapshot!(format!("{name}_table"), table(&answer));
    }
}

#[test]
fn what_was_not_asked_for_is_absent() {
    let history = litmus("17_deadlock_simple.std");
    let nothing = Options { explain_absence: false, ..Options::NOTHING };
    let asked_nothing = serde_json::to_value(answer(&history, &nothing)).unwrap();
    assert_eq!(asked_nothing["races"], serde_json::json!({}));
    let parts = ["findings", "deadlocks", "unreached_inversions", "lost_updates", "lockset", "critical_path", "notes"];
    for absent in parts {
        assert!(asked_nothing.get(absent).is_none(), "{absent}");
    }
    let only_shb = Options { races: Some(RaceEngines::Shb), ..nothing };
    let asked_shb = answer(&history, &only_shb);
    assert!(asked_shb.races.shb.is_some() && asked_shb.races.exact.is_none() && asked_shb.races.hb.is_none());
    let happens_before = answer(&litmus("01_simple_ww_race.std"), &Options { races: Some(RaceEngines::Hb), ..nothing });
    assert!(happens_before.races.hb.is_some_and(|found| found.pairs_total == 1));
    assert_eq!(happens_before.findings, Some(Vec::new()), "happens-before alone proves nothing");
}

#[test]
fn the_engines_agree_with_known_answers_and_no_finding_is_refused() {
    let races = common::races();
    for expected in common::expected_events(&races) {
        let history = common::read_std(&expected.path(&races).expect("a file of this repository"));
        let answer = answer(&history, &Options::default());
        let file = &expected.file;
        assert_eq!(answer.disagreements, Vec::<String>::new(), "{file}");

        let [hb, shb, syncp, exact] = of_engines(&answer);
        for (found, rapid, pairs) in
            [(hb, Some("HB"), "HB"), (shb, Some("SHB"), "SHB"), (syncp, Some("SyncP"), "SP"), (exact, None, "EX")]
        {
            if let Some(known) = rapid.and_then(|engine| expected.rapid.get(engine)) {
                let mut known = known.clone();
                known.sort_unstable();
                assert_eq!(found.racy_events, known, "{file}: {rapid:?}");
            }
            if let Some(known) = expected.pairs.get(pairs) {
                let mut known = known.clone();
                known.sort_unstable();
                assert_eq!((&found.pairs, found.complete), (&known, true), "{file}: {pairs}");
                assert_eq!(found.pairs_total, known.len() as u64);
            }
        }

        let findings = answer.findings.as_ref().expect("races were asked for");
        let counted: u64 = findings.iter().map(|finding| finding.pair.count).sum();
        assert_eq!(counted, exact.pairs_total, "{file}: every pair is in one finding");
        for finding in findings {
            assert!(exact.pairs.contains(&(finding.pair.first, finding.pair.second)), "{file}: {finding:?}");
        }
        let unproven = answer.unreached_inversions.unwrap_or_default() + answer.unknown_deadlocks;
        assert_eq!(answer.deadlocks_complete, Some(answer.unknown_deadlocks == 0), "{file}: {unproven}");
    }
}

fn of_engines(answer: &Answer) -> [&EngineRaces; 4] {
    let races = &answer.races;
    [&races.hb, &races.shb, &races.syncp, &races.exact].map(|found| found.as_ref().expect("all engines were asked"))
}

#[test]
fn fewer_engines_find_the_same_as_all_of_them() {
    for path in common::own_files().iter().step_by(7) {
        let history = common::read_std(path);
        let all = answer(&history, &Options::default());
        for engines in [RaceEngines::Shb, RaceEngines::SyncP, RaceEngines::Exact] {
            let some = answer(&history, &Options { races: Some(engines), ..Options::default() });
            let [shb, syncp, exact] = [&some.races.shb, &some.races.syncp, &some.races.exact];
            for (found, of_all) in [(shb, &all.races.shb), (syncp, &all.races.syncp), (exact, &all.races.exact)] {
                assert!(found.is_none() || found == of_all, "{engines:?} on {}", path.display());
            }
            let weakest = match engines {
                RaceEngines::Shb => ["observed", "schedulable", "", ""],
                RaceEngines::SyncP => ["observed", "schedulable", "sync_preserving", ""],
                _ => ["observed", "schedulable", "sync_preserving", "predictable"],
            };
            let expected = all.findings.as_ref().map(|findings| {
                findings
                    .iter()
                    .filter(|finding| weakest.contains(&finding.pair.class.as_str()))
                    .cloned()
                    .collect::<Vec<_>>()
            });
            assert_eq!(some.findings, expected, "{engines:?} on {}", path.display());
        }
    }
}

#[test]
fn pairs_are_listed_up_to_a_bound_and_counted_beyond_it() {
    let mut text = String::new();
    for round in 0..40 {
        for thread in ["A", "B", "C"] {
            text.push_str(&format!("{thread}|w(x)|{round}\n"));
        }
    }
    let history = std_file::read(text.as_bytes()).unwrap();
    let cut = answer(&history, &Options { pairs_listed: 10, ..Options::default() });
    let all = answer(&history, &Options { pairs_listed: usize::MAX, ..Options::default() });
    for (cut, all) in of_engines(&cut).into_iter().zip(of_engines(&all)) {
        assert_eq!((cut.pairs.len(), cut.complete), (10, false));
        assert_eq!((all.pairs.len() as u64, all.complete), (all.pairs_total, true));
        assert_eq!(cut.pairs_total, all.pairs_total);
        assert_eq!(cut.racy_events, all.racy_events, "events are never cut");
    }
}

fn of_bytes(bytes: &[u8], options: &Options) -> Result<Answer, FileError> {
    analyze_file(bytes, "given", Format::Auto, options, &Cancel::default())
}

#[test]
fn a_packed_file_is_answered_like_a_plain_one() {
    let plain = fs::read(common::races().join("litmus/17_deadlock_simple.std")).unwrap();
    let options = Options::default();
    let expected = steady(answer(&litmus("17_deadlock_simple.std"), &options));
    for packed in [plain.clone(), zstd::encode_all(&plain[..], 3).unwrap(), gzip(&plain)] {
        let found = of_bytes(&packed, &options).unwrap();
        assert_eq!(found.file, "given");
        assert!(found.timings_ms.contains_key("read") && found.timings_ms.contains_key("total"));
        assert_eq!(steady(found), expected);
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, plain).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_line() {
    let error = of_bytes(b"T1|w(x)|1\nT1|jump(x)|2\n", &Options::default()).unwrap_err();
    assert_eq!(error.to_string(), "given:2: unknown operation \"jump\"");
    assert!(of_bytes(b"{\"events\": [", &Options::default()).unwrap_err().to_string().starts_with("given:1: "));
}

#[test]
fn recorded_events_are_answered_with_their_ids() {
    let mut recording = Recording::default();
    let (mut one, mut two) = (Client::new("bank", "a").span("1"), Client::new("bank", "b").span("2"));
    let first = recording.event(&mut one, 0, write("balance"));
    for (client, inner, outer) in [(&mut one, "m", "l"), (&mut two, "l", "m")] {
        let times = if outer == "l" { [10, 20, 30, 40, 50] } else { [60, 70, 80, 90, 100] };
        recording.event(client, times[0], acquire(outer, "Mutex"));
        recording.event(client, times[1], acquire(inner, "Mutex"));
        recording.event(client, times[2], release(inner, "Mutex"));
        recording.event(client, times[3], release(outer, "Mutex"));
        recording.event(client, times[4], write("own"));
    }
    let second = recording.event(&mut two, 200, read("balance"));
    let answer = of_bytes(recording.json().as_bytes(), &Options::default()).unwrap();
    assert_eq!(answer.disagreements, Vec::<String>::new());
    let findings = answer.findings.expect("races were asked for");
    let on_balance: Vec<_> = findings.iter().filter(|finding| finding.pair.variable == "balance").collect();
    let ids: Vec<&[String]> = on_balance.iter().map(|finding| finding.pair.at.event_ids.as_slice()).collect();
    assert_eq!(ids, [[events::uuid(first), events::uuid(second)]]);
    let deadlocks = answer.deadlocks.expect("deadlocks were asked for");
    assert_eq!(deadlocks.len(), 1);
    assert_eq!((deadlocks[0].locks.len(), deadlocks[0].at.event_ids.len()), (2, 2));
    assert!(answer.notes.iter().any(|note| note.starts_with("tasks not separable")));
}

/// What CRISP's own tests expect: a map by operation, or an object that holds one.
fn crisp_expects(testing: &Value) -> BTreeMap<String, i64> {
    let map = testing.get(0).or_else(|| testing.get("opTimeExclusive")).unwrap_or(testing);
    let map = map.as_object().expect("a map").iter();
    map.map(|(operation, us)| (operation.clone(), us.as_i64().expect("microseconds")))
        .filter(|(_, us)| *us != 0)
        .collect()
}

fn without_zeros(times: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    times.iter().filter(|(_, us)| **us != 0).map(|(operation, us)| (operation.clone(), *us)).collect()
}

fn json_files(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            json_files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            into.push(path);
        }
    }
}

const CRISP: Options = Options { critical_path: true, crisp: true, ..Options::NOTHING };

#[test]
fn the_critical_paths_of_crisps_own_tests_are_equal_from_file_to_answer() {
    let Some(folder) = common::shared("traces/crisp_test_cases") else { return };
    let mut files = Vec::new();
    json_files(&folder, &mut files);
    for path in &files {
        let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let answer =
            analyze_file(File::open(path).unwrap(), "given", Format::Auto, &CRISP, &Cancel::default()).unwrap();
        let found = without_zeros(&answer.critical_path.expect("spans").exclusive_us);
        assert_eq!(found, crisp_expects(&file["testing"]), "{}", path.display());
    }
    assert!(files.len() > 10, "{} files", files.len());
}

#[test]
fn the_critical_paths_of_a_social_network_are_those_crisp_finds() {
    let Some(folder) = common::shared("traces/deathstarbench") else { return };
    let mut expected: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for row in common::csv(&folder.join("crisp-critical-path.csv")) {
        let us: i64 = row["cp_exclusive_us"].parse().unwrap();
        expected.entry(row["trace_id"].clone()).or_default().insert(row["op"].clone(), us);
    }
    let file = File::open(folder.join("socialnetwork-compose-post-20traces.jaeger.json.gz")).unwrap();
    let answer = analyze_file(file, "given", Format::Jaeger, &CRISP, &Cancel::default()).unwrap();
    let paths = answer.critical_path.expect("spans").paths;
    let found: BTreeMap<String, BTreeMap<String, i64>> =
        paths.iter().map(|path| (path.trace.clone(), without_zeros(&path.exclusive_us))).collect();
    assert_eq!(paths.len(), found.len(), "one root a trace");
    let expected: BTreeMap<_, _> =
        expected.iter().map(|(trace, times)| (trace.clone(), without_zeros(times))).collect();
    assert_eq!(found, expected);
}
