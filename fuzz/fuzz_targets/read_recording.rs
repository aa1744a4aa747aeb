//! A fuzz input as a file of JSON, all the way to a history and its spans. Shared by the targets and by the test
//! that replays their corpora.

use analysis::read::{Format, Limits, Recording, file_within};
use analysis::{Cancel, causal};

/// Whether it can be read. What is read becomes a history whose edges point forwards, with every event in it once.
pub fn read_recording(input: &[u8], format: Format) -> bool {
    let limits = Limits { file_bytes: 1 << 22, element_bytes: 1 << 20 };
    let events = match file_within(input, "input", format, limits) {
        Ok(Recording::Events(events)) => events,
        Ok(Recording::Std(_)) => unreachable!("a format of JSON was asked for"),
        Err(error) => {
            assert!(error.line > 0 && !error.what.is_empty());
            return false;
        }
    };
    assert_eq!(events.traces.iter().map(|trace| trace.rows.len()).sum::<usize>(), events.table.rows.len());
    let recorded = causal::history(&events.table, &Cancel::default()).expect("not cancelled, and not too many");
    assert_eq!(recorded.notes.duplicates, 0);
    let own = recorded.implied.iter().filter(|implied| !**implied).count();
    assert_eq!(own, events.table.rows.len());
    assert!(
        recorded.history.edges.iter().all(|edge| edge.from < edge.to && (edge.to as usize) < recorded.implied.len())
    );
    for (_, forest) in events.forests(&recorded) {
        assert!(forest.spans.len() <= own);
    }
    true
}
