//! Sessions of people at the pages, and failed sign-ins.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

use super::Secret;

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// The SHA-256 of the cookie's value.
    pub(crate) id_hash: Digest,
    /// The subject identifier of the account that is signed in.
    pub(crate) sub: String,
    /// The SHA-256 of the account's password hash at the sign-in. The session ends if it changes.
    pub(crate) password_hash: Digest,
    /// The token that every form must repeat.
    pub(crate) csrf: Secret,
    /// The creation time.
    pub(crate) created: Timestamp,
    /// The time from which the session is not accepted.
    pub(crate) expires: Timestamp,
}

/// The failed sign-ins of one name, or of one familiar browser.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SignInCount {
    /// The number of failed sign-ins.
    pub(crate) failures: u32,
    /// The time at which the count begins again. `None` without failures.
    pub(crate) expires: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_token_of_the_forms() {
        let session = Session {
            id_hash: Digest::of(b"cookie"),
            sub: "1".to_owned(),
            password_hash: Digest::of(b"password"),
            csrf: Secret::new("f0rm-t0ken".to_owned()),
            created: Timestamp::from_seconds(1),
            expires: Timestamp::from_seconds(2),
        };
        assert!(!format!("{session:?}").contains("f0rm-t0ken"));
    }
}
