//! Evidence: for each request, the bytes of the request, of its decisions and of their receipts;
//! for each account, every phone that was added.
//!
//! A record proves itself. Request and receipt verify under the issuer's keys. The decision
//! verifies under `signer`. The decision names the request and the receipt names both, by the
//! SHA-256 of exactly these bytes.

use countersign_protocol::jose::PublicKey;
use countersign_protocol::message::claims::{Timestamp, Txn};

use crate::gateway::PhoneInfo;
use crate::store::{Store, StoreError};

/// The signed messages about one request to one phone.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The request (compact JWS).
    pub request: String,
    /// The decisions of the phone in the order of arrival. The first one is final.
    pub decisions: Vec<DecisionEvidence>,
}

/// One decision and its receipt.
#[derive(Debug, Clone)]
pub struct DecisionEvidence {
    /// The decision as received (compact JWS).
    pub decision: String,
    /// The key that verified the decision.
    pub signer: PublicKey,
    /// The receipt as sent (compact JWS).
    pub receipt: String,
    /// The time at which the decision arrived.
    pub received: Timestamp,
}

/// Returns every phone that was ever added to the account, oldest first, including removed ones.
/// The account is a subject identifier. Phones of a version before 0008 that were not bound to one
/// have the account `unbound NAME`, with their user name.
///
/// # Errors
/// [`StoreError`] if the database fails or a row is unreadable.
pub async fn phones(store: &Store, account: &str) -> Result<Vec<PhoneInfo>, StoreError> {
    let history = store.read().await?.enrolment_history(account).await?;
    Ok(history.into_iter().map(Into::into).collect())
}

/// Returns the evidence of one request, or `None` if there is no such request.
///
/// # Errors
/// [`StoreError`] if the database fails or a row is unreadable.
pub async fn evidence(store: &Store, txn: &str) -> Result<Option<Evidence>, StoreError> {
    let Ok(txn) = txn.parse::<Txn>() else { return Ok(None) };
    let mut db = store.read().await?;
    let Some(request) = db.request(&txn).await? else { return Ok(None) };
    let decisions = db.decisions_on(&txn).await?.into_iter().map(|record| DecisionEvidence {
        decision: record.jws,
        signer: record.signer,
        receipt: record.receipt,
        received: record.received,
    });
    Ok(Some(Evidence { request: request.jws, decisions: decisions.collect() }))
}
