//! Forgetting what has expired: in small batches, so that nobody waits for the write lock, until none is left.

use std::time::Duration;

use super::{Store, StoreError};

/// The most rows that one transaction removes.
const BATCH: u64 = 500;

/// How long others get the write lock between two batches.
const PAUSE: Duration = Duration::from_millis(5);

/// How long an expired backchannel request is still known, in seconds, so that a late poll hears `expired_token` and not
/// `invalid_grant`.
const REMEMBER_REQUESTS: i64 = 3_600;

const DAY: i64 = 24 * 3_600;

/// One statement a table; each takes the time before which rows go, and how many.
const CIBA_REQUESTS: &str =
    "delete from ciba_request where rowid in (select rowid from ciba_request where expires <= ? limit ?)";
const TOKENS: &str = "delete from token where rowid in (select rowid from token where expires <= ? limit ?)";
const ASSERTIONS: &str =
    "delete from used_assertion where rowid in (select rowid from used_assertion where expires <= ? limit ?)";
const SESSIONS: &str = "delete from session where rowid in (select rowid from session where expires <= ? limit ?)";
const PROOFS: &str = "delete from used_proof where rowid in (select rowid from used_proof where expires <= ? limit ?)";
const OFFERS: &str = "delete from offer where rowid in (select rowid from offer where expires <= ? limit ?)";

/// Asks that nobody decided: no evidence hangs on them.
const UNDECIDED: &str = "select id from ask where state in ('pending', 'cancelled') and expires <= ? and not exists \
    (select 1 from request join decision on decision.txn = request.txn where request.ask = ask.id) limit ?";
/// Asks whose evidence has been kept long enough.
const OUTDATED: &str = "select id from ask where expires <= ? limit ?";

/// What goes with an ask: each takes the identifiers as a JSON array.
const OF_ASKS: [&str; 3] = [
    "delete from decision where txn in (select txn from request where ask in (select value from json_each(?)))",
    "delete from request where ask in (select value from json_each(?))",
    "delete from ask where id in (select value from json_each(?))",
];

impl Store {
    /// Removes what has expired at `now`. Decided requests are evidence and stay for `evidence_days`; what nobody decided
    /// and offers stay for a day.
    pub(crate) async fn forget_expired(&self, now: i64, evidence_days: u32) -> Result<(), StoreError> {
        let before = |seconds: i64| now.saturating_sub(seconds);
        for (statement, before) in [
            (CIBA_REQUESTS, before(REMEMBER_REQUESTS)),
            (TOKENS, now),
            (ASSERTIONS, now),
            (SESSIONS, now),
            (PROOFS, now),
            (OFFERS, before(DAY)),
        ] {
            while self.forget_rows(statement, before).await? >= BATCH {
                tokio::time::sleep(PAUSE).await;
            }
        }
        for (select, before) in [(UNDECIDED, before(DAY)), (OUTDATED, before(DAY.saturating_mul(evidence_days.into())))]
        {
            while self.forget_asks(select, before).await? >= BATCH {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    async fn forget_rows(&self, statement: &'static str, before: i64) -> Result<u64, StoreError> {
        let batch = BATCH.cast_signed();
        Ok(sqlx::query(statement).bind(before).bind(batch).execute(self.pool()).await?.rows_affected())
    }

    /// Removes a batch of asks with their requests, decisions and receipts: all of one or nothing.
    async fn forget_asks(&self, select: &'static str, before: i64) -> Result<u64, StoreError> {
        let ids = |ids: Vec<String>| serde_json::Value::from(ids).to_string();
        let select = || sqlx::query_scalar(select).bind(before).bind(BATCH.cast_signed());
        // Mostly there is nothing, and to find that out takes no lock.
        if select().fetch_optional(self.pool()).await?.map(|_: String| ()).is_none() {
            return Ok(0);
        }
        let mut transaction = self.write().await?;
        let ids = ids(select().fetch_all(&mut *transaction).await?);
        let mut removed = 0;
        for statement in OF_ASKS {
            removed = sqlx::query(statement).bind(&ids).execute(&mut *transaction).await?.rows_affected();
        }
        transaction.commit().await?;
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::DataFolder;
    use crate::store::ciba::{CibaRequest, Poll};
    use crate::store::tokens::{Grant, NewToken, TokenKind};

    #[tokio::test]
    async fn what_has_expired_goes_and_what_has_not_stays() {
        let parent = tempfile::tempdir().unwrap();
        let store = Store::open(DataFolder::take(&parent.path().join("data")).unwrap()).await.unwrap();
        let request = CibaRequest {
            id_hash: "r".to_owned(),
            client_id: "c".to_owned(),
            username: "u".to_owned(),
            sub: "s".to_owned(),
            ask: "a".to_owned(),
            scope: "openid".to_owned(),
            details: None,
            created: 0,
            expires: 100,
        };
        store.insert_ciba(&request, 5).await.unwrap();
        let grant = Grant {
            client_id: "c".to_owned(),
            username: "u".to_owned(),
            sub: "s".to_owned(),
            scope: "openid".to_owned(),
            details: None,
        };
        for (hash, expires) in [("early", 100), ("late", 101)] {
            let token = NewToken { hash: hash.to_owned(), kind: TokenKind::Access, grant: grant.clone(), expires };
            store.insert_token(&token, 0).await.unwrap();
        }
        assert!(store.use_assertion("c", "jti", 100).await.unwrap());
        assert!(!store.use_assertion("c", "jti", 100).await.unwrap());

        store.forget_expired(100, 400).await.unwrap();
        assert!(store.token("early", TokenKind::Access, 0).await.unwrap().is_none());
        assert!(store.token("late", TokenKind::Access, 0).await.unwrap().is_some());
        assert!(store.use_assertion("c", "jti", 200).await.unwrap(), "its time was over");
        assert!(matches!(store.poll_ciba("r", "c", 160).await.unwrap(), Poll::Expired));
        store.forget_expired(3_700, 400).await.unwrap();
        assert!(matches!(store.poll_ciba("r", "c", 3_700).await.unwrap(), Poll::Unknown));
    }

    /// A store with one phone.
    async fn store(parent: &tempfile::TempDir) -> Store {
        let store = Store::open(DataFolder::take(&parent.path().join("data")).unwrap()).await.unwrap();
        execute(
            &store,
            "insert into enrolment (id, account, label, handle, state, dk_thumb, dk, uvk, ek, protection, device, push, \
             enrol_hash, confirm_nonce, created, changed) \
             values ('e', 'alice', '', 'h', 'active', 't', '', '', '', '', '', '', '', '', 0, 0)",
        )
        .await;
        store
    }

    async fn execute(store: &Store, statement: &'static str) {
        sqlx::query(statement).execute(store.pool()).await.unwrap();
    }

    async fn count(store: &Store, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(store.pool()).await.unwrap()
    }

    #[tokio::test]
    async fn a_sweep_ends_only_when_nothing_expired_is_left() {
        let parent = tempfile::tempdir().unwrap();
        let store = store(&parent).await;
        for statement in [
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 1300) \
             insert into used_proof (dk_thumb, jti, expires) select 't', i, 10 from n",
            "with recursive n (i) as (select 1 union all select i + 1 from n where i < 1300) \
             insert into ask (id, account, client, state, created, expires) select i, 'a', 'c', 'pending', 0, 10 from n",
            "insert into request (txn, ask, enrolment, jws, hash, state, created, expires) \
             select id, id, 'e', '', '', 'pending', 0, 10 from ask",
        ] {
            execute(&store, statement).await;
        }
        store.forget_expired(10 + DAY, 400).await.unwrap();
        for table in ["select count(*) from used_proof", "select count(*) from ask", "select count(*) from request"] {
            assert_eq!(count(&store, table).await, 0, "{table}");
        }
    }

    #[tokio::test]
    async fn evidence_is_kept_as_long_as_it_is_wanted_and_the_rest_for_a_day() {
        let parent = tempfile::tempdir().unwrap();
        let store = store(&parent).await;
        for statement in [
            // Approved; ended elsewhere but with a late decision that got its receipt; never answered.
            "insert into ask (id, account, client, state, created, expires) values \
             ('yes', 'a', 'c', 'approved', 0, 10), ('late', 'a', 'c', 'cancelled', 0, 10), ('no', 'a', 'c', 'pending', 0, 10)",
            "insert into request (txn, ask, enrolment, jws, hash, state, created, expires) \
             select id, id, 'e', '', '', 'pending', 0, 10 from ask",
            "insert into decision (hash, txn, jws, signer, receipt, received) \
             select txn, txn, '', '', '', 5 from request where txn <> 'no'",
            "insert into offer (id, account, label, code_hash, created, expires) values ('o', 'a', '', '', 0, 10)",
        ] {
            execute(&store, statement).await;
        }
        let left = async |now| {
            store.forget_expired(now, 30).await.unwrap();
            (
                count(&store, "select count(*) from ask").await,
                count(&store, "select count(*) from request").await,
                count(&store, "select count(*) from decision").await,
                count(&store, "select count(*) from offer").await,
            )
        };
        assert_eq!(left(9 + DAY).await, (3, 3, 2, 1));
        assert_eq!(left(10 + DAY).await, (2, 2, 2, 0));
        assert_eq!(left(9 + 30 * DAY).await, (2, 2, 2, 0));
        assert_eq!(left(10 + 30 * DAY).await, (0, 0, 0, 0));
        assert_eq!(count(&store, "select count(*) from enrolment").await, 1);
    }
}
