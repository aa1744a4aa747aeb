//! Commits, and what becomes of the blocks behind them.

use std::collections::BTreeMap;

use crate::support::{Sent, batch, trace_id};
use model::list::TraceFilter;
use model::table::EventTable;
use model::wire::Payload;
use model::{EventId, Nanos, Seq};
use proptest::prelude::*;
use store::{ListOrder, OpenError, Store, StoreOptions, Writer, open};

async fn opened(dir: &tempfile::TempDir) -> (Store, Writer) {
    open(&StoreOptions::new(dir.path())).await.expect("opens")
}

/// Everything stored of a trace: id -> (start, seq, body).
async fn stored(store: &Store, trace: u64) -> BTreeMap<EventId, (i64, Seq, String)> {
    let Some(mut reader) = store.read_trace(trace_id(trace)).await.expect("reads") else { return BTreeMap::new() };
    let mut table = EventTable::default();
    for part in reader.parts.clone() {
        reader.fetch(part, true).await.expect("fetches").decode_into(&mut table).expect("decodes");
    }
    assert_eq!(table.rows.len() as u64, reader.events, "the summary counts what is there");
    table
        .rows
        .iter()
        .map(|row| {
            let payload = Payload::decode(table.payload(row)).expect("a payload");
            (row.id, (row.start.0, row.seq, payload.body.to_owned()))
        })
        .collect()
}

async fn compact(store: &Store, writer: &mut Writer) -> bool {
    match store.plan_compaction().await.expect("plans") {
        Some(plan) => writer.exchange(plan.pack().expect("packs"), Nanos(0)).await.expect("exchanges"),
        None => false,
    }
}

#[tokio::test]
async fn a_resend_changes_nothing_whenever_it_comes() {
    let dir = tempfile::tempdir().expect("a folder");
    let events: Vec<Sent> = (1..=50).map(|id| Sent::new(id % 3 + 1, id)).collect();
    let (store, mut writer) = opened(&dir).await;
    let first = writer.commit(&[batch(&events)], Nanos(1)).await.expect("commits");
    assert_eq!((first.batches[0].stored, first.batches[0].duplicates), (50, 0));

    // While the ids are in memory; in one commit with itself and something new; after compaction; after a restart.
    let again = writer.commit(&[batch(&events)], Nanos(2)).await.expect("commits");
    assert_eq!((again.batches[0].stored, again.batches[0].duplicates), (0, 50));
    assert_eq!(again.counters, first.counters, "nothing new: no commit");
    let new = [Sent::new(1, 51), Sent::new(1, 51)];
    let mixed = writer.commit(&[batch(&events), batch(&new)], Nanos(3)).await.expect("commits");
    assert_eq!((mixed.batches[0].stored, mixed.batches[0].duplicates), (0, 50));
    assert_eq!((mixed.batches[1].stored, mixed.batches[1].duplicates), (1, 1));
    assert_eq!(mixed.counters.head.seq, Seq(2));
    assert!(compact(&store, &mut writer).await);
    let compacted = writer.commit(&[batch(&events)], Nanos(4)).await.expect("commits");
    assert_eq!((compacted.batches[0].stored, compacted.batches[0].duplicates), (0, 50));
    store.close().await;
    writer.close().await.expect("closes");

    let (store, mut writer) = opened(&dir).await;
    let restarted = writer.commit(&[batch(&events)], Nanos(5)).await.expect("commits");
    assert_eq!((restarted.batches[0].stored, restarted.batches[0].duplicates), (0, 50));
    assert_eq!(store.counters().await.expect("reads"), mixed.counters);
}

#[tokio::test]
async fn one_id_in_two_traces_is_two_events() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(&dir).await;
    writer.commit(&[batch(&[Sent::new(1, 7), Sent::new(2, 7)])], Nanos(1)).await.expect("commits");
    assert_eq!((stored(&store, 1).await.len(), stored(&store, 2).await.len()), (1, 1));
}

#[tokio::test]
async fn a_cold_large_trace_tells_duplicates_without_its_ids_in_memory() {
    let dir = tempfile::tempdir().expect("a folder");
    let options = StoreOptions { dedup_bytes: 0, ..StoreOptions::new(dir.path()) };
    let (_store, mut writer) = open(&options).await.expect("opens");
    let events: Vec<Sent> = (1..=6_000).map(|id| Sent::new(1, id)).collect();
    writer.commit(&[batch(&events)], Nanos(1)).await.expect("commits");
    for _ in 0..2 {
        let late = [Sent::new(1, 3), Sent::new(1, 6_000)];
        let commit = writer.commit(&[batch(&late)], Nanos(2)).await.expect("commits");
        assert_eq!((commit.batches[0].stored, commit.batches[0].duplicates), (0, 2));
    }
    let commit = writer.commit(&[batch(&[Sent::new(1, 6_001)])], Nanos(2)).await.expect("commits");
    assert_eq!((commit.batches[0].stored, commit.counters.events), (1, 6_001));
}

#[tokio::test]
async fn compaction_keeps_every_event_and_forgets_deleted_traces() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(&dir).await;
    for commit in 0..12_u64 {
        let events: Vec<Sent> = (0..2_000).map(|at| Sent::new(at % 7 + 1, commit * 2_000 + at + 1)).collect();
        writer.commit(&[batch(&events)], Nanos(1)).await.expect("commits");
    }
    assert!(writer.remove_trace(trace_id(3)).await.expect("removes"));
    assert!(!writer.remove_trace(trace_id(3)).await.expect("removes"), "it is gone");
    let mut before = Vec::new();
    for trace in 1..=7 {
        before.push(stored(&store, trace).await);
    }
    assert_eq!(before[2].len(), 0);

    assert!(compact(&store, &mut writer).await);
    for trace in 1..=7 {
        assert_eq!(stored(&store, trace).await, before[trace as usize - 1], "trace {trace}");
    }
    assert_eq!(store.uncompacted().await.expect("reads").0, 0);
    assert!(!compact(&store, &mut writer).await, "nothing is left to do");

    // Deleting from a packed block has it packed again, without the trace.
    assert!(writer.remove_trace(trace_id(5)).await.expect("removes"));
    assert!(compact(&store, &mut writer).await);
    assert_eq!(stored(&store, 6).await, before[5]);
    let counters = store.counters().await.expect("reads");
    assert_eq!(counters.events, before.iter().map(|events| events.len() as u64).sum::<u64>() - before[4].len() as u64);
    assert_eq!(counters.traces, 5);
}

#[tokio::test]
async fn a_trace_deleted_while_its_blocks_are_packed_stays_deleted() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(&dir).await;
    for id in 1..=4 {
        writer.commit(&[batch(&[Sent::new(id % 2 + 1, id)])], Nanos(1)).await.expect("commits");
    }
    let packed = store.plan_compaction().await.expect("plans").expect("there is work").pack().expect("packs");
    assert!(writer.remove_trace(trace_id(1)).await.expect("removes"));
    assert!(!writer.exchange(packed, Nanos(2)).await.expect("exchanges"), "the exchange is called off");
    assert_eq!((stored(&store, 1).await.len(), stored(&store, 2).await.len()), (0, 2));
}

#[tokio::test]
async fn a_folder_has_one_owner_and_a_newer_store_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, writer) = opened(&dir).await;
    let second = open(&StoreOptions::new(dir.path())).await;
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    store.close().await;
    writer.close().await.expect("closes");

    let status = std::process::Command::new("sqlite3")
        .arg(dir.path().join("raceway.db"))
        .arg("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9000, 'later', 1, x'00', 0)")
        .status()
        .expect("sqlite3 runs");
    assert!(status.success());
    let newer = open(&StoreOptions::new(dir.path())).await;
    assert!(matches!(newer, Err(OpenError::Newer { found: 9000, .. })), "{newer:?}");
}

#[tokio::test]
async fn calls_are_counted_whichever_half_comes_first() {
    let call = |id, span, upstream| {
        Sent::new(1, id)
            .kind(serde_json::json!({"HttpRequest": {"method": "GET", "url": "/x", "headers": {}}}))
            .in_span(span, upstream)
    };
    let caller = call(1, "aaaa", None).of("gateway");
    let callees = [call(2, "bbbb", Some("aaaa")).of("ledger"), call(3, "cccc", Some("aaaa")).of("ledger")];
    for order in 0..3 {
        let dir = tempfile::tempdir().expect("a folder");
        let (store, mut writer) = opened(&dir).await;
        let commits: Vec<Vec<Sent>> = match order {
            0 => vec![vec![caller.clone()], callees.to_vec()],
            1 => vec![callees.to_vec(), vec![caller.clone()]],
            _ => vec![[&[caller.clone()][..], &callees].concat()],
        };
        for commit in &commits {
            writer.commit(&[batch(commit)], Nanos(1)).await.expect("commits");
        }
        // More events of the same spans are not more calls.
        writer.commit(&[batch(&[call(4, "bbbb", Some("aaaa")).of("ledger")])], Nanos(2)).await.expect("commits");
        let calls = store.calls().await.expect("reads");
        assert_eq!(calls.len(), 1, "order {order}");
        assert_eq!(
            (calls[0].from.as_str(), calls[0].to.as_str(), calls[0].calls, calls[0].traces),
            ("gateway", "ledger", 2, 1)
        );
        let (_, inside) = store.calls_of_trace(trace_id(1)).await.expect("reads").expect("is there");
        assert_eq!(inside[0].calls, 2);
    }
}

#[tokio::test]
async fn the_root_is_the_earliest_event_without_a_parent_in_the_trace() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = opened(&dir).await;
    let named = |id, name: &str| {
        let call = serde_json::json!({"function_name": name, "module": "m", "args": null, "file": "f", "line": 1});
        Sent::new(1, id).kind(serde_json::json!({"FunctionCall": call}))
    };
    let root = async || {
        store.trace_summary(trace_id(1)).await.expect("reads").expect("is there").root.expect("a root").operation
    };
    // An orphan stands in until something earlier comes; a child never does.
    writer.commit(&[batch(&[named(5, "orphan").below(2).at(50)])], Nanos(1)).await.expect("commits");
    assert_eq!(root().await, "orphan");
    writer
        .commit(&[batch(&[named(2, "parent").at(20), named(3, "child").below(2).at(10)])], Nanos(2))
        .await
        .expect("commits");
    assert_eq!(root().await, "parent");
}

#[derive(Debug, Clone)]
struct Made {
    trace: u64,
    service: &'static str,
    environment: &'static str,
    events: u64,
}

fn made() -> impl Strategy<Value = Vec<Made>> {
    let one = (
        prop::sample::select(vec!["bank", "ledger", "Bank-Api"]),
        prop::sample::select(vec!["prod", "test"]),
        1..6_u64,
    );
    proptest::collection::vec(one, 1..25).prop_map(|traces| {
        let numbered = traces.into_iter().enumerate();
        numbered
            .map(|(at, (service, environment, events))| Made { trace: at as u64 + 1, service, environment, events })
            .collect()
    })
}

fn filter() -> impl Strategy<Value = TraceFilter> {
    let q = prop::sample::select(vec![
        "",
        "bank",
        "led",
        "work",
        "nothing",
        "ace0",
        "ace00000-0000-0000-0000-00000000000",
        "%",
        "_",
    ]);
    let service = prop::sample::select(vec!["", "bank", "unknown"]);
    let environment = prop::sample::select(vec!["", "prod"]);
    (q, service, environment, 0..5_u64).prop_map(|(q, service, environment, min_events)| TraceFilter {
        q: q.into(),
        service: service.into(),
        environment: environment.into(),
        min_events,
    })
}

fn matches(made: &Made, filter: &TraceFilter) -> bool {
    let q = filter.q.to_lowercase();
    let id = trace_id(made.trace).to_hex();
    let by_q = q.is_empty()
        || id.starts_with(&q.replace('-', ""))
        || made.service.to_lowercase().contains(&q)
        || "work".contains(&q);
    by_q && (filter.service.is_empty() || filter.service == made.service)
        && (filter.environment.is_empty() || filter.environment == made.environment)
        && made.events >= filter.min_events
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn a_filtered_list_is_what_a_plain_look_at_every_trace_gives(made in made(), filter in filter(), limit in 1_u32..7) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let dir = tempfile::tempdir().expect("a folder");
            let (store, mut writer) = opened(&dir).await;
            let mut id = 0;
            for one in &made {
                let events: Vec<Sent> = (0..one.events).map(|_| {
                    id += 1;
                    Sent { environment: one.environment, ..Sent::new(one.trace, id).of(one.service) }
                }).collect();
                writer.commit(&[batch(&events)], Nanos(1)).await.expect("commits");
            }
            let expected: Vec<_> = made.iter().rev().filter(|one| matches(one, &filter)).map(|one| trace_id(one.trace)).collect();
            let mut listed = Vec::new();
            let mut cursor = None;
            loop {
                let page = store.list_traces(&filter, ListOrder::NewestIngest { cursor }, limit).await.expect("lists").expect("a page");
                assert_eq!(page.total.value, expected.len() as u64);
                assert!(page.traces.len() <= limit as usize);
                listed.extend(page.traces.iter().map(|trace| trace.trace_id));
                cursor = page.next;
                if cursor.is_none() { break; }
                // What comes meanwhile does not move the pages.
                writer.commit(&[batch(&[Sent::new(1_000 + listed.len() as u64, 900_000 + listed.len() as u64)])], Nanos(2)).await.expect("commits");
            }
            assert_eq!(listed, expected);
        });
    }
}
