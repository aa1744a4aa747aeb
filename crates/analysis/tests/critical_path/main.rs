//! The critical path against CRISP's own answers, and against what must hold of any forest.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

mod answers;
mod properties;

use std::collections::BTreeMap;

use analysis::Cancel;
use analysis::spans::{
    CriticalPath, CriticalPaths, Parenthood, Side, SpanForest, SpanForestBuilder, SpanRecord, critical_paths,
};
use model::Nanos;

fn paths(forest: &SpanForest) -> CriticalPaths {
    critical_paths(forest, &Cancel::default()).unwrap()
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
    let page = include_str!("../../../../docs/critical-path.md");
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
