//! Tokens, and the client assertions that were used.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

use super::StoreError;
use crate::model::{Token, TokenKind};

/// Reads tokens.
#[async_trait]
pub(crate) trait TokenReads {
    /// Returns the token with that hash and kind, if it has not expired.
    async fn token(&mut self, hash: &Digest, kind: TokenKind, now: Timestamp) -> Result<Option<Token>, StoreError>;
}

/// Writes tokens.
#[async_trait]
pub(crate) trait TokenWrites: TokenReads {
    /// Stores a token. Needs no lock.
    async fn insert_token(&mut self, token: &Token) -> Result<(), StoreError>;

    /// Deletes a token. Needs no lock.
    async fn delete_token(&mut self, hash: &Digest) -> Result<(), StoreError>;

    /// Deletes all tokens of a grant. Needs no lock.
    async fn delete_grant(&mut self, id: &Digest) -> Result<(), StoreError>;

    /// Deletes all tokens of an account and returns their number. Needs no lock.
    async fn delete_tokens_of_account(&mut self, sub: &str) -> Result<u64, StoreError>;

    /// Deletes all tokens of a client and returns their number. Needs no lock.
    async fn delete_tokens_of_client(&mut self, client_id: &str) -> Result<u64, StoreError>;

    /// Marks a client assertion as used until `expires`. Returns false if it was used before. Needs
    /// no lock.
    async fn use_assertion(&mut self, client_id: &str, jti: &str, expires: Timestamp) -> Result<bool, StoreError>;
}
