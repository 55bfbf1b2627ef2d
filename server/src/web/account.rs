//! Password checks.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::{Web, WebError};
use crate::model::{Account, PasswordCost, Secret};

/// The number of passwords that are verified at the same time. Each uses one core and the memory
/// that its hash names.
const AT_ONCE: usize = 2;

/// How long an attempt waits for its turn before it is answered with 503.
const PATIENCE: Duration = Duration::from_secs(1);

/// Verifies a limited number of passwords at the same time.
pub(super) struct PasswordChecks {
    /// The hash that is verified for an unknown user name. It costs as much as that of an account.
    nobody: Secret,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl PasswordChecks {
    /// Makes checks that cost as much for unknown user names as for those with this cost.
    pub(super) fn new(cost: &PasswordCost) -> Self {
        Self { nobody: cost.hash_of_nobody(), places: Arc::new(Semaphore::new(AT_ONCE)), patience: PATIENCE }
    }

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
    /// Returns the account if the password is right. An unknown account takes the same time as an
    /// account with the most common cost of password hashes.
    pub(super) async fn check_password(
        &self,
        account: Option<Arc<Account>>,
        password: Zeroizing<String>,
    ) -> Result<Option<Arc<Account>>, WebError> {
        let hash = account.as_ref().map_or(&self.password_checks.nobody, |account| &account.password).clone();
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
    fn unknown_name_costs_as_much_as_an_account() {
        let cost = PasswordCost::of(&Secret::new("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA".to_owned())).unwrap();
        assert_eq!(PasswordCost::of(&PasswordChecks::new(&cost).nobody), Some(cost));
    }

    #[tokio::test]
    async fn attempt_without_free_slot_is_answered_with_503() {
        let places = Arc::new(Semaphore::new(1));
        let checks =
            PasswordChecks { places, patience: Duration::ZERO, ..PasswordChecks::new(&PasswordCost::default()) };
        let taken = checks.places.clone().acquire_owned().await.unwrap();
        let check = || checks.is_right(checks.nobody.clone(), Zeroizing::new("x".to_owned()));
        let response = check().await.unwrap_err().into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
        drop(taken);
        assert!(!check().await.unwrap());
    }
}
