//! The phone's history as a chain of hashes.

use serde::{Deserialize, Serialize};

use crate::jose::Digest;

/// Where an enrolment's history stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// How many records it has had.
    length: u64,
    /// The head of the last one; 32 zeros before the first.
    head: Digest,
}

impl Default for Chain {
    fn default() -> Self {
        Self { length: 0, head: Digest::from_bytes([0; 32]) }
    }
}

impl Chain {
    /// Takes the next record: the hashes of request, decision and receipt as they travelled.
    pub fn extend(&mut self, request: Digest, decision: Digest, receipt: Digest) -> Link {
        let (number, previous) = (self.length.saturating_add(1), self.head);
        let head = head(number, previous, [request, decision, receipt]);
        *self = Self { length: number, head };
        Link { number, previous, head }
    }
}

/// A record's place in the history of its enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// 1 for the first.
    pub number: u64,
    /// The head of the record before.
    pub previous: Digest,
    /// `SHA-256("ADP1-history" ‖ 0 ‖ number (64 bits, big-endian) ‖ previous ‖ hash(request) ‖ hash(decision) ‖ hash(receipt))`.
    pub head: Digest,
}

impl Link {
    /// Whether the head is that of this record.
    pub(super) fn holds(&self, request: Digest, decision: Digest, receipt: Digest) -> bool {
        self.head == head(self.number, self.previous, [request, decision, receipt])
    }

    /// Whether this record comes directly after that one.
    #[must_use]
    pub fn follows(&self, earlier: &Self) -> bool {
        earlier.number.checked_add(1) == Some(self.number) && self.previous == earlier.head
    }
}

fn head(number: u64, previous: Digest, [request, decision, receipt]: [Digest; 3]) -> Digest {
    Digest::of_parts(&[
        b"ADP1-history\0",
        &number.to_be_bytes(),
        previous.as_bytes(),
        request.as_bytes(),
        decision.as_bytes(),
        receipt.as_bytes(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        Digest::of(text.as_bytes())
    }

    #[test]
    fn a_link_holds_for_its_own_record_only_and_follows_only_the_one_before() {
        let mut chain = Chain::default();
        let [first, second, third] =
            ["a", "b", "c"].map(|name| chain.extend(digest(name), digest("decision"), digest("receipt")));
        assert_eq!([first.number, second.number, third.number], [1, 2, 3]);
        assert!(second.holds(digest("b"), digest("decision"), digest("receipt")));
        assert!(!second.holds(digest("b"), digest("receipt"), digest("decision")));
        assert!(!second.holds(digest("a"), digest("decision"), digest("receipt")));
        assert!(!Link { number: 3, ..second }.holds(digest("b"), digest("decision"), digest("receipt")));
        assert!(second.follows(&first) && third.follows(&second));
        assert!(!third.follows(&first) && !first.follows(&second) && !first.follows(&first));
    }
}
