//! `raceway analyze` from outside: the real binary over files.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn litmus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/races/litmus").join(name)
}

fn analyze(arguments: &[&str], files: &[PathBuf]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_raceway"));
    command.arg("analyze").args(arguments).args(files).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("UTF-8")
}

fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn every_file_is_answered_on_a_line_in_the_order_of_the_arguments() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(litmus("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.reverse();
    let output = analyze(&["--json", "--races", "all", "--deadlocks"], &files);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "no progress where nobody watches");
    let answered: Vec<String> =
        lines(&output).iter().map(|answer| answer["file"].as_str().unwrap().to_owned()).collect();
    assert_eq!(answered, files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>());
}

#[test]
fn a_file_that_cannot_be_read_is_told_after_the_others_were_printed() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.std");
    std::fs::write(&broken, "T1|w(x)|1\nT1|w(x\n").unwrap();
    let missing = folder.path().join("missing.std");
    let good = litmus("17_deadlock_simple.std");
    let output = analyze(&["--json"], &[missing.clone(), broken.clone(), good.clone()]);
    assert_eq!(output.status.code(), Some(2));
    let [answer] = &lines(&output)[..] else { panic!("one answer") };
    assert_eq!(answer["file"].as_str(), Some(good.display().to_string().as_str()));
    assert_eq!(answer["deadlocks"].as_array().map(Vec::len), Some(1));
    let [first, second] = text(&output.stderr).lines().collect::<Vec<_>>()[..] else { panic!("two lines") };
    assert!(first.starts_with(&format!("{}:0: ", missing.display())), "{first}");
    assert_eq!(second, format!("{}:2: expected op(target), found \"w(x\"", broken.display()));
}

#[test]
fn people_get_a_table() {
    let output = analyze(&["--deadlocks"], &[litmus("17_deadlock_simple.std")]);
    let table = text(&output.stdout);
    assert!(table.contains("1 deadlock\n") && table.contains("T1 wants "), "{table}");
    assert!(!table.contains("happens-before"), "races were not asked for: {table}");
}

#[test]
fn what_is_not_proven_is_listed_on_request_only_and_apart() {
    let file = [litmus("01_simple_ww_race.std")];
    let everything = &lines(&analyze(&["--json"], &file))[0];
    assert!(everything.get("lockset").is_none() && everything["lost_updates"]["findings"].is_array());
    for applies_to_events in ["unserialisable", "contention"] {
        assert!(everything.get(applies_to_events).is_none(), "{applies_to_events}");
    }
    let suspicions = &lines(&analyze(&["--json", "--lockset"], &file))[0];
    assert!(suspicions.get("findings").is_none() && suspicions.get("lost_updates").is_none());
    assert_eq!(suspicions["lockset"]["suspected"][0]["class"], "lockset");
    let named = &lines(&analyze(&["--json", "--updates", "--blocks", "--contention"], &file))[0];
    assert!(named["lost_updates"].is_object() && named.get("findings").is_none());
    assert_eq!(named["notes"].as_array().map(Vec::len), Some(2), "a note a part that does not apply");
}

#[test]
fn asking_for_nothing_that_exists_is_refused() {
    assert_eq!(analyze(&[], &[]).status.code(), Some(2));
    assert_eq!(analyze(&["--races", "most"], &[litmus("17_deadlock_simple.std")]).status.code(), Some(2));
}
