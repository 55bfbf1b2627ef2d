//! Deletion of expired rows in SQLite.

use async_trait::async_trait;
use countersign_protocol::message::claims::Timestamp;

use super::Session;
use super::columns::Row;
use crate::store::{Expired, ExpiredReads, ExpiredWrites, StoreError};

/// Selects approval requests without any decision. Most of them have the state pending or
/// cancelled.
const UNDECIDED: &str = "select id from approval_request indexed by approval_request_undecided \
    where state in ('pending', 'cancelled') and kept_from <= $1 and not exists \
    (select 1 from request indexed by request_approval_request join decision on decision.txn = request.txn \
     where request.approval_request = approval_request.id) limit $2";
const APPROVALS: &str =
    "select id from approval_request indexed by approval_request_kept where kept_from <= $1 limit $2";

/// Deletes approval requests and everything that belongs to them. Each statement takes the
/// identifiers as a JSON array.
const DELETE_APPROVALS: [&str; 3] = [
    "delete from decision where txn in \
     (select txn from request where approval_request in (select value from json_each($1)))",
    "delete from request where approval_request in (select value from json_each($1))",
    "delete from approval_request where id in (select value from json_each($1))",
];

/// The statements of one kind.
struct Statements {
    exists: &'static str,
    delete: &'static str,
}

/// Returns the statements of a kind whose rows stand alone.
const fn plain(kind: Expired) -> Option<Statements> {
    let (exists, delete) = match kind {
        Expired::CibaRequests => (
            "select exists (select 1 from ciba_request where expires <= $1)",
            "delete from ciba_request where rowid in (select rowid from ciba_request where expires <= $1 limit $2)",
        ),
        Expired::Tokens => (
            "select exists (select 1 from token where expires <= $1)",
            "delete from token where rowid in (select rowid from token where expires <= $1 limit $2)",
        ),
        Expired::Assertions => (
            "select exists (select 1 from used_assertion where expires <= $1)",
            "delete from used_assertion where rowid in (select rowid from used_assertion where expires <= $1 limit $2)",
        ),
        Expired::Sessions => (
            "select exists (select 1 from session where expires <= $1)",
            "delete from session where rowid in (select rowid from session where expires <= $1 limit $2)",
        ),
        Expired::SignIns => (
            "select exists (select 1 from sign_in_attempt where expires <= $1)",
            "delete from sign_in_attempt where target in \
             (select target from sign_in_attempt where expires <= $1 limit $2)",
        ),
        Expired::Offers => (
            "select exists (select 1 from offer where expires <= $1)",
            "delete from offer where rowid in (select rowid from offer where expires <= $1 limit $2)",
        ),
        Expired::UpdateMessages => (
            "select exists (select 1 from enrolment_update where jws is not null and received <= $1)",
            "update enrolment_update set jws = null where rowid in \
             (select rowid from enrolment_update where jws is not null and received <= $1 limit $2)",
        ),
        Expired::UndecidedApprovals | Expired::Approvals => return None,
    };
    Some(Statements { exists, delete })
}

const fn approvals(kind: Expired) -> &'static str {
    match kind {
        Expired::UndecidedApprovals => UNDECIDED,
        _ => APPROVALS,
    }
}

#[async_trait]
impl ExpiredReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn has_expired(&mut self, kind: Expired, before: Timestamp) -> Result<bool, StoreError> {
        if let Some(Statements { exists, .. }) = plain(kind) {
            return Ok(sqlx::query_scalar(exists).bind(before.seconds()).fetch_one(self.db()).await?);
        }
        let query = sqlx::query_scalar(approvals(kind)).bind(before.seconds()).bind(1);
        let found: Option<String> = query.fetch_optional(self.db()).await?;
        Ok(found.is_some())
    }
}

#[async_trait]
impl ExpiredWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn delete_expired(&mut self, kind: Expired, before: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let mut deleted = 0;
        if let Some(Statements { delete, .. }) = plain(kind) {
            let query = sqlx::query(delete).bind(before.seconds()).bind(limit);
            deleted = query.execute(self.db()).await?.rows_affected();
        } else {
            let query = sqlx::query_scalar(approvals(kind)).bind(before.seconds()).bind(limit);
            let ids: Vec<String> = query.fetch_all(self.db()).await?;
            let ids = serde_json::Value::from(ids).to_string();
            for statement in DELETE_APPROVALS {
                deleted = sqlx::query(statement).bind(&ids).execute(self.db()).await?.rows_affected();
            }
        }
        u32::try_from(deleted).map_err(|_| Row { table: "expired", id: "batch" }.unreadable("count"))
    }
}
