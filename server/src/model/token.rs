//! Access and refresh tokens. Only their hashes are stored.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
}

impl TokenKind {
    /// Returns the name of the kind as the database stores it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }
}

/// The rights that a token carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The SHA-256 of the `auth_req_id` that the tokens were issued for. Tokens of one grant are
    /// revoked together.
    pub(crate) id: Digest,
    /// The client that the token was issued to.
    pub(crate) client_id: String,
    /// The subject identifier of the account that approved.
    pub(crate) sub: String,
    /// The scope values, separated by spaces.
    pub(crate) scope: String,
    /// `authorization_details` as received.
    pub(crate) details: Option<String>,
    /// The approval. Missing for tokens of versions that did not store it.
    pub(crate) approved: Option<Approved>,
}

/// The approval that a token was issued for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Approved {
    /// The time of the user's decision.
    pub(crate) auth_time: Timestamp,
    /// The assurance.
    pub(crate) acr: String,
}

/// A token to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// The SHA-256 of the token.
    pub(crate) hash: Digest,
    /// The kind.
    pub(crate) kind: TokenKind,
    /// The rights.
    pub(crate) grant: Grant,
    /// The creation time.
    pub(crate) created: Timestamp,
    /// The time from which the token is not accepted.
    pub(crate) expires: Timestamp,
}
