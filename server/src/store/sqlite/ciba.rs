//! Authentication requests in SQLite.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;
use sqlx::FromRow;

use super::Session;
use super::columns::Row;
use crate::model::ciba::CibaState;
use crate::model::{ApprovalRequestId, CibaRequest};
use crate::store::{CibaReads, CibaWrites, Lock, StoreError};

const OF_CLIENT: &str = "select * from ciba_request where id_hash = $1 and client_id = $2";
const SAVE: &str = "update ciba_request set used = $2 where id_hash = $1";
const INSERT: &str = "insert into ciba_request (id_hash, client_id, sub, approval_request, scope, details, \
    created, expires, poll_interval, used) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

#[derive(FromRow)]
struct CibaRow {
    id_hash: String,
    client_id: String,
    sub: String,
    approval_request: String,
    scope: String,
    details: Option<String>,
    created: i64,
    expires: i64,
    poll_interval: i64,
    used: Option<i64>,
}

impl TryFrom<CibaRow> for CibaRequest {
    type Error = StoreError;

    fn try_from(row: CibaRow) -> Result<Self, StoreError> {
        let at = Row { table: "ciba_request", id: &row.id_hash };
        let used = at.maybe_time("used", row.used)?;
        Ok(Self {
            id_hash: at.text("id_hash", &row.id_hash)?,
            created: at.time("created", row.created)?,
            expires: at.time("expires", row.expires)?,
            interval_s: at.count("poll_interval", row.poll_interval)?,
            state: used.map_or(CibaState::Open, CibaState::Redeemed),
            approval_request: ApprovalRequestId(row.approval_request),
            client_id: row.client_id,
            sub: row.sub,
            scope: row.scope,
            details: row.details,
        })
    }
}

fn used(request: &CibaRequest) -> Option<i64> {
    match request.state {
        CibaState::Open => None,
        CibaState::Redeemed(at) => Some(Timestamp::seconds(at)),
    }
}

#[async_trait]
impl CibaReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn ciba_request(&mut self, id_hash: &Digest, client_id: &str) -> Result<Option<CibaRequest>, StoreError> {
        let query = sqlx::query_as(OF_CLIENT).bind(id_hash.to_string()).bind(client_id);
        let row: Option<CibaRow> = query.fetch_optional(self.db()).await?;
        row.map(TryInto::try_into).transpose()
    }
}

#[async_trait]
impl CibaWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_ciba_request(&mut self, request: &CibaRequest) -> Result<(), StoreError> {
        sqlx::query(INSERT)
            .bind(request.id_hash.to_string())
            .bind(&request.client_id)
            .bind(&request.sub)
            .bind(request.approval_request.as_str())
            .bind(&request.scope)
            .bind(&request.details)
            .bind(request.created.seconds())
            .bind(request.expires.seconds())
            .bind(request.interval_s)
            .bind(used(request))
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn save_ciba_request(&mut self, request: &CibaRequest) -> Result<(), StoreError> {
        self.locks.require(Lock::ciba(&request.id_hash))?;
        sqlx::query(SAVE).bind(request.id_hash.to_string()).bind(used(request)).execute(self.db()).await?;
        Ok(())
    }
}
