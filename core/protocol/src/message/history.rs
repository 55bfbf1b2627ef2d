//! The history of an enrolment: a hash chain over the decisions that the device signed.
//!
//! Each decision contains the history before it, so its signature covers every earlier decision.
//! Nobody without the device's keys can leave out, repeat or reorder decisions.
//!
//! The chain is over decisions, in the order in which the device signed them. It does not cover
//! receipts, because these arrive in any order.

use serde::{Deserialize, Serialize};

use crate::jose::Digest;

/// The history of an enrolment before a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The number of decisions that the device signed with a history before this one.
    pub count: u64,
    /// The head of the chain over these decisions. 32 zero bytes if there is none.
    pub head: Digest,
}

impl Default for History {
    fn default() -> Self {
        Self { count: 0, head: Digest::from_bytes([0; 32]) }
    }
}

impl History {
    /// Returns the history after the decision with this hash: `head = SHA-256("ADP1-history" ‖ 0 ‖
    /// count (64 bits, big-endian) ‖ head ‖ hash(decision))`, with the `count` before the decision.
    #[must_use]
    pub fn after(&self, decision: &Digest) -> Self {
        let count = self.count.to_be_bytes();
        let head = Digest::of_parts(&[b"ADP1-history\0", &count, self.head.as_bytes(), decision.as_bytes()]);
        Self { count: self.count.saturating_add(1), head }
    }

    /// Returns whether this can be the history of an enrolment: the first decision has no earlier
    /// ones, and every other decision has some.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        (self.count == 0) == (self.head == Self::default().head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_depends_on_every_decision_and_their_order() {
        let [a, b] = ["a", "b"].map(|text| Digest::of(text.as_bytes()));
        let start = History::default();
        assert_eq!(start.after(&a).after(&b).count, 2);
        let heads = [
            start.head,
            start.after(&a).head,
            start.after(&b).head,
            start.after(&a).after(&b).head,
            start.after(&b).after(&a).head,
            start.after(&a).after(&a).head,
            History { count: 1, ..start }.after(&a).head,
        ];
        let different: std::collections::HashSet<Digest> = heads.into_iter().collect();
        assert_eq!(different.len(), heads.len());
        // The label, the count, the head before and the hash, as one text.
        let first = Digest::of(&[&b"ADP1-history\0"[..], &[0; 8], &[0; 32], a.as_bytes()].concat());
        assert_eq!(start.after(&a), History { count: 1, head: first });
    }

    #[test]
    fn history_without_decisions_has_the_first_head() {
        let start = History::default();
        let later = start.after(&Digest::of(b"a"));
        assert!(start.is_possible() && later.is_possible());
        assert!(!History { count: 1, ..start }.is_possible());
        assert!(!History { count: 0, ..later }.is_possible());
    }
}
