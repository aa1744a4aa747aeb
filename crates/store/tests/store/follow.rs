//! Following the log: every change is seen once, in order, and many traces are read at once.

use std::collections::BTreeSet;

use model::{Nanos, Seq, TraceId};
use store::{Mark, StoreOptions};

use crate::support::{Sent, batch, trace_id};

#[tokio::test]
async fn changes_come_in_order_in_pieces_and_none_twice() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = store::open(&StoreOptions::new(dir.path())).await.expect("opens");
    for commit in 0..5_u64 {
        let events: Vec<Sent> = (0..4).map(|nth| Sent::new((commit * 2 + nth) % 7 + 1, commit * 10 + nth)).collect();
        writer.commit(&[batch(&events)], Nanos(commit as i64)).await.expect("commits");
    }
    let mut mark = Mark::after(Seq(0));
    let mut seen = Vec::new();
    loop {
        let (changed, head) = store.changed_since(mark, 2).await.expect("reads");
        assert_eq!(head.seq, Seq(5));
        seen.extend(changed.iter().map(|changed| (changed.version, changed.trace)));
        match changed.last() {
            Some(last) => mark = last.mark(),
            None => break,
        }
    }
    assert!(seen.is_sorted_by_key(|(version, _)| *version));
    let distinct: BTreeSet<TraceId> = seen.iter().map(|(_, trace)| *trace).collect();
    assert_eq!(distinct.len(), seen.len(), "each trace once, at its newest version");
    assert_eq!(distinct, (1..=7).map(trace_id).collect());
    assert_eq!(store.changed_since(Mark::after(Seq(5)), 9).await.expect("reads").0, []);

    // A compaction moves old events into new blocks, and changes nothing.
    let plan = store.plan_compaction().await.expect("plans").expect("something to pack");
    assert!(writer.exchange(plan.pack().expect("packs"), Nanos(9)).await.expect("exchanges"));
    let (after, _) = store.changed_since(Mark::after(Seq(3)), 9).await.expect("reads");
    let expected: Vec<_> = seen.iter().filter(|(version, _)| *version > Seq(3)).copied().collect();
    let mut after: Vec<_> = after.iter().map(|changed| (changed.version, changed.trace)).collect();
    after.sort();
    let mut expected = expected;
    expected.sort();
    assert_eq!(after, expected);
}

#[tokio::test]
async fn many_traces_are_read_at_once_with_all_their_rows_and_no_others() {
    let dir = tempfile::tempdir().expect("a folder");
    let (store, mut writer) = store::open(&StoreOptions::new(dir.path())).await.expect("opens");
    for commit in 0..3_u64 {
        let events: Vec<Sent> = (0..30).map(|nth| Sent::new(nth % 10 + 1, commit * 100 + nth)).collect();
        writer.commit(&[batch(&events)], Nanos(commit as i64)).await.expect("commits");
    }
    let (all, _) = store.changed_since(Mark::after(Seq(0)), 100).await.expect("reads");
    let wanted: Vec<_> = all.iter().filter(|changed| changed.trace.get() % 3 == 0).copied().collect();
    let decoded = store.read_traces(&wanted).await.expect("reads").decode(usize::MAX).expect("decodes").expect("fits");
    assert_eq!(decoded.rows.len(), wanted.len());
    for changed in &wanted {
        let rows = &decoded.rows[&changed.trace];
        assert_eq!(rows.len() as u64, changed.events);
        for &row in rows {
            let row = &decoded.table.rows[row as usize];
            assert_eq!(row.trace, changed.trace);
            assert!(!decoded.table.payload(row).is_empty());
        }
    }
    let too_much = store.read_traces(&wanted).await.expect("reads").decode(10).expect("decodes");
    assert!(too_much.is_none(), "payloads are bounded");
    let older = store.older_traces(i64::MAX, 4).await.expect("reads");
    assert!(older.is_sorted_by_key(|changed| std::cmp::Reverse(changed.key())));
    assert_eq!(older.len(), 4);
}
