//! Calls between services: one a call, from spans and from messages.
#![allow(clippy::unwrap_used, reason = "a failed expectation fails the test")]

use analysis::dependencies::{Calls, Dependencies};
use analysis::history::{EdgeReason, History, HistoryBuilder, OpKind, Sources};
use analysis::spans::{Side, SpanForest, SpanForestBuilder, SpanRecord};
use proptest::prelude::*;

type Row<'a> = (&'a str, Option<&'a str>, &'a str, Side, bool);

fn forest(rows: &[Row<'_>]) -> SpanForest {
    let mut builder = SpanForestBuilder::default();
    for &(id, parent, service, side, failed) in rows {
        builder.push(SpanRecord { id, parent, service, side, failed, operation: id, ..SpanRecord::default() });
    }
    builder.finish()
}

/// (caller, callee, calls, failed).
fn listed(dependencies: &Dependencies) -> Vec<(&str, &str, u64, u64)> {
    dependencies.iter().map(|(caller, callee, calls)| (caller, callee, calls.calls, calls.failed)).collect()
}

#[test]
fn a_call_is_one_however_many_spans_it_left() {
    let mut dependencies = Dependencies::default();
    dependencies.add_spans(&forest(&[
        ("1", None, "shop", Side::Server, false),
        ("2", Some("1"), "shop", Side::Client, false),
        // The server half, and a filter in front of it that took the same parent.
        ("3", Some("2"), "stock", Side::Server, false),
        ("4", Some("2"), "stock", Side::Internal, true),
        ("5", Some("3"), "stock", Side::Internal, false),
        // A second call.
        ("6", Some("1"), "shop", Side::Client, false),
        ("7", Some("6"), "stock", Side::Server, false),
        ("8", Some("7"), "database", Side::Server, false),
    ]));
    assert_eq!(listed(&dependencies), [("shop", "stock", 2, 1), ("stock", "database", 1, 0)]);
}

#[test]
fn without_client_spans_each_span_of_another_service_is_a_call() {
    let mut dependencies = Dependencies::default();
    dependencies.add_spans(&forest(&[
        ("1", None, "shop", Side::Internal, false),
        ("2", Some("1"), "stock", Side::Internal, false),
        ("3", Some("1"), "stock", Side::Internal, true),
        ("4", Some("1"), "shop", Side::Internal, false),
        ("5", Some("gone"), "mail", Side::Server, false),
    ]));
    assert_eq!(listed(&dependencies), [("shop", "stock", 2, 1)]);
}

#[test]
fn a_call_that_failed_at_the_client_failed() {
    let mut dependencies = Dependencies::default();
    dependencies
        .add_spans(&forest(&[("1", None, "shop", Side::Client, true), ("2", Some("1"), "stock", Side::Server, false)]));
    assert_eq!(listed(&dependencies), [("shop", "stock", 1, 1)]);
}

/// A history of operations (thread) and edges (from, to, reason, inferred); the service is the thread's name
/// before the dot.
fn history(ops: &[&str], edges: &[(u32, u32, EdgeReason, bool)]) -> History {
    let mut builder = HistoryBuilder::default();
    let location = builder.locations.id("");
    for thread in ops {
        let thread = builder.threads.id(thread);
        builder.push(thread, OpKind::Other, location);
    }
    for &(from, to, reason, inferred) in edges {
        builder.edge(from, to, reason, inferred);
    }
    builder.finish(Sources::Lines((1..=ops.len() as u32).collect()))
}

fn called(history: &History) -> Dependencies {
    let mut dependencies = Dependencies::default();
    dependencies.add_messages(history, |thread| history.threads[thread as usize].split('.').next().unwrap_or_default());
    dependencies
}

#[test]
fn a_request_is_a_call_and_its_response_is_none() {
    use EdgeReason::{Clock, Message};
    let history = history(
        &["shop.1", "stock.1", "stock.1", "shop.1", "stock.2", "shop.1"],
        &[
            (0, 1, Message, false),
            (0, 2, Clock, false),
            (2, 3, Message, false),
            (3, 4, Clock, false),
            (4, 5, Clock, true),
        ],
    );
    assert_eq!(listed(&called(&history)), [("shop", "stock", 2, 0)]);
}

#[test]
fn calls_back_are_calls_of_their_own() {
    use EdgeReason::{Message, Parent};
    // shop calls stock, stock calls back into another context of shop, which spawned nothing; all answer.
    let history = history(
        &["shop.1", "stock.1", "shop.2", "stock.1", "shop.1"],
        &[
            (0, 1, Message, false),
            (1, 2, Message, true),
            (1, 2, Parent, false),
            (2, 3, Message, false),
            (3, 4, Message, false),
        ],
    );
    let dependencies = called(&history);
    assert_eq!(listed(&dependencies), [("shop", "stock", 1, 0), ("stock", "shop", 1, 0)]);
}

#[test]
fn tasks_and_moves_to_other_threads_are_no_calls() {
    use EdgeReason::{Fork, Join, Message, Parent, SameThread};
    let history = history(
        &["shop.1", "stock.1", "stock.task", "stock.1b", "stock.1", "mail.1"],
        &[
            (0, 1, Message, false),
            (1, 2, Fork, false),
            (1, 3, Parent, false),
            (2, 4, Join, false),
            // The thread served another service's context before: no call.
            (4, 5, SameThread, false),
        ],
    );
    assert_eq!(listed(&called(&history)), [("shop", "stock", 1, 0)]);
}

#[test]
fn calls_told_from_times_alone_are_counted_apart() {
    let history = history(&["shop.1", "stock.1"], &[(0, 1, EdgeReason::Message, true)]);
    let dependencies = called(&history);
    let expected = Calls { calls: 1, failed: 0, inferred: 1 };
    assert_eq!(dependencies.edges[&("shop".to_owned(), "stock".to_owned())], expected);
}

proptest! {
    #[test]
    fn at_most_one_call_a_context_and_the_order_of_adding_changes_nothing(
        ops in proptest::collection::vec((0..4_u8, 0..3_u8), 2..40),
        edges in proptest::collection::vec((any::<u32>(), any::<u32>(), any::<bool>()), 0..60),
    ) {
        let names: Vec<String> = ops.iter().map(|(service, context)| format!("s{service}.{context}")).collect();
        let n = names.len() as u32;
        let edges: Vec<_> = edges.iter().map(|&(a, b, message)| {
            let (from, to) = ((a % n).min(b % n), (a % n).max(b % n));
            (from, to, if message { EdgeReason::Message } else { EdgeReason::Clock }, false)
        }).filter(|(from, to, ..)| from < to).collect();
        let history = history(&names.iter().map(String::as_str).collect::<Vec<_>>(), &edges);
        let once = called(&history);
        let calls: u64 = once.iter().map(|(.., calls)| calls.calls).sum();
        prop_assert!(calls < history.threads.len() as u64, "one context was opened by nobody");
        let mut twice = once.clone();
        twice.merge(&once);
        for ((.., merged), (.., alone)) in twice.iter().zip(once.iter()) {
            prop_assert_eq!(merged.calls, 2 * alone.calls);
        }
    }
}
