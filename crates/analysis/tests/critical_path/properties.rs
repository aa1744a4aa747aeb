//! What must hold of any forest, whatever its times.

use analysis::spans::{Parenthood, Side, SpanForest, SpanForestBuilder, SpanRecord};
use model::Nanos;
use proptest::prelude::*;

use crate::{assert_partition, paths};

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
