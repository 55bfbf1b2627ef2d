//! The time that a request was on screen.

/// Counts the time on screen on a clock that the shell reports.
#[derive(Debug, Default)]
pub(super) struct ShownTime {
    total_ms: u64,
    /// The highest clock reading so far: a clock that goes backwards adds no time.
    latest_ms: u64,
}

impl ShownTime {
    /// Moves to this clock reading. The time since the latest reading counts if `counts` is true.
    pub(super) fn advance(&mut self, at_ms: u64, counts: bool) {
        if counts {
            self.total_ms = self.total_ms.saturating_add(at_ms.saturating_sub(self.latest_ms));
        }
        self.latest_ms = self.latest_ms.max(at_ms);
    }

    /// Starts counting from zero.
    pub(super) const fn clear(&mut self) {
        self.total_ms = 0;
    }

    /// Returns the time so far, in milliseconds.
    pub(super) const fn total_ms(&self) -> u64 {
        self.total_ms
    }
}
