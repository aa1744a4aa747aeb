//! CRISP's own test cases, and recorded traces with the path CRISP finds.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use analysis::spans::{CriticalPath, SpanForest, jaeger};

use crate::{assert_partition, paths};

/// Where traces with known answers lie; [`None`] says so and lets the test pass.
fn traces() -> Option<PathBuf> {
    let shared = std::env::var("RACEWAY_SHARED_DATA")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let traces = shared.join("traces");
    if !traces.is_dir() {
        eprintln!("skipped: no data folder");
        return None;
    }
    Some(traces)
}

/// Exclusive microseconds of our own partition, of what is on the path.
fn own(path: &CriticalPath, forest: &SpanForest) -> BTreeMap<String, i64> {
    let on_path = path.operations.iter().filter(|row| row.calls_on_path > 0);
    on_path.map(|row| (forest.label(row.service, row.operation), row.exclusive_ns as i64 / 1000)).collect()
}

fn without_zeros(table: BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    table.into_iter().filter(|&(_, us)| us != 0).collect()
}

fn crisp_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(crisp_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "json") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What a CRISP file says its answer is.
fn expected(file: &Path) -> BTreeMap<String, i64> {
    let json: serde_json::Value = serde_json::from_reader(File::open(file).unwrap()).unwrap();
    let testing = &json["testing"];
    let table = if testing.is_array() { &testing[0] } else { &testing["opTimeExclusive"] };
    serde_json::from_value(table.clone()).unwrap()
}

#[test]
fn every_crisp_file_has_the_exclusive_times_it_says() {
    let Some(traces) = traces() else { return };
    let folder = traces.join("crisp_test_cases");
    let files = crisp_files(&folder);
    let mut differ_in_own = Vec::new();
    for file in &files {
        let read = jaeger::read(File::open(file).unwrap()).unwrap();
        assert_eq!(read.len(), 1, "{}", file.display());
        let forest = &read[0].forest;
        let paths = paths(forest);
        let expected = without_zeros(expected(file));
        assert_eq!(without_zeros(paths.paths[0].crisp(forest)), expected, "{}", file.display());
        assert_partition(&paths.paths[0], forest);
        if without_zeros(own(&paths.paths[0], forest)) != expected {
            differ_in_own.push(file.strip_prefix(&folder).unwrap().display().to_string());
        }
    }
    assert_eq!(files.len(), 17);
    assert_eq!(differ_in_own, ["19.json", "20.json"], "their siblings overlap");
}

#[test]
fn every_deathstarbench_trace_has_the_path_crisp_finds() {
    let Some(traces) = traces() else { return };
    let folder = traces.join("deathstarbench");
    let packed = File::open(folder.join("socialnetwork-compose-post-20traces.jaeger.json.gz")).unwrap();
    let rows = std::fs::read_to_string(folder.join("crisp-critical-path.csv")).unwrap();
    let mut expected: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    let mut durations: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for row in rows.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let [trace, _, _, duration, spans, operation, exclusive] = cells[..] else { panic!("{row}") };
        durations.insert(trace.to_owned(), (duration.parse().unwrap(), spans.parse().unwrap()));
        let table = expected.entry(trace.to_owned()).or_default();
        *table.entry(operation.to_owned()).or_default() += exclusive.parse::<i64>().unwrap();
    }
    let read = jaeger::read(packed).unwrap();
    assert_eq!((read.len(), expected.len()), (20, 20));
    let mut differ_in_own = Vec::new();
    for trace in &read {
        let forest = &trace.forest;
        let paths = paths(forest);
        let [path] = &paths.paths[..] else { panic!("{}: one root", trace.trace_id) };
        let crisp = without_zeros(expected.remove(&trace.trace_id).unwrap());
        assert_eq!(without_zeros(path.crisp(forest)), crisp, "{}", trace.trace_id);
        let on_path: u64 = path.operations.iter().map(|row| row.calls_on_path).sum();
        assert_eq!(durations[&trace.trace_id], (path.duration_ns / 1000, on_path), "{}", trace.trace_id);
        assert_partition(path, forest);
        if without_zeros(own(path, forest)) != crisp {
            differ_in_own.push(trace.trace_id.as_str());
        }
    }
    assert_eq!(differ_in_own, ["0b4200596ed30320"], "its siblings overlap");
}
