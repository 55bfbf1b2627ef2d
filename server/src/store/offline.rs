//! What an approval without network looks up: a client's request, and the requests that became of its ask.

use sqlx::SqliteConnection;

use super::ciba::CibaRequest;
use super::requests::RequestRow;
use super::{Store, StoreError};

impl Store {
    /// A client's own request. Not a poll: it does not count against the interval.
    pub(crate) async fn ciba_of(&self, id_hash: &str, client_id: &str) -> Result<Option<CibaRequest>, StoreError> {
        let found = sqlx::query_as(
            "select id_hash, client_id, username, sub, ask, scope, details, created, expires from ciba_request \
             where id_hash = ? and client_id = ?",
        )
        .bind(id_hash)
        .bind(client_id)
        .fetch_optional(self.pool())
        .await?;
        Ok(found)
    }
}

/// The requests of an ask, one for each phone that was asked, always in the same order.
pub(crate) async fn requests_of_ask(db: &mut SqliteConnection, ask: &str) -> sqlx::Result<Vec<RequestRow>> {
    sqlx::query_as("select * from request where ask = $1 order by rowid").bind(ask).fetch_all(db).await
}
