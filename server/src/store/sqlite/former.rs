//! Rows that name their account by a user name, in SQLite.
//!
//! The account of such a row is `username NAME` before the first start and `unbound NAME` after it.
//! A subject identifier contains no space.

use async_trait::async_trait;
use countersign_protocol::message::claims::Timestamp;
use sqlx::FromRow;

use super::Session;
use super::columns::Row;
use crate::store::{FormerEnrolment, FormerReads, FormerWrites, StoreError};

const ENROLMENTS: &str = "select id, substr(account, 10) as username, label, state <> 'revoked' as in_use \
    from enrolment indexed by enrolment_account where account > 'username ' and account < 'username!' \
    order by account, created, id";
const SUBJECTS: &str = "select sub from former_subject where username = $1";

/// Each statement takes user name, subject identifier and label.
const BIND_LABELLED: [&str; 2] = [
    "update enrolment set account = $2 where account = 'username ' || $1 and label = $3",
    "update offer set account = $2 where account = 'username ' || $1 and label = $3",
];

/// Each statement takes user name and subject identifier.
const BIND: [&str; 2] = [
    "update approval_request set account = $2 where account = 'username ' || $1",
    "update or replace account_guard set account = $2 where account = 'username ' || $1",
];

/// Takes the time from which the phones are suspended. A suspension before it stays as it is.
const CLOSE_ENROLMENTS: &str = "update enrolment set account = 'unbound ' || substr(account, 10), \
    state = case state when 'revoked' then state else 'suspended' end, \
    suspended_since = case state when 'revoked' then null else coalesce(suspended_since, $1) end, \
    suspended_reason = case state when 'revoked' then null else coalesce(suspended_reason, 'issuer') end \
    where account > 'username ' and account < 'username!'";

const CLOSE: [&str; 4] = [
    "update offer set account = 'unbound ' || substr(account, 10) \
     where account > 'username ' and account < 'username!'",
    "update approval_request set account = 'unbound ' || substr(account, 10) \
     where account > 'username ' and account < 'username!'",
    "update account_guard set account = 'unbound ' || substr(account, 10) \
     where account > 'username ' and account < 'username!'",
    "delete from former_subject",
];

#[derive(FromRow)]
struct FormerRow {
    id: String,
    username: String,
    label: String,
    in_use: bool,
}

impl TryFrom<FormerRow> for FormerEnrolment {
    type Error = StoreError;

    fn try_from(row: FormerRow) -> Result<Self, StoreError> {
        let id = Row { table: "enrolment", id: &row.id }.text("id", &row.id)?;
        Ok(Self { id, username: row.username, label: row.label, in_use: row.in_use })
    }
}

#[async_trait]
impl FormerReads for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn former_enrolments(&mut self) -> Result<Vec<FormerEnrolment>, StoreError> {
        let rows: Vec<FormerRow> = sqlx::query_as(ENROLMENTS).fetch_all(self.db()).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn former_subjects(&mut self, username: &str) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(SUBJECTS).bind(username).fetch_all(self.db()).await?)
    }
}

#[async_trait]
impl FormerWrites for Session {
    #[tracing::instrument(level = "debug", skip_all)]
    async fn bind_account(&mut self, username: &str, label: &str, sub: &str) -> Result<(), StoreError> {
        for statement in BIND_LABELLED {
            sqlx::query(statement).bind(username).bind(sub).bind(label).execute(self.db()).await?;
        }
        for statement in BIND {
            sqlx::query(statement).bind(username).bind(sub).execute(self.db()).await?;
        }
        Ok(())
    }

    #[tracing::instrument(level = "debug", skip_all)]
    async fn close_former_accounts(&mut self, now: Timestamp) -> Result<(), StoreError> {
        sqlx::query(CLOSE_ENROLMENTS).bind(now.seconds()).execute(self.db()).await?;
        for statement in CLOSE {
            sqlx::query(statement).execute(self.db()).await?;
        }
        Ok(())
    }
}
