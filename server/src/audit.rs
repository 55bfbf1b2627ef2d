//! Evidence: for each request what was asked, what was decided and what was answered, each in the signed bytes
//! themselves; and for each account the phones that it has and had.
//!
//! A triple proves itself: the request and the receipt verify under the issuer's keys, the decision under `signer`, and
//! the decision names the request, the receipt names both, by SHA-256 of exactly these bytes.

use countersign_protocol::jose::PublicKey;
use countersign_protocol::message::claims::Timestamp;

use crate::gateway::{Fault, PhoneInfo};
use crate::store::{Store, enrolments, requests};

/// Everything signed about one request to one phone.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The request as it was signed (compact JWS).
    pub request: String,
    /// What the phone signed about it, in the order of arrival. The first one counted; others were answered and changed
    /// nothing.
    pub decisions: Vec<DecisionEvidence>,
}

/// One decision and its answer.
#[derive(Debug, Clone)]
pub struct DecisionEvidence {
    /// The decision as received (compact JWS).
    pub decision: String,
    /// The key that verified it, as it was then.
    pub signer: PublicKey,
    /// The receipt as sent (compact JWS).
    pub receipt: String,
    /// When the decision arrived.
    pub received: Timestamp,
}

/// Every phone that was ever added to the account, and when, oldest first: also those that were removed since.
///
/// # Errors
/// [`Fault`] when the database fails or holds something unreadable.
pub async fn phones(store: &Store, account: &str) -> Result<Vec<PhoneInfo>, Fault> {
    let mut db = store.pool().acquire().await?;
    enrolments::history_of_account(&mut db, account).await?.into_iter().map(PhoneInfo::read).collect()
}

/// The evidence of one request; `None` when there is no such request.
///
/// # Errors
/// [`Fault`] when the database fails or holds something unreadable.
pub async fn evidence(store: &Store, txn: &str) -> Result<Option<Evidence>, Fault> {
    let mut db = store.pool().acquire().await?;
    let Some(request) = requests::request(&mut db, txn).await? else { return Ok(None) };
    let mut decisions = Vec::new();
    for row in requests::decisions_on(&mut db, txn).await? {
        decisions.push(DecisionEvidence {
            decision: row.jws,
            signer: serde_json::from_str(&row.signer)?,
            receipt: row.receipt,
            received: Timestamp::from_seconds(row.received),
        });
    }
    Ok(Some(Evidence { request: request.jws, decisions }))
}
