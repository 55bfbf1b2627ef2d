//! Approval requests, requests, decisions and guards in SQLite.
//!
//! These tables are archives of evidence. Each live statement names its index, so that its cost
//! depends on what is pending or recent and not on the history. Rows that were made while the clock
//! was ahead are expired (`model/validity.rs`).

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp, Txn};

use super::Session;
use super::approval_rows::{ApprovalRow, DecisionRow, GuardRow, LoadRow, RequestRow};
use super::columns::{Row, to_json};
use crate::model::{
    ApprovalRequest, ApprovalRequestId, ApprovalState, DecisionRecord, Guard, Load, Request, RequestState,
};
use crate::store::{ApprovalReads, ApprovalWrites, Lock, StoreError};

const BY_ID: &str = "select * from approval_request where id = $1";
const REQUESTS_OF: &str = "select * from request indexed by request_approval_request where approval_request = $1 \
    order by rowid";
const REQUEST: &str = "select * from request where txn = $1";
const OPEN_REQUESTS: &str = "select * from request indexed by request_pending \
    where enrolment = $1 and state = 'pending' and expires > $2 and created <= $2 + 600 order by created, txn";
const AUDIBLE_REQUESTS: &str = "select request.* from request indexed by request_pending \
    join approval_request on approval_request.id = request.approval_request \
    where enrolment = $1 and request.state = 'pending' and request.expires > $2 and request.created <= $2 + 600 \
    and not approval_request.quiet \
    order by request.created, txn";
const CLOSED_REQUESTS: &str = "select txn, case when state = 'pending' then 'expired' else state end \
    from request indexed by request_expires \
    where enrolment = $1 and expires > $2 and created <= $3 + 600 and (state <> 'pending' or expires <= $3) \
    order by created desc, txn limit $4";
const LOAD: &str = "select \
    (select count(*) from approval_request indexed by approval_request_account \
     where account = $1 and created > $3 and created <= $4 + 600) as of_account, \
    (select count(*) from approval_request indexed by approval_request_client \
     where client = $2 and created > $3 and created <= $4 + 600) as of_client, \
    (select count(*) from approval_request indexed by approval_request_account \
     where account = $1 and created > $3 and created <= $4 + 600 and client = $2) as of_client_for_account, \
    (select count(*) from approval_request indexed by approval_request_pending \
     where account = $1 and state = 'pending' and expires > $4 and created <= $4 + 600) as waiting, \
    (select count(*) from approval_request indexed by approval_request_pending \
     where account = $1 and state = 'pending' and expires > $4 and created <= $4 + 600 and client = $2) \
    as waiting_of_client";
const GUARD: &str = "select * from account_guard where account = $1";
const DECISION: &str = "select * from decision where hash = $1";
const DECISIONS_ON: &str = "select * from decision indexed by decision_txn where txn = $1 order by received, rowid";
const SAVE_APPROVAL: &str = "update approval_request set state = $2, expected = $3, reason = $4, acr = $5, amr = $6, \
    auth_time = $7 where id = $1";
const SAVE_REQUEST: &str = "update request set state = $2, closed = $3 where txn = $1";
const INSERT_APPROVAL: &str = "insert into approval_request \
    (id, account, client, state, expected, quiet, created, expires, kept_from) values ($1, $2, $3, $4, $5, $6, $7, $8, \
    max($8, coalesce((select confirmed from server_time where id = 1), 0)))";
const INSERT_REQUEST: &str = "insert into request \
    (txn, approval_request, enrolment, jws, hash, state, created, expires) values ($1, $2, $3, $4, $5, $6, $7, $8)";
const INSERT_DECISION: &str =
    "insert into decision (hash, txn, jws, signer, receipt, received) values ($1, $2, $3, $4, $5, $6)";
const SAVE_GUARD: &str = "insert or replace into account_guard \
    (account, binding_failures, cool_until, not_me, not_me_since, quiet_until) values ($1, $2, $3, $4, $5, $6)";

#[async_trait]
impl ApprovalReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn approval_request(&mut self, id: &ApprovalRequestId) -> Result<Option<ApprovalRequest>, StoreError> {
        let row: Option<ApprovalRow> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(self.db()).await?;
        row.map(TryInto::try_into).transpose()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn requests_of(&mut self, id: &ApprovalRequestId) -> Result<Vec<Request>, StoreError> {
        let rows: Vec<RequestRow> = sqlx::query_as(REQUESTS_OF).bind(id.as_str()).fetch_all(self.db()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn request(&mut self, txn: &Txn) -> Result<Option<Request>, StoreError> {
        let row: Option<RequestRow> = sqlx::query_as(REQUEST).bind(txn.as_str()).fetch_optional(self.db()).await?;
        row.map(TryInto::try_into).transpose()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn open_requests(&mut self, id: &EnrolmentId, now: Timestamp) -> Result<Vec<Request>, StoreError> {
        let query = sqlx::query_as(OPEN_REQUESTS).bind(id.as_str()).bind(now.seconds());
        let rows: Vec<RequestRow> = query.fetch_all(self.db()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn audible_requests(&mut self, id: &EnrolmentId, now: Timestamp) -> Result<Vec<Request>, StoreError> {
        let query = sqlx::query_as(AUDIBLE_REQUESTS).bind(id.as_str()).bind(now.seconds());
        let rows: Vec<RequestRow> = query.fetch_all(self.db()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn closed_requests(
        &mut self,
        id: &EnrolmentId,
        since: Timestamp,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Txn, RequestState)>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(CLOSED_REQUESTS)
            .bind(id.as_str())
            .bind(since.seconds())
            .bind(now.seconds())
            .bind(limit)
            .fetch_all(self.db())
            .await?;
        let read = |(txn, state): (String, String)| {
            let at = Row { table: "request", id: &txn };
            Ok((at.text("txn", &txn)?, at.needed("state", RequestState::from_name(&state))?))
        };
        rows.into_iter().map(read).collect()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn load(
        &mut self,
        account: &str,
        client: &str,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Load, StoreError> {
        let row: LoadRow = sqlx::query_as(LOAD)
            .bind(account)
            .bind(client)
            .bind(since.seconds())
            .bind(now.seconds())
            .fetch_one(self.db())
            .await?;
        let at = Row { table: "approval_request", id: account };
        Ok(Load {
            of_account: at.count("count", row.of_account)?,
            of_client: at.count("count", row.of_client)?,
            of_client_for_account: at.count("count", row.of_client_for_account)?,
            waiting: at.count("count", row.waiting)?,
            waiting_of_client: at.count("count", row.waiting_of_client)?,
        })
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn guard(&mut self, account: &str) -> Result<Guard, StoreError> {
        let row: Option<GuardRow> = sqlx::query_as(GUARD).bind(account).fetch_optional(self.db()).await?;
        row.map_or_else(|| Ok(Guard::default()), TryInto::try_into)
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn decision(&mut self, hash: &Digest) -> Result<Option<DecisionRecord>, StoreError> {
        let query = sqlx::query_as(DECISION).bind(hash.to_string());
        let row: Option<DecisionRow> = query.fetch_optional(self.db()).await?;
        row.map(TryInto::try_into).transpose()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn decisions_on(&mut self, txn: &Txn) -> Result<Vec<DecisionRecord>, StoreError> {
        let rows: Vec<DecisionRow> = sqlx::query_as(DECISIONS_ON).bind(txn.as_str()).fetch_all(self.db()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

#[async_trait]
impl ApprovalWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_approval_request(&mut self, request: &ApprovalRequest) -> Result<(), StoreError> {
        self.locks.require(Lock::Client(request.client.clone()))?;
        self.locks.require(Lock::account(&request.account))?;
        self.locks.require(Lock::approval(&request.id))?;
        sqlx::query(INSERT_APPROVAL)
            .bind(request.id.as_str())
            .bind(&request.account)
            .bind(&request.client)
            .bind(request.state.as_str())
            .bind(request.expected())
            .bind(request.quiet)
            .bind(request.created.seconds())
            .bind(request.expires.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn save_approval_request(&mut self, request: &ApprovalRequest) -> Result<(), StoreError> {
        self.locks.require(Lock::approval(&request.id))?;
        let (reason, assurance) = match &request.state {
            ApprovalState::Approved(assurance) => (None, Some(assurance)),
            ApprovalState::Denied(reason) => (Some(reason.as_str()), None),
            ApprovalState::Pending { .. } | ApprovalState::BindingMismatch | ApprovalState::Cancelled => (None, None),
        };
        sqlx::query(SAVE_APPROVAL)
            .bind(request.id.as_str())
            .bind(request.state.as_str())
            .bind(request.expected())
            .bind(reason)
            .bind(assurance.map(|assurance| assurance.acr.as_str()))
            .bind(assurance.map(|assurance| assurance.amr.join(" ")))
            .bind(assurance.map(|assurance| assurance.auth_time.seconds()))
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_request(&mut self, request: &Request) -> Result<(), StoreError> {
        self.locks.require(Lock::approval(&request.approval_request))?;
        sqlx::query(INSERT_REQUEST)
            .bind(request.txn.as_str())
            .bind(request.approval_request.as_str())
            .bind(request.enrolment.as_str())
            .bind(&request.jws)
            .bind(request.hash.to_string())
            .bind(request.state.as_str())
            .bind(request.created.seconds())
            .bind(request.expires.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn save_request(&mut self, request: &Request) -> Result<(), StoreError> {
        self.locks.require(Lock::approval(&request.approval_request))?;
        sqlx::query(SAVE_REQUEST)
            .bind(request.txn.as_str())
            .bind(request.state.as_str())
            .bind(request.closed.map(Timestamp::seconds))
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_decision(&mut self, of: &ApprovalRequestId, decision: &DecisionRecord) -> Result<(), StoreError> {
        self.locks.require(Lock::approval(of))?;
        sqlx::query(INSERT_DECISION)
            .bind(decision.hash.to_string())
            .bind(decision.txn.as_str())
            .bind(&decision.jws)
            .bind(to_json("decision", "signer", &decision.signer)?)
            .bind(&decision.receipt)
            .bind(decision.received.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn save_guard(&mut self, account: &str, guard: &Guard) -> Result<(), StoreError> {
        self.locks.require(Lock::account(account))?;
        sqlx::query(SAVE_GUARD)
            .bind(account)
            .bind(guard.binding_failures)
            .bind(guard.cool_until.seconds())
            .bind(guard.not_me)
            .bind(guard.not_me_since.seconds())
            .bind(guard.quiet_until.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }
}
