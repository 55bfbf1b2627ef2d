//! Forgetting what has expired: a little at a time, so that nobody waits for it.

use super::{Store, StoreError};

/// The most rows of one table that one pass removes. What is left waits for the next.
const BATCH: i64 = 1_000;

/// How long an expired request is still known, in seconds, so that a late poll hears `expired_token` and not
/// `invalid_grant`.
const REMEMBER_REQUESTS: i64 = 3_600;

/// One statement a table; each takes the time before which rows go, and how many.
const REQUESTS: &str =
    "delete from ciba_request where rowid in (select rowid from ciba_request where expires <= ? limit ?)";
const OTHERS: [&str; 4] = [
    "delete from token where rowid in (select rowid from token where expires <= ? limit ?)",
    "delete from used_assertion where rowid in (select rowid from used_assertion where expires <= ? limit ?)",
    "delete from session where rowid in (select rowid from session where expires <= ? limit ?)",
    "delete from sign_in_failure where rowid in (select rowid from sign_in_failure where expires <= ? limit ?)",
];

impl Store {
    /// Removes up to a thousand expired rows of each of the provider's tables.
    pub(crate) async fn forget_expired(&self, now: i64) -> Result<(), StoreError> {
        let requests = (REQUESTS, now.saturating_sub(REMEMBER_REQUESTS));
        let others = OTHERS.into_iter().map(|statement| (statement, now));
        for (statement, before) in std::iter::once(requests).chain(others) {
            sqlx::query(statement).bind(before).bind(BATCH).execute(self.pool()).await?;
        }
        Ok(())
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

        store.forget_expired(100).await.unwrap();
        assert!(store.token("early", TokenKind::Access, 0).await.unwrap().is_none());
        assert!(store.token("late", TokenKind::Access, 0).await.unwrap().is_some());
        assert!(store.use_assertion("c", "jti", 200).await.unwrap(), "its time was over");
        assert!(matches!(store.poll_ciba("r", "c", 100).await.unwrap(), Poll::Expired));
        store.forget_expired(3_700).await.unwrap();
        assert!(matches!(store.poll_ciba("r", "c", 3_700).await.unwrap(), Poll::Unknown));
    }
}
