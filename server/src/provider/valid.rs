//! The rights that an access token has now.

use std::sync::Arc;

use super::error::OAuthError;
use super::{Provider, hash};
use crate::model::{Account, Token, TokenKind};

/// A valid access token.
pub(super) struct Valid {
    /// The token. The scope of its grant has only values that its client is still registered for.
    pub(super) token: Token,
    /// The account that approved.
    pub(super) account: Arc<Account>,
}

impl Provider {
    /// Returns an access token with the rights that it has now. Returns `None` if it is unknown or
    /// has expired, if its client or its account was removed, or if no right is left.
    pub(super) async fn valid(&self, access_token: &str) -> Result<Option<Valid>, OAuthError> {
        let mut db = self.base.store.read().await?;
        let Some(mut token) = db.token(&hash(access_token), TokenKind::Access, self.now()).await? else {
            return Ok(None);
        };
        let Some(client) = self.base.directory.client(&token.grant.client_id).await? else { return Ok(None) };
        let Some(account) = self.base.directory.account_by_sub(&token.grant.sub).await? else { return Ok(None) };
        token.grant.scope = client.registered_scope(&token.grant.scope);
        Ok(Some(Valid { token, account }).filter(|valid| !valid.token.grant.scope.is_empty()))
    }
}
