//! Passwords.

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use zeroize::Zeroizing;

use super::{Web, WebError};
use crate::config::{Account, Secret};

/// Hash of a password nobody has: checking it takes as long as checking a real one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ24tbm8$xlMqk6hUyzCVJU8Wu0cXfFwI8Z7cAUWpq3lFs0bA3pE";

impl Web {
    /// The account of that name, if the password is right. Takes the same time if there is no such account.
    pub(super) async fn check_password(
        &self,
        username: &str,
        password: Zeroizing<String>,
    ) -> Result<Option<&Account>, WebError> {
        let account = self.base.config.account(username);
        let hash = account.map_or_else(|| Secret::new(NOBODY.to_owned()), |account| account.password.clone());
        // The permit waits here and not on a thread: many attempts at once queue up instead of filling the memory.
        let permit = self.password_checks.clone().acquire_owned().await.map_err(|_| WebError::Failed)?;
        let right = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let hash = PasswordHash::new(hash.expose());
            hash.is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
        .map_err(|_| WebError::Failed)?;
        Ok(account.filter(|_| right))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_nobody_is_a_hash() {
        assert!(PasswordHash::new(NOBODY).is_ok());
    }
}
