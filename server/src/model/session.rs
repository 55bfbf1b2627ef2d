//! Sessions of people at the pages.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::Timestamp;

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Session {
    /// The SHA-256 of the cookie's value.
    pub(crate) id_hash: Digest,
    /// The account that is signed in.
    pub(crate) username: String,
    /// The token that every form must repeat.
    pub(crate) csrf: String,
    /// The creation time.
    pub(crate) created: Timestamp,
    /// The time from which the session is not accepted.
    pub(crate) expires: Timestamp,
}
