//! Accounts of the directory.

use super::Secret;

/// A person who can sign in and add phones.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user name for the sign-in page, and the `login_hint` of clients.
    pub username: String,
    /// The argon2 hash of the password, as a PHC string.
    pub password: Secret,
    /// The subject identifier in tokens.
    pub sub: String,
    /// The name that the phone shows beside the issuer's name.
    pub name: String,
}

impl Account {
    /// Returns the identifier under which the gateway knows the account. The security log makes its
    /// pseudonym from it.
    pub(crate) fn gateway_id(&self) -> &str {
        &self.username
    }
}
