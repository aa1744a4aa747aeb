//! What a decision may cost, in contradictions met: the same on every machine.

#[derive(Debug, Clone, Copy)]
pub struct Budget {
    left: u64,
}

impl Budget {
    pub const fn new(contradictions: u64) -> Self {
        Self { left: contradictions }
    }

    /// Charges one; false when none was left.
    pub fn take(&mut self) -> bool {
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or(0);
        left.is_some()
    }
}
