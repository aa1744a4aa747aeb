//! Plain vector clocks, copied and joined whole: the baseline.

use analysis::ThreadIdx;
use analysis::races::clock::Clock;

pub struct PlainClock {
    thread: ThreadIdx,
    times: Vec<u32>,
}

impl Clock for PlainClock {
    type Published = Vec<u32>;

    fn new(thread: ThreadIdx) -> Self {
        Self { thread, times: vec![0; thread as usize + 1] }
    }

    fn known(&self, thread: ThreadIdx) -> u32 {
        self.times.get(thread as usize).copied().unwrap_or(0)
    }

    fn advance(&mut self, taken: u32) {
        self.times[self.thread as usize] = taken;
    }

    fn learn(&mut self, thread: ThreadIdx, taken: u32) {
        if self.times.len() <= thread as usize {
            self.times.resize(thread as usize + 1, 0);
        }
        self.times[thread as usize] = self.times[thread as usize].max(taken);
    }

    fn publish(&self, slot: &mut Option<Vec<u32>>) {
        slot.get_or_insert_with(Vec::new).clone_from(&self.times);
    }

    fn join(&mut self, published: &Vec<u32>) {
        if self.times.len() < published.len() {
            self.times.resize(published.len(), 0);
        }
        for (mine, theirs) in self.times.iter_mut().zip(published) {
            *mine = (*mine).max(*theirs);
        }
    }
}
