//! The directory of accounts and clients.

mod config;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{Account, Client, ResourceServer};

pub use crate::model::PasswordCost;

pub use config::ConfigDirectory;

/// A source of accounts and clients.
#[async_trait]
pub trait Directory: Debug + Send + Sync {
    /// Returns the client with that `client_id`.
    ///
    /// # Errors
    /// [`DirectoryError`] if the source does not respond.
    async fn client(&self, id: &str) -> Result<Option<Arc<Client>>, DirectoryError>;

    /// Returns the resource server with that identifier.
    ///
    /// # Errors
    /// [`DirectoryError`] if the source does not respond.
    async fn resource_server(&self, id: &str) -> Result<Option<Arc<ResourceServer>>, DirectoryError>;

    /// Returns the account with that user name.
    ///
    /// # Errors
    /// [`DirectoryError`] if the source does not respond.
    async fn account(&self, username: &str) -> Result<Option<Arc<Account>>, DirectoryError>;

    /// Returns the account with that subject identifier.
    ///
    /// # Errors
    /// [`DirectoryError`] if the source does not respond.
    async fn account_by_sub(&self, sub: &str) -> Result<Option<Arc<Account>>, DirectoryError>;

    /// Returns the most common cost of the password hashes. An unknown user name causes the same
    /// cost at the sign-in page, so that the duration does not reveal which accounts exist.
    ///
    /// # Errors
    /// [`DirectoryError`] if the source does not respond.
    async fn password_cost(&self) -> Result<PasswordCost, DirectoryError>;

    /// Returns the scope values that any client may request, sorted and without duplicates.
    ///
    /// # Errors
    /// [`DirectoryError`] if the source does not respond.
    async fn scopes(&self) -> Result<Vec<String>, DirectoryError>;
}

/// A directory that did not respond.
#[derive(Debug, thiserror::Error)]
#[error("the directory of accounts and clients did not respond: {0}. Try again later.")]
pub struct DirectoryError(#[source] pub Box<dyn std::error::Error + Send + Sync>);
