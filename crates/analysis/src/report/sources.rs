//! Operations in the words of the answer: numbers, names, lines and ids.

use crate::history::{self, History, OpIdx, ThreadIdx};
use crate::report::answer::{EventNumber, Sources};

pub const fn number(op: OpIdx) -> EventNumber {
    op + 1
}

pub fn sources(history: &History, ops: &[OpIdx]) -> Sources {
    match &history.sources {
        history::Sources::Lines(lines) => {
            Sources { lines: ops.iter().map(|&op| lines[op as usize]).collect(), ..Sources::default() }
        }
        history::Sources::Events(ids) => {
            Sources { event_ids: ops.iter().map(|&op| ids[op as usize].to_string()).collect(), ..Sources::default() }
        }
    }
}

pub fn thread(history: &History, thread: ThreadIdx) -> String {
    history.threads[thread as usize].clone()
}

pub fn thread_of(history: &History, op: OpIdx) -> String {
    thread(history, history.ops[op as usize].thread)
}

pub fn location_of(history: &History, op: OpIdx) -> String {
    history.locations[history.ops[op as usize].location as usize].clone()
}
