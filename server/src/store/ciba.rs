//! Authentication requests of clients.

use async_trait::async_trait;
use countersign_protocol::jose::Digest;

use super::StoreError;
use crate::model::CibaRequest;

/// Reads authentication requests.
#[async_trait]
pub(crate) trait CibaReads {
    /// Returns the request with that hash, if that client made it.
    async fn ciba_request(&mut self, id_hash: &Digest, client_id: &str) -> Result<Option<CibaRequest>, StoreError>;
}

/// Writes authentication requests.
#[async_trait]
pub(crate) trait CibaWrites: CibaReads {
    /// Stores a new request. Needs no lock.
    async fn insert_ciba_request(&mut self, request: &CibaRequest) -> Result<(), StoreError>;

    /// Stores the state of a request. Needs its lock.
    async fn save_ciba_request(&mut self, request: &CibaRequest) -> Result<(), StoreError>;
}
