//! Enrolments in SQLite.

use async_trait::async_trait;
use countersign_protocol::jose::{Digest, Thumbprint};
use countersign_protocol::message::claims::{EnrolmentId, Jti, Timestamp};
use countersign_protocol::message::number::Number;
use countersign_protocol::message::proof::KeySet;
use sqlx::FromRow;

use super::Session;
use super::columns::{Row, to_json};
use crate::model::{Enrolment, PendingConfirmation, Standing, Suspension, SuspensionReason, UpdateRecord};
use crate::store::{EnrolmentReads, EnrolmentWrites, Lock, StoreError};

const TABLE: &str = "enrolment";

const BY_ID: &str = "select * from enrolment where id = $1";
const BY_DEVICE_KEY: &str = "select * from enrolment where dk_thumb = $1";
const OF_ACCOUNT: &str = "select * from enrolment indexed by enrolment_live \
    where account = $1 and state <> 'revoked' order by created, id";
const HISTORY: &str = "select * from enrolment where account = $1 order by created, id";
const SUSPENDED: &str = "select * from enrolment where state = 'suspended' and suspended_since > 0 \
    order by suspended_since desc, id limit $1";
const HIGHEST_NUMBER: &str = "select coalesce(max(number), 0) from used_number where enrolment = $1";
const UPDATE_RECEIPT: &str = "select receipt from enrolment_update where hash = $1 and enrolment = $2";
const KNOWS_UPDATE: &str = "select exists (select 1 from enrolment_update where enrolment = $1 and jti = $2)";
const UPDATES_SINCE: &str = "select count(*) from enrolment_update where enrolment = $1 and received > $2 \
    and received <= $2 + 4200";
const UPDATE_BYTES: &str = "select coalesce(sum(octet_length(jws)), 0) \
    from enrolment_update indexed by enrolment_update_stored where enrolment = $1 and jws is not null";
const NEXT_SEQ: &str = "update enrolment set seq = seq + 1 where id = $1 returning seq";
const SAVE: &str = "update enrolment set state = $2, dk_thumb = $3, dk = $4, uvk = $5, ek = $6, protection = $7, \
    push = $8, confirm_code = $9, confirm_tries = $10, number_reused = $11, changed = $12, \
    signs_history = $13, suspended_since = $14, suspended_reason = $15 where id = $1";
const INSERT: &str = "insert into enrolment (id, account, label, handle, state, dk_thumb, dk, uvk, ek, protection, \
    device, push, enrol_hash, confirm_nonce, confirm_code, confirm_tries, created, changed, suspended_since, \
    suspended_reason) \
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18, $19)";
const USE_NUMBER: &str = "insert into used_number (enrolment, number, hash) values ($1, $2, $3) on conflict do nothing";
const INSERT_UPDATE: &str =
    "insert into enrolment_update (hash, enrolment, jti, jws, receipt, received) values ($1, $2, $3, $4, $5, $6)";

/// An enrolment as stored. Keys, protection, device and push address are JSON.
#[derive(FromRow)]
struct EnrolmentRow {
    id: String,
    account: String,
    label: String,
    handle: String,
    state: String,
    dk: String,
    uvk: String,
    ek: String,
    protection: String,
    device: String,
    push: String,
    enrol_hash: String,
    confirm_nonce: String,
    confirm_code: Option<String>,
    confirm_tries: i64,
    created: i64,
    number_reused: Option<i64>,
    signs_history: bool,
    suspended_since: Option<i64>,
    suspended_reason: Option<String>,
}

impl TryFrom<EnrolmentRow> for Enrolment {
    type Error = StoreError;

    fn try_from(row: EnrolmentRow) -> Result<Self, StoreError> {
        let at = Row { table: TABLE, id: &row.id };
        let standing = match row.state.as_str() {
            "pending" => Standing::Pending(PendingConfirmation {
                code: at.needed("confirm_code", row.confirm_code)?,
                wrong_codes: at.count("confirm_tries", row.confirm_tries)?,
            }),
            "active" => Standing::Active,
            "suspended" => Standing::Suspended(suspension(&at, row.suspended_since, row.suspended_reason)?),
            "revoked" => Standing::Revoked,
            _ => return Err(at.unreadable("state")),
        };
        Ok(Self {
            id: at.text("id", &row.id)?,
            handle: at.text("handle", &row.handle)?,
            standing,
            keys: KeySet { dk: at.json("dk", &row.dk)?, uvk: at.json("uvk", &row.uvk)?, ek: at.json("ek", &row.ek)? },
            protection: at.json("protection", &row.protection)?,
            device: at.json("device", &row.device)?,
            push: at.json("push", &row.push)?,
            enrol_hash: at.text("enrol_hash", &row.enrol_hash)?,
            confirm_nonce: at.text("confirm_nonce", &row.confirm_nonce)?,
            created: at.time("created", row.created)?,
            number_reused: at.maybe_time("number_reused", row.number_reused)?,
            signs_history: row.signs_history,
            account: row.account,
            label: row.label,
        })
    }
}

#[async_trait]
impl EnrolmentReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn enrolment(&mut self, id: &EnrolmentId) -> Result<Option<Enrolment>, StoreError> {
        let row: Option<EnrolmentRow> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(self.db()).await?;
        row.map(TryInto::try_into).transpose()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn enrolment_by_device_key(&mut self, key: &Thumbprint) -> Result<Option<Enrolment>, StoreError> {
        let query = sqlx::query_as(BY_DEVICE_KEY).bind(key.to_string());
        let row: Option<EnrolmentRow> = query.fetch_optional(self.db()).await?;
        row.map(TryInto::try_into).transpose()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn enrolments_of_account(&mut self, account: &str) -> Result<Vec<Enrolment>, StoreError> {
        let rows: Vec<EnrolmentRow> = sqlx::query_as(OF_ACCOUNT).bind(account).fetch_all(self.db()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn enrolment_history(&mut self, account: &str) -> Result<Vec<Enrolment>, StoreError> {
        let rows: Vec<EnrolmentRow> = sqlx::query_as(HISTORY).bind(account).fetch_all(self.db()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn suspended_enrolments(&mut self, limit: u32) -> Result<Vec<Enrolment>, StoreError> {
        let rows: Vec<EnrolmentRow> = sqlx::query_as(SUSPENDED).bind(limit).fetch_all(self.db()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn has_enrolments(&mut self) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar("select exists (select 1 from enrolment)").fetch_one(self.db()).await?)
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn highest_number(&mut self, id: &EnrolmentId) -> Result<u64, StoreError> {
        let number: i64 = sqlx::query_scalar(HIGHEST_NUMBER).bind(id.as_str()).fetch_one(self.db()).await?;
        u64::try_from(number).map_err(|_| Row { table: "used_number", id: id.as_str() }.unreadable("number"))
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn update_receipt(&mut self, hash: &Digest, id: &EnrolmentId) -> Result<Option<String>, StoreError> {
        let query = sqlx::query_scalar(UPDATE_RECEIPT).bind(hash.to_string()).bind(id.as_str());
        Ok(query.fetch_optional(self.db()).await?)
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn knows_update(&mut self, id: &EnrolmentId, jti: &Jti) -> Result<bool, StoreError> {
        Ok(sqlx::query_scalar(KNOWS_UPDATE).bind(id.as_str()).bind(jti.as_str()).fetch_one(self.db()).await?)
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn updates_since(&mut self, id: &EnrolmentId, since: Timestamp) -> Result<u32, StoreError> {
        let query = sqlx::query_scalar(UPDATES_SINCE).bind(id.as_str()).bind(since.seconds());
        let count: i64 = query.fetch_one(self.db()).await?;
        Row { table: "enrolment_update", id: id.as_str() }.count("count", count)
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn update_bytes(&mut self, id: &EnrolmentId) -> Result<u64, StoreError> {
        let bytes: i64 = sqlx::query_scalar(UPDATE_BYTES).bind(id.as_str()).fetch_one(self.db()).await?;
        u64::try_from(bytes).map_err(|_| Row { table: "enrolment_update", id: id.as_str() }.unreadable("jws"))
    }
}

#[async_trait]
impl EnrolmentWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_enrolment(&mut self, enrolment: &Enrolment) -> Result<(), StoreError> {
        self.locks.require(Lock::account(&enrolment.account))?;
        let json = Json::of(enrolment)?;
        let (code, wrong_codes) = confirmation(&enrolment.standing);
        sqlx::query(INSERT)
            .bind(enrolment.id.as_str())
            .bind(&enrolment.account)
            .bind(&enrolment.label)
            .bind(enrolment.handle.as_str())
            .bind(enrolment.status().as_str())
            .bind(enrolment.keys.dk.thumbprint().to_string())
            .bind(json.dk)
            .bind(json.uvk)
            .bind(json.ek)
            .bind(json.protection)
            .bind(json.device)
            .bind(json.push)
            .bind(enrolment.enrol_hash.to_string())
            .bind(enrolment.confirm_nonce.as_str())
            .bind(code)
            .bind(wrong_codes)
            .bind(enrolment.created.seconds())
            .bind(enrolment.suspension().map(|suspension| suspension.since.seconds()))
            .bind(enrolment.suspension().map(|suspension| suspension.reason.as_str()))
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn save_enrolment(&mut self, enrolment: &Enrolment, now: Timestamp) -> Result<(), StoreError> {
        self.locks.require(Lock::account(&enrolment.account))?;
        self.locks.require(Lock::enrolment(&enrolment.id))?;
        let json = Json::of(enrolment)?;
        let (code, wrong_codes) = confirmation(&enrolment.standing);
        sqlx::query(SAVE)
            .bind(enrolment.id.as_str())
            .bind(enrolment.status().as_str())
            .bind(enrolment.keys.dk.thumbprint().to_string())
            .bind(json.dk)
            .bind(json.uvk)
            .bind(json.ek)
            .bind(json.protection)
            .bind(json.push)
            .bind(code)
            .bind(wrong_codes)
            .bind(enrolment.number_reused.map(Timestamp::seconds))
            .bind(now.seconds())
            .bind(enrolment.signs_history)
            .bind(enrolment.suspension().map(|suspension| suspension.since.seconds()))
            .bind(enrolment.suspension().map(|suspension| suspension.reason.as_str()))
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn next_seq(&mut self, id: &EnrolmentId) -> Result<u64, StoreError> {
        self.locks.require(Lock::enrolment(id))?;
        let seq: i64 = sqlx::query_scalar(NEXT_SEQ).bind(id.as_str()).fetch_one(self.db()).await?;
        u64::try_from(seq).map_err(|_| Row { table: TABLE, id: id.as_str() }.unreadable("seq"))
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn use_number(&mut self, id: &EnrolmentId, number: Number, hash: &Digest) -> Result<bool, StoreError> {
        self.locks.require(Lock::enrolment(id))?;
        let number = i64::try_from(number.get())
            .map_err(|_| StoreError::Unwritable { table: "used_number", column: "number" })?;
        let query = sqlx::query(USE_NUMBER).bind(id.as_str()).bind(number).bind(hash.to_string());
        Ok(query.execute(self.db()).await?.rows_affected() == 1)
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_update(&mut self, update: &UpdateRecord) -> Result<(), StoreError> {
        self.locks.require(Lock::enrolment(&update.enrolment))?;
        sqlx::query(INSERT_UPDATE)
            .bind(update.hash.to_string())
            .bind(update.enrolment.as_str())
            .bind(update.jti.as_str())
            .bind(&update.jws)
            .bind(&update.receipt)
            .bind(update.received.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn secret(&mut self, name: &str, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        sqlx::query("insert into gateway_secret (name, value) values ($1, $2) on conflict do nothing")
            .bind(name)
            .bind(fresh)
            .execute(self.db())
            .await?;
        let query = sqlx::query_scalar("select value from gateway_secret where name = $1").bind(name);
        Ok(query.fetch_one(self.db()).await?)
    }
}

/// The JSON columns of an enrolment.
struct Json {
    dk: String,
    uvk: String,
    ek: String,
    protection: String,
    device: String,
    push: String,
}

impl Json {
    fn of(enrolment: &Enrolment) -> Result<Self, StoreError> {
        Ok(Self {
            dk: to_json(TABLE, "dk", &enrolment.keys.dk)?,
            uvk: to_json(TABLE, "uvk", &enrolment.keys.uvk)?,
            ek: to_json(TABLE, "ek", &enrolment.keys.ek)?,
            protection: to_json(TABLE, "protection", &enrolment.protection)?,
            device: to_json(TABLE, "device", &enrolment.device)?,
            push: to_json(TABLE, "push", &enrolment.push)?,
        })
    }
}

fn suspension(at: &Row<'_>, since: Option<i64>, reason: Option<String>) -> Result<Suspension, StoreError> {
    let reason = at.needed("suspended_reason", reason)?;
    let reason = SuspensionReason::ALL.into_iter().find(|known| known.as_str() == reason);
    Ok(Suspension {
        reason: reason.ok_or_else(|| at.unreadable("suspended_reason"))?,
        since: at.time("suspended_since", at.needed("suspended_since", since)?)?,
    })
}

fn confirmation(standing: &Standing) -> (Option<&str>, u32) {
    match standing {
        Standing::Pending(pending) => (Some(&pending.code), pending.wrong_codes),
        Standing::Active | Standing::Suspended(_) | Standing::Revoked => (None, 0),
    }
}
