//! Offers in SQLite.

use async_trait::async_trait;
use countersign_protocol::message::claims::{OfferId, Timestamp};
use sqlx::FromRow;

use super::Session;
use super::columns::Row;
use crate::model::offer::{Offer, Stage, Tie};
use crate::store::{Lock, OfferReads, OfferWrites, StoreError};

const BY_ID: &str = "select * from offer where id = $1";
const OPEN: &str = "select count(*) from offer \
    where account = $1 and enrolment is null and expires > $2 and created <= $2 + 600";
const INSERT: &str =
    "insert into offer (id, account, label, code_hash, created, expires) values ($1, $2, $3, $4, $5, $6)";
const SAVE: &str = "update offer set verifier_hash = $2, nonce = $3, enrolment = $4 where id = $1";

#[derive(FromRow)]
struct OfferRow {
    id: String,
    account: String,
    label: String,
    code_hash: String,
    verifier_hash: Option<String>,
    nonce: Option<String>,
    created: i64,
    expires: i64,
    enrolment: Option<String>,
}

impl TryFrom<OfferRow> for Offer {
    type Error = StoreError;

    fn try_from(row: OfferRow) -> Result<Self, StoreError> {
        let at = Row { table: "offer", id: &row.id };
        let tie = match (&row.verifier_hash, &row.nonce) {
            (None, None) => None,
            (Some(verifier_hash), Some(nonce)) => {
                Some(Tie { verifier_hash: at.text("verifier_hash", verifier_hash)?, nonce: at.text("nonce", nonce)? })
            }
            _ => return Err(at.unreadable("nonce")),
        };
        let stage = match (tie, &row.enrolment) {
            (None, None) => Stage::Open,
            (Some(tie), None) => Stage::Tied(tie),
            (Some(tie), Some(enrolment)) => Stage::Used { tie, enrolment: at.text("enrolment", enrolment)? },
            (None, Some(_)) => return Err(at.unreadable("verifier_hash")),
        };
        Ok(Self {
            id: at.text("id", &row.id)?,
            code_hash: at.text("code_hash", &row.code_hash)?,
            created: at.time("created", row.created)?,
            expires: at.time("expires", row.expires)?,
            stage,
            account: row.account,
            label: row.label,
        })
    }
}

#[async_trait]
impl OfferReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn offer(&mut self, id: &OfferId) -> Result<Option<Offer>, StoreError> {
        let row: Option<OfferRow> = sqlx::query_as(BY_ID).bind(id.as_str()).fetch_optional(self.db()).await?;
        row.map(TryInto::try_into).transpose()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn open_offers(&mut self, account: &str, now: Timestamp) -> Result<u32, StoreError> {
        let count = sqlx::query_scalar(OPEN).bind(account).bind(now.seconds()).fetch_one(self.db()).await?;
        Row { table: "offer", id: account }.count("count", count)
    }
}

#[async_trait]
impl OfferWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn insert_offer(&mut self, offer: &Offer) -> Result<(), StoreError> {
        sqlx::query(INSERT)
            .bind(offer.id.as_str())
            .bind(&offer.account)
            .bind(&offer.label)
            .bind(offer.code_hash.to_string())
            .bind(offer.created.seconds())
            .bind(offer.expires.seconds())
            .execute(self.db())
            .await?;
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn save_offer(&mut self, offer: &Offer) -> Result<(), StoreError> {
        self.locks.require(Lock::Offer(offer.id.clone()))?;
        let tie = offer.tie();
        sqlx::query(SAVE)
            .bind(offer.id.as_str())
            .bind(tie.map(|tie| tie.verifier_hash.to_string()))
            .bind(tie.map(|tie| tie.nonce.as_str().to_owned()))
            .bind(offer.enrolment().map(|id| id.as_str().to_owned()))
            .execute(self.db())
            .await?;
        Ok(())
    }
}
