//! The critical path against CRISP's own answers, and against what must hold of any forest.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use analysis::Cancel;
use analysis::spans::{
    CriticalPath, CriticalPaths, Parenthood, Side, SpanForest, SpanForestBuilder, SpanRecord, critical_paths, jaeger,
};
use model::Nanos;
use proptest::prelude::*;

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

fn paths(forest: &SpanForest) -> CriticalPaths {
    critical_paths(forest, &Cancel::default()).unwrap()
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

/// Segments are disjoint, in order, and cover the root; everything else sums up.
fn assert_partition(path: &CriticalPath, forest: &SpanForest) {
    let root = forest.spans[path.root as usize];
    let mut at = root.start.0;
    for segment in &path.segments {
        assert_eq!(segment.start_ns, at, "no gap and no overlap");
        assert!(segment.start_ns < segment.end_ns);
        at = segment.end_ns;
    }
    assert_eq!(at, root.end.0);
    let exclusive: u64 = path.operations.iter().map(|row| row.exclusive_ns).sum();
    assert_eq!(exclusive, path.duration_ns);
    assert_eq!(path.duration_ns, root.duration_ns());
    for row in &path.operations {
        assert!(row.calls_on_path <= row.calls);
        assert!(row.saved_if_half_ns.is_none_or(|saved| saved <= row.exclusive_ns / 2));
    }
}

type Row<'a> = (&'a str, Option<&'a str>, Parenthood, Side, i64, i64);

const MS: i64 = 1_000_000;

/// Spans of operations named as their ids, times in milliseconds.
fn forest(rows: &[Row<'_>]) -> SpanForest {
    let mut builder = SpanForestBuilder::default();
    for &(id, parent, parenthood, side, start, end) in rows {
        let (start, end) = (Nanos(start * MS), Nanos(end * MS));
        let record =
            SpanRecord { id, parent, parenthood, side, start, end, service: "s", operation: id, failed: false };
        builder.push(record);
    }
    builder.finish()
}

const fn span<'a>(id: &'a str, parent: Option<&'a str>, start: i64, end: i64) -> Row<'a> {
    (id, parent, Parenthood::Child, Side::Internal, start, end)
}

/// Exclusive milliseconds by span.
fn exclusive(path: &CriticalPath, forest: &SpanForest) -> BTreeMap<String, u64> {
    let mut table = BTreeMap::new();
    for segment in &path.segments {
        let name = forest.ids[segment.span as usize].clone();
        *table.entry(name).or_default() += (segment.end_ns - segment.start_ns) as u64 / MS as u64;
    }
    table
}

fn table(rows: &[(&str, u64)]) -> BTreeMap<String, u64> {
    rows.iter().map(|&(name, ms)| (name.to_owned(), ms)).collect()
}

#[test]
fn a_call_of_90_ms_inside_one_of_100_ms_takes_100_ms() {
    let forest = forest(&[span("outer", None, 0, 100), span("inner", Some("outer"), 5, 95)]);
    let paths = paths(&forest);
    assert_eq!(paths.paths[0].duration_ns, 100_000_000);
    assert_eq!(exclusive(&paths.paths[0], &forest), table(&[("inner", 90), ("outer", 10)]));
    assert_partition(&paths.paths[0], &forest);
}

#[test]
fn of_two_children_that_end_together_the_one_that_began_first_is_waited_for() {
    let forest = forest(&[span("a", None, 0, 100), span("late", Some("a"), 50, 90), span("early", Some("a"), 10, 90)]);
    assert_eq!(exclusive(&paths(&forest).paths[0], &forest), table(&[("a", 20), ("early", 80)]));
}

#[test]
fn an_overlap_counts_as_clock_noise_below_one_percent_and_without_a_third_boundary() {
    let overlapping = |end, third: &[Row<'_>]| {
        let mut rows = vec![span("a", None, 0, 1000), span("b", Some("a"), 0, end), span("c", Some("a"), 500, 1000)];
        rows.extend_from_slice(third);
        let forest = forest(&rows);
        let path = paths(&forest).paths.swap_remove(0);
        assert_partition(&path, &forest);
        exclusive(&path, &forest)
    };
    assert_eq!(overlapping(509, &[]), table(&[("b", 500), ("c", 500)]));
    assert_eq!(overlapping(510, &[]), table(&[("a", 500), ("c", 500)]), "exactly 1 %");
    let inside = overlapping(509, &[span("d", Some("a"), 504, 900)]);
    assert_eq!(inside, table(&[("a", 500), ("c", 500)]), "another sibling began in between");
    let ended = overlapping(509, &[span("d", Some("a"), 400, 504)]);
    assert_eq!(ended, table(&[("a", 400), ("c", 500), ("d", 100)]), "another sibling ended in between, and nearer");
}

#[test]
fn what_is_asynchronous_holds_nobody_up_unless_awaited() {
    let with = |parenthood| {
        let forest = forest(&[
            span("a", None, 0, 100),
            ("b", Some("a"), parenthood, Side::Internal, 20, 90),
            span("c", Some("b"), 30, 80),
        ]);
        exclusive(&paths(&forest).paths[0], &forest)
    };
    let waited = table(&[("a", 30), ("b", 20), ("c", 50)]);
    assert_eq!(with(Parenthood::Child), waited);
    assert_eq!(with(Parenthood::Awaited), waited);
    assert_eq!(with(Parenthood::Asynchronous), table(&[("a", 100)]));
    assert_eq!(with(Parenthood::FollowsFrom), table(&[("a", 100)]));
}

#[test]
fn what_runs_after_the_root_is_told_apart() {
    let forest = forest(&[
        span("a", None, 0, 100),
        ("mail", Some("a"), Parenthood::FollowsFrom, Side::Internal, 90, 150),
        span("smtp", Some("mail"), 100, 140),
        span("late", Some("a"), 120, 170),
        span("below", Some("late"), 121, 122),
    ]);
    let paths = paths(&forest);
    let path = &paths.paths[0];
    assert_eq!(exclusive(path, &forest), table(&[("a", 100)]));
    assert_eq!(path.dropped, 2, "a child wholly outside, and what hangs on it");
    assert_eq!((path.after_root.spans, path.after_root.lasted_ns), (4, 70_000_000));
    assert_eq!(path.after_root.work_ns, (50 + 40 + 50 + 1) * MS as u64);
    let mail = path.operations.iter().find(|row| forest.operations[row.operation as usize] == "mail").unwrap();
    assert_eq!(mail.total_work_ns, 60_000_000, "what nobody waits for is not cut");
}

#[test]
fn several_roots_have_a_path_each_and_the_longest_comes_first() {
    let forest = forest(&[
        span("a", None, 0, 10),
        span("b", Some("gone"), 5, 25),
        span("c", None, 0, 20),
        span("d", Some("b"), 5, 25),
    ]);
    let paths = paths(&forest);
    let roots: Vec<_> = paths.paths.iter().map(|path| forest.ids[path.root as usize].as_str()).collect();
    assert_eq!(roots, ["c", "b", "a"]);
    assert_eq!(exclusive(&paths.paths[1], &forest), table(&[("d", 20)]));
}

#[test]
fn a_server_whose_clock_is_off_is_moved_into_its_client() {
    let skewed = |client: Side, server: Side, start, end| {
        let forest = forest(&[
            span("a", None, 0, 100),
            ("b", Some("a"), Parenthood::Child, client, 10, 90),
            ("c", Some("b"), Parenthood::Child, server, start, end),
            span("d", Some("c"), start + 10, start + 30),
        ]);
        let paths = paths(&forest);
        let shifts: Vec<_> = paths.shifts.iter().map(|shift| shift.by_ns / MS).collect();
        (exclusive(&paths.paths[0], &forest), shifts)
    };
    let inside = table(&[("a", 20), ("b", 20), ("c", 40), ("d", 20)]);
    assert_eq!(skewed(Side::Client, Side::Server, 1_000, 1_060), (inside.clone(), vec![-980]));
    assert_eq!(skewed(Side::Client, Side::Server, 12, 72), (inside, vec![]), "it lies inside already");
    let dropped = table(&[("a", 20), ("b", 80)]);
    assert_eq!(skewed(Side::Client, Side::Internal, 1_000, 1_060), (dropped.clone(), vec![]), "not tagged");
    assert_eq!(skewed(Side::Client, Side::Server, 1_000, 1_090), (dropped, vec![]), "it does not fit");
}

#[test]
fn halving_an_operation_saves_only_until_something_else_is_waited_for() {
    let forest = forest(&[
        span("a", None, 0, 100),
        span("slow", Some("a"), 0, 40),
        span("beside", Some("a"), 0, 30),
        span("then", Some("a"), 50, 90),
        span("long", Some("a"), 0, 80),
    ]);
    let path = paths(&forest).paths.swap_remove(0);
    let row = |name: &str| {
        let row = path.operations.iter().find(|row| forest.operations[row.operation as usize] == name).unwrap();
        (row.exclusive_ns / MS as u64, row.saved_if_half_ns.unwrap() / MS as u64)
    };
    assert_eq!(row("then"), (40, 10), "`long` then ends last");
    assert_eq!(row("slow"), (40, 10), "`then` begins 20 sooner, and `long` ends last");
    assert_eq!(row("a"), (20, 10));
    assert_eq!(row("long"), (0, 0));
    assert_eq!(row("beside"), (0, 0));
}

#[test]
fn half_of_nested_calls_of_one_operation_is_half_of_their_own_times() {
    let mut builder = SpanForestBuilder::default();
    for (id, parent, start, end) in [("1", None, 0, 100), ("2", Some("1"), 10, 90), ("3", Some("2"), 30, 50)] {
        let (start, end) = (Nanos(start * MS), Nanos(end * MS));
        builder.push(SpanRecord { id, parent, start, end, operation: "o", ..SpanRecord::default() });
    }
    let forest = builder.finish();
    let path = paths(&forest).paths.swap_remove(0);
    assert_eq!(path.operations[0].saved_if_half_ns, Some(50_000_000));
}

#[test]
fn the_example_of_the_documentation_is_right() {
    let forest = forest(&[
        span("checkout", None, 0, 100),
        span("reserve", Some("checkout"), 10, 40),
        ("mail", Some("checkout"), Parenthood::FollowsFrom, Side::Internal, 15, 60),
        span("charge", Some("checkout"), 45, 90),
        span("bank", Some("charge"), 55, 80),
    ]);
    let path = paths(&forest).paths.swap_remove(0);
    let page = include_str!("../../../docs/critical-path.md");
    for row in &path.operations {
        let ms = |ns: u64| ns as f64 / MS as f64;
        let line = format!(
            "| `{}` | {} | {} % | {} | {} |",
            forest.operations[row.operation as usize],
            ms(row.exclusive_ns),
            row.share * 100.0,
            ms(row.total_work_ns),
            ms(row.saved_if_half_ns.unwrap())
        );
        assert!(page.contains(&line), "{line}");
    }
}

#[test]
fn a_chain_of_300_000_spans_needs_no_stack() {
    let n = 300_000;
    let mut builder = SpanForestBuilder::default();
    let id = |at: i64| format!("{at:08}");
    for at in 0..n {
        let (own, parent) = (id(at), id(at - 1));
        builder.push(SpanRecord {
            id: &own,
            parent: (at > 0).then_some(&*parent),
            start: Nanos(at),
            end: Nanos(2 * n - at),
            service: "s",
            operation: "o",
            ..SpanRecord::default()
        });
    }
    let forest = builder.finish();
    let path = paths(&forest).paths.swap_remove(0);
    assert_partition(&path, &forest);
    assert_eq!(path.segments.len() as i64, 2 * n - 1);
}

#[test]
fn nothing_gives_no_path_and_a_raised_flag_stops() {
    assert_eq!(paths(&SpanForest::default()).paths, []);
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(critical_paths(&forest(&[span("a", None, 0, 1)]), &cancel).is_err());
}

fn parenthood() -> impl Strategy<Value = Parenthood> {
    prop_oneof![
        8 => Just(Parenthood::Child),
        1 => Just(Parenthood::FollowsFrom),
        1 => Just(Parenthood::Asynchronous),
        1 => Just(Parenthood::Awaited),
    ]
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Internal), Just(Side::Client), Just(Side::Server)]
}

/// Few distinct times, so that boundaries meet; wide ones, so that overlaps are small against parents; and
/// all there are.
fn time() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..24_i64, 4 => (0..24_i64, -3..3_i64).prop_map(|(at, by)| at * 1000 + by), 1 => any::<i64>()]
}

prop_compose! {
    fn any_span(n: usize)(
        // `n` itself is a parent that is not there. Any parent, so cycles too.
        parent in proptest::option::weighted(0.9, 0..n + 1),
        parenthood in parenthood(),
        side in side(),
        a in time(),
        b in time(),
        operation in 0..4_u8,
    ) -> (Option<usize>, Parenthood, Side, i64, i64, u8) {
        (parent, parenthood, side, a.min(b), a.max(b), operation)
    }
}

fn any_forest() -> impl Strategy<Value = SpanForest> {
    (1..24_usize, any::<bool>()).prop_flat_map(|(n, flat)| {
        proptest::collection::vec(any_span(n), n).prop_map(move |spans| {
            let mut builder = SpanForestBuilder::default();
            for (at, (parent, parenthood, side, start, end, operation)) in spans.into_iter().enumerate() {
                // Flat: many siblings under one wide root.
                let parent = if flat { (at > 0).then_some(0) } else { parent };
                let (start, end) = if flat && at == 0 { (0, 24_000) } else { (start, end) };
                let parent = parent.map(|parent| format!("{parent:03}"));
                builder.push(SpanRecord {
                    id: &format!("{at:03}"),
                    parent: parent.as_deref(),
                    parenthood,
                    side,
                    start: Nanos(start),
                    end: Nanos(end),
                    service: "s",
                    operation: &operation.to_string(),
                    failed: false,
                });
            }
            builder.finish()
        })
    })
}

/// The path among the children of a flat root, looked for the slow way: as CRISP's rule is written.
fn slow_path(forest: &SpanForest, root: u32) -> Vec<u32> {
    let whole = forest.spans[root as usize];
    let cut = |child: u32| {
        let span = forest.spans[child as usize];
        (span.start.0.max(whole.start.0), span.end.0.min(whole.end.0))
    };
    let mut children: Vec<u32> = (0..forest.spans.len() as u32)
        .filter(|&at| {
            let span = forest.spans[at as usize];
            let (start, end) = cut(at);
            let inside = start < end || (start == end && span.start == span.end);
            span.parent == Some(root) && span.parenthood.holds_parent_up() && inside
        })
        .collect();
    children.sort_by_key(|&child| (-i128::from(cut(child).1), cut(child).0, child));
    let mut path: Vec<u32> = Vec::new();
    for (at, &child) in children.iter().enumerate() {
        let Some(&later) = path.last() else {
            path.push(child);
            continue;
        };
        let ((start, end), (later_start, later_end)) = (cut(child), cut(later));
        let overlap = i128::from(end) - i128::from(later_start);
        let third = children.iter().any(|&other| {
            let within = |time: i64| (later_start..=end).contains(&time);
            other != child && other != later && (within(cut(other).0) || within(cut(other).1))
        });
        let noise = start < later_start && end < later_end && overlap * 100 < i128::from(whole.duration_ns()) && !third;
        if children[..at].contains(&later) && (overlap <= 0 || noise) {
            path.push(child);
        }
    }
    path
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_path_partitions_the_root_whatever_the_times(forest in any_forest()) {
        let paths = paths(&forest);
        let roots = forest.spans.iter().filter(|span| span.parent.is_none()).count();
        prop_assert_eq!(paths.paths.len(), roots);
        let spans: u32 = paths.paths.iter().map(|path| path.spans).sum();
        prop_assert_eq!(spans as usize, forest.spans.len());
        for path in &paths.paths {
            assert_partition(path, &forest);
            let kept: u64 = path.operations.iter().map(|row| row.calls).sum();
            prop_assert_eq!(kept + u64::from(path.dropped), u64::from(path.spans));
        }
        for pair in paths.paths.windows(2) {
            prop_assert!(pair[0].duration_ns >= pair[1].duration_ns);
        }
    }

    #[test]
    fn each_moment_belongs_to_a_span_that_nothing_asynchronous_parts_from_the_root(forest in any_forest()) {
        for path in paths(&forest).paths {
            for segment in &path.segments {
                let mut at = segment.span;
                while at != path.root {
                    let span = forest.spans[at as usize];
                    prop_assert!(span.parenthood.holds_parent_up());
                    at = span.parent.unwrap();
                }
            }
        }
    }

    #[test]
    fn the_children_on_the_path_are_those_a_slow_reading_of_the_rule_takes(
        children in proptest::collection::vec((parenthood(), time(), time()), 0..24),
    ) {
        let mut builder = SpanForestBuilder::default();
        let whole = SpanRecord { id: "000", end: Nanos(24_000), operation: "root", ..SpanRecord::default() };
        builder.push(whole);
        for (at, (parenthood, a, b)) in children.into_iter().enumerate() {
            let id = format!("{:03}", at + 1);
            let (start, end) = (Nanos(a.min(b)), Nanos(a.max(b)));
            builder.push(SpanRecord {
                id: &id, operation: &id, parent: Some("000"), parenthood, start, end, ..SpanRecord::default()
            });
        }
        let forest = builder.finish();
        let path = paths(&forest).paths.swap_remove(0);
        let mut found: Vec<&str> = path.operations.iter().filter(|row| row.calls_on_path > 0)
            .map(|row| forest.operations[row.operation as usize].as_str()).filter(|&name| name != "root").collect();
        found.sort_unstable();
        let mut slow: Vec<&str> = slow_path(&forest, 0).iter().map(|&child| forest.ids[child as usize].as_str()).collect();
        slow.sort_unstable();
        prop_assert_eq!(found, slow);
    }
}
