//! The rights that an access token has now.

use std::sync::Arc;

use super::error::OAuthError;
use super::{Provider, hash};
use crate::model::{Account, Grant, TokenKind};

/// The rights of a valid access token.
pub(super) struct Valid {
    /// The grant, with the scope values that its client is still registered for.
    pub(super) grant: Grant,
    /// The account that approved.
    pub(super) account: Arc<Account>,
}

impl Provider {
    /// Returns the rights of an access token, or `None` if it is unknown or has expired, or if its
    /// client or its account was removed.
    pub(super) async fn valid(&self, access_token: &str) -> Result<Option<Valid>, OAuthError> {
        let mut db = self.base.store.read().await?;
        let Some(grant) = db.token(&hash(access_token), TokenKind::Access, self.now()).await? else {
            return Ok(None);
        };
        let Some(client) = self.base.directory.client(&grant.client_id).await? else { return Ok(None) };
        let Some(account) = self.base.directory.account_by_sub(&grant.sub).await? else { return Ok(None) };
        let scope = client.registered_scope(&grant.scope);
        Ok(Some(Valid { grant: Grant { scope, ..grant }, account }))
    }
}
