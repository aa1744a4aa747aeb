//! The name a finding keeps.

use model::analysis::FindingKind;

use super::FoundEvent;
use crate::history::{History, Sources};

/// Twelve hexadecimal digits: FNV-1a (64 bits) of the kind's name and of the ids of its events, sorted, of which the
/// upper 48 bits are written. The same in every process and release.
pub fn identity(history: &History, kind: FindingKind, events: &[FoundEvent]) -> String {
    let mut ids: Vec<u128> = events
        .iter()
        .map(|event| match &history.sources {
            Sources::Events(ids) => ids[event.op as usize].get(),
            Sources::Lines(lines) => u128::from(lines[event.op as usize]),
        })
        .collect();
    ids.sort_unstable();
    of_ids(kind, &ids)
}

/// Of sorted ids.
fn of_ids(kind: FindingKind, ids: &[u128]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in name(kind).bytes().chain(ids.iter().flat_map(|id| id.to_be_bytes())) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{:012x}", hash >> 16)
}

const fn name(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Race => "race",
        FindingKind::LostUpdate => "lost_update",
        FindingKind::Deadlock => "deadlock",
        FindingKind::LockInversion => "lock_inversion",
        FindingKind::Unserialisable => "unserialisable",
        FindingKind::Slow => "slow",
    }
}

/// The id of a finding about one event, which no history needs to be there for.
pub fn of_event(kind: FindingKind, event: model::EventId) -> String {
    of_ids(kind, &[event.get()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_never_change() {
        let event = model::EventId::new(7).expect("not zero");
        assert_eq!(of_event(FindingKind::Slow, event), of_ids(FindingKind::Slow, &[7]));
        assert_eq!(of_ids(FindingKind::Race, &[1, 2]).len(), 12);
        assert_ne!(of_ids(FindingKind::Race, &[1, 2]), of_ids(FindingKind::LostUpdate, &[1, 2]));
        assert_eq!(of_ids(FindingKind::Race, &[]), "6de0021fd211");
    }
}
