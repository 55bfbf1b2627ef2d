//! Clients of the directory.

use countersign_protocol::message::request::BindingMode;
use jsonwebtoken::jwk::JwkSet;

use super::Secret;

/// An OAuth client (relying party).
#[derive(Clone, Debug)]
pub struct Client {
    /// The `client_id`.
    pub id: String,
    /// The name that the phone shows.
    pub name: String,
    /// The only authentication method that the client may use.
    pub auth: ClientAuth,
    /// The binding between the request on the phone and the screen of the client.
    pub binding: BindingMode,
    /// The scope values that the client may request. Always contains `openid`.
    pub scopes: Vec<String>,
    /// Permits the client to show requests to phones without network and to submit their decisions.
    /// The client then sees the signed messages of the person's phones. Set it for the bank's own
    /// pages only.
    pub offline: bool,
}

impl Client {
    /// Returns the scope values of a grant that the client is still registered for, in the order in
    /// which they were granted.
    pub(crate) fn registered_scope(&self, granted: &str) -> String {
        let values = granted.split(' ').filter(|value| self.scopes.iter().any(|scope| scope == value));
        values.collect::<Vec<_>>().join(" ")
    }
}

/// The authentication method of a client (OpenID Connect Core, section 9).
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// `client_secret_basic`.
    SecretBasic(Secret),
    /// `private_key_jwt` by one of these keys, ES256 or PS256.
    PrivateKeyJwt(JwkSet),
}
