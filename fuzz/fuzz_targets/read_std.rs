//! A fuzz input as an STD file, for both readers of it. Shared by the target and by the test that replays the
//! corpus.

use analysis::check::{Recording, replay};
use analysis::{OpIdx, std_file};

/// Whether it can be read. What the engines' reader takes, the witness checker's takes too, and means the same.
pub fn read_std(input: &[u8]) -> bool {
    let Ok(history) = std_file::read(input) else { return false };
    let own = Recording::from_std(input).expect("the engines' reader took it");
    assert_eq!(own.len(), history.ops.len());
    assert!(history.edges.iter().all(|edge| edge.from < edge.to && (edge.to as usize) < own.len()));

    let taken = Recording::from_history(&history);
    let recorded: Vec<OpIdx> = (0..history.ops.len() as OpIdx).collect();
    assert_eq!(replay(&own, &recorded), Ok(()));
    assert_eq!(replay(&taken, &recorded), Ok(()));
    // Mostly no correct order; then both must see the same fault.
    let threads = 0..history.threads.len() as u32;
    let one_after_the_other: Vec<OpIdx> = threads.rev().flat_map(|thread| history.of_thread(thread)).copied().collect();
    assert_eq!(replay(&own, &one_after_the_other), replay(&taken, &one_after_the_other));
    true
}
