//! Password checks.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::{Web, WebError};
use crate::model::{Account, Secret};

/// A hash without a known password. Verifying it takes as long as verifying a real one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ24tbm8$xlMqk6hUyzCVJU8Wu0cXfFwI8Z7cAUWpq3lFs0bA3pE";

/// The number of passwords that are verified at the same time. Each uses one core and the memory
/// that its hash names.
const AT_ONCE: usize = 2;

/// How long an attempt waits for its turn before it is answered with 503.
const PATIENCE: Duration = Duration::from_secs(1);

/// Limits the number of concurrent password checks.
pub(super) struct PasswordChecks {
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Default for PasswordChecks {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), patience: PATIENCE }
    }
}

impl PasswordChecks {
    async fn is_right(&self, hash: Secret, password: Zeroizing<String>) -> Result<bool, WebError> {
        // Waiting here uses no thread, and the wait is short, so neither memory nor a queue can
        // grow without limit.
        let place = tokio::time::timeout(self.patience, self.places.clone().acquire_owned()).await;
        let place = place.map_err(|_| WebError::Busy)?.map_err(|_| WebError::Failed)?;
        let check = tokio::task::spawn_blocking(move || {
            let _place = place;
            let hash = PasswordHash::new(hash.expose());
            hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        });
        check.await.map_err(|_| WebError::Failed)
    }
}

impl Web {
    /// Returns the account if the password is right. Takes the same time if there is no account.
    pub(super) async fn check_password(
        &self,
        account: Option<Arc<Account>>,
        password: Zeroizing<String>,
    ) -> Result<Option<Arc<Account>>, WebError> {
        let hash = account.as_ref().map_or_else(|| Secret::new(NOBODY.to_owned()), |account| account.password.clone());
        let right = self.password_checks.is_right(hash, password).await?;
        Ok(account.filter(|_| right))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{StatusCode, header};
    use axum::response::IntoResponse;

    use super::*;

    #[test]
    fn placeholder_hash_is_valid() {
        assert!(PasswordHash::new(NOBODY).is_ok());
    }

    #[tokio::test]
    async fn attempt_without_free_slot_is_answered_with_503() {
        let checks = PasswordChecks { places: Arc::new(Semaphore::new(1)), patience: Duration::ZERO };
        let taken = checks.places.clone().acquire_owned().await.unwrap();
        let check = || checks.is_right(Secret::new(NOBODY.to_owned()), Zeroizing::new("x".to_owned()));
        let response = check().await.unwrap_err().into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        drop(taken);
        assert!(!check().await.unwrap());
    }
}
