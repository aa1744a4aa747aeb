//! What a decision may cost, in contradictions met: the same on every machine.

#[derive(Debug, Clone, Copy)]
pub struct Budget {
    left: u64,
}

impl Budget {
    pub const fn new(contradictions: u64) -> Self {
        Self { left: contradictions }
    }

    /// Charges so many; false when as many were not left.
    pub const fn take(&mut self, contradictions: u64) -> bool {
        let enough = self.left >= contradictions;
        self.left = self.left.saturating_sub(contradictions);
        enough
    }

    pub const fn left(&self) -> u64 {
        self.left
    }
}
