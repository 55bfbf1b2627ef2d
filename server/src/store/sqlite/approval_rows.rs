//! The rows of approval requests, requests, decisions and guards, and how they are read.

use sqlx::FromRow;

use super::columns::Row;
use crate::model::{
    ApprovalRequest, ApprovalRequestId, ApprovalState, Assurance, DecisionRecord, DenialReason, Guard, Request,
    RequestState,
};
use crate::store::StoreError;

#[derive(FromRow)]
pub(super) struct ApprovalRow {
    id: String,
    account: String,
    client: String,
    state: String,
    expected: Option<String>,
    quiet: bool,
    reason: Option<String>,
    acr: Option<String>,
    /// Separated by spaces.
    amr: Option<String>,
    auth_time: Option<i64>,
    created: i64,
    expires: i64,
}

impl TryFrom<ApprovalRow> for ApprovalRequest {
    type Error = StoreError;

    fn try_from(row: ApprovalRow) -> Result<Self, StoreError> {
        let at = Row { table: "approval_request", id: &row.id };
        let state = match row.state.as_str() {
            "pending" => ApprovalState::Pending { expected: row.expected },
            "approved" => ApprovalState::Approved(Assurance {
                acr: at.needed("acr", row.acr)?,
                amr: at.needed("amr", row.amr)?.split(' ').map(str::to_owned).collect(),
                auth_time: at.time("auth_time", at.needed("auth_time", row.auth_time)?)?,
            }),
            "denied" => {
                let reason = at.needed("reason", row.reason)?;
                ApprovalState::Denied(at.needed("reason", DenialReason::from_name(&reason))?)
            }
            "binding_mismatch" => ApprovalState::BindingMismatch,
            "cancelled" => ApprovalState::Cancelled,
            _ => return Err(at.unreadable("state")),
        };
        Ok(Self {
            quiet: row.quiet,
            created: at.time("created", row.created)?,
            expires: at.time("expires", row.expires)?,
            state,
            id: ApprovalRequestId(row.id),
            account: row.account,
            client: row.client,
        })
    }
}

#[derive(FromRow)]
pub(super) struct RequestRow {
    txn: String,
    approval_request: String,
    enrolment: String,
    jws: String,
    hash: String,
    state: String,
    created: i64,
    expires: i64,
    closed: Option<i64>,
}

impl TryFrom<RequestRow> for Request {
    type Error = StoreError;

    fn try_from(row: RequestRow) -> Result<Self, StoreError> {
        let at = Row { table: "request", id: &row.txn };
        Ok(Self {
            txn: at.text("txn", &row.txn)?,
            enrolment: at.text("enrolment", &row.enrolment)?,
            hash: at.text("hash", &row.hash)?,
            state: at.needed("state", RequestState::from_name(&row.state))?,
            created: at.time("created", row.created)?,
            expires: at.time("expires", row.expires)?,
            closed: at.maybe_time("closed", row.closed)?,
            approval_request: ApprovalRequestId(row.approval_request),
            jws: row.jws,
        })
    }
}

#[derive(FromRow)]
pub(super) struct DecisionRow {
    hash: String,
    txn: String,
    jws: String,
    signer: String,
    receipt: String,
    received: i64,
}

impl TryFrom<DecisionRow> for DecisionRecord {
    type Error = StoreError;

    fn try_from(row: DecisionRow) -> Result<Self, StoreError> {
        let at = Row { table: "decision", id: &row.hash };
        Ok(Self {
            hash: at.text("hash", &row.hash)?,
            txn: at.text("txn", &row.txn)?,
            signer: at.json("signer", &row.signer)?,
            received: at.time("received", row.received)?,
            jws: row.jws,
            receipt: row.receipt,
        })
    }
}

#[derive(FromRow)]
pub(super) struct GuardRow {
    account: String,
    binding_failures: i64,
    cool_until: i64,
    not_me: i64,
    not_me_since: i64,
    quiet_until: i64,
}

impl TryFrom<GuardRow> for Guard {
    type Error = StoreError;

    fn try_from(row: GuardRow) -> Result<Self, StoreError> {
        let at = Row { table: "account_guard", id: &row.account };
        Ok(Self {
            binding_failures: at.count("binding_failures", row.binding_failures)?,
            cool_until: at.time("cool_until", row.cool_until)?,
            not_me: at.count("not_me", row.not_me)?,
            not_me_since: at.time("not_me_since", row.not_me_since)?,
            quiet_until: at.time("quiet_until", row.quiet_until)?,
        })
    }
}

#[derive(FromRow)]
pub(super) struct LoadRow {
    pub(super) of_account: i64,
    pub(super) of_client: i64,
    pub(super) of_client_for_account: i64,
    pub(super) waiting: i64,
    pub(super) waiting_of_client: i64,
}
