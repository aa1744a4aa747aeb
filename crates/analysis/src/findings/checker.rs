//! Nothing is shown that was not replayed, and replaying is bounded.

use crate::check::{self, Recording, Rejected};
use crate::history::{History, OpIdx};
use crate::witness::Witness;

/// Claims replayed for one answer.
const MAX_CLAIMS: u64 = 2_000;
/// Steps of all of their schedules.
const MAX_STEPS: u64 = 60_000_000;

pub struct Checker {
    recording: Recording,
    /// What a replay costs before its first step.
    fixed_cost: u64,
    claims_left: u64,
    steps_left: u64,
    refused: u64,
    unchecked: u64,
}

impl Checker {
    /// O(N).
    pub fn new(history: &History) -> Self {
        Self {
            recording: Recording::from_history(history),
            fixed_cost: (history.threads.len() + history.variables.len()) as u64,
            claims_left: MAX_CLAIMS,
            steps_left: MAX_STEPS,
            refused: 0,
            unchecked: 0,
        }
    }

    pub fn race(&mut self, witness: &Witness, pair: (OpIdx, OpIdx)) -> bool {
        self.accepts(witness, |recording| check::race(recording, witness, pair))
    }

    pub fn deadlock(&mut self, witness: &Witness, acquires: &[OpIdx]) -> bool {
        self.accepts(witness, |recording| check::deadlock(recording, witness, acquires))
    }

    pub fn lost_update(&mut self, witness: &Witness, lost: check::LostUpdate) -> bool {
        self.accepts(witness, |recording| check::lost_update(recording, witness, lost))
    }

    /// Whether another claim may be made; when not, the claim is counted as unchecked.
    pub fn has_room(&mut self) -> bool {
        let room = self.claims_left > 0 && self.steps_left > 0;
        self.unchecked += u64::from(!room);
        room
    }

    /// An engine did not stand by what it had claimed.
    pub fn refuse(&mut self) {
        self.refused += 1;
    }

    pub fn complete(&self) -> bool {
        self.unchecked == 0 && self.refused == 0
    }

    pub fn notes(&self, notes: &mut Vec<String>) {
        if self.unchecked > 0 {
            notes.push(format!("there are at least {} more findings, which were not checked", self.unchecked));
        }
        if self.refused > 0 {
            notes.push(format!("{} findings did not stand up to the check and are not shown", self.refused));
        }
    }

    fn accepts(&mut self, witness: &Witness, replay: impl FnOnce(&Recording) -> Result<(), Rejected>) -> bool {
        if !self.has_room() {
            return false;
        }
        let steps: u64 = witness.threads.values().map(|&taken| u64::from(taken)).sum();
        self.claims_left -= 1;
        self.steps_left = self.steps_left.saturating_sub(steps + self.fixed_cost);
        let accepted = replay(&self.recording).is_ok();
        self.refused += u64::from(!accepted);
        accepted
    }
}
