//! The phone's history as a hash chain.

use serde::{Deserialize, Serialize};

use crate::jose::Digest;

/// The state of an enrolment's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// The number of records so far.
    length: u64,
    /// The head of the last record. 32 zero bytes before the first.
    head: Digest,
}

impl Default for Chain {
    fn default() -> Self {
        Self { length: 0, head: Digest::from_bytes([0; 32]) }
    }
}

impl Chain {
    /// Adds the next record by the hashes of its request, decision and receipt as transmitted.
    pub fn extend(&mut self, request: Digest, decision: Digest, receipt: Digest) -> Link {
        let (number, previous) = (self.length.saturating_add(1), self.head);
        let head = head(number, previous, [request, decision, receipt]);
        *self = Self { length: number, head };
        Link { number, previous, head }
    }
}

/// The position of a record in the history of its enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The number of the record, from 1.
    pub number: u64,
    /// The head of the previous record.
    pub previous: Digest,
    /// `SHA-256("ADP1-history" ‖ 0 ‖ number (64 bits, big-endian) ‖ previous ‖ hash(request) ‖
    /// hash(decision) ‖ hash(receipt))`.
    pub head: Digest,
}

impl Link {
    /// Returns whether the head belongs to this record.
    pub(super) fn matches(&self, request: Digest, decision: Digest, receipt: Digest) -> bool {
        self.head == head(self.number, self.previous, [request, decision, receipt])
    }

    /// Returns whether this record comes directly after `earlier`.
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
    fn link_matches_only_its_record_and_predecessor() {
        let mut chain = Chain::default();
        let [first, second, third] =
            ["a", "b", "c"].map(|name| chain.extend(digest(name), digest("decision"), digest("receipt")));
        assert_eq!([first.number, second.number, third.number], [1, 2, 3]);
        assert!(second.matches(digest("b"), digest("decision"), digest("receipt")));
        assert!(!second.matches(digest("b"), digest("receipt"), digest("decision")));
        assert!(!second.matches(digest("a"), digest("decision"), digest("receipt")));
        assert!(!Link { number: 3, ..second }.matches(digest("b"), digest("decision"), digest("receipt")));
        assert!(second.follows(&first) && third.follows(&second));
        assert!(!third.follows(&first) && !first.follows(&second) && !first.follows(&first));
    }
}
