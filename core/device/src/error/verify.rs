//! The reason why a message was rejected, for diagnostics and test vectors.

use countersign_protocol::jose::JoseError;

/// The reason why a message was rejected, for diagnostics and test vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum VerifyError {
    /// The form, encryption, signature or claims of the message are wrong.
    #[error("{0}")]
    Jose(#[from] JoseError),
    /// The push does not have the members of an ADP/1 push.
    #[error("the push is not an ADP/1 push")]
    Push,
    /// The message names an enrolment that this device does not have.
    #[error("the message is for an enrolment that this device does not have")]
    Enrolment,
    /// The message names another issuer than the one of the enrolment.
    #[error("the message is from another issuer")]
    Issuer,
    /// The message is addressed to a key that is not a device key of the enrolment.
    #[error("the message is addressed to another device")]
    Audience,
    /// The lifetime of the request or metadata exceeds the maximum of the protocol, or is zero or
    /// negative.
    #[error("the lifetime of the message is outside the limits of the protocol")]
    Lifetime,
    /// The message is past its expiry.
    #[error("the message has expired")]
    Expired,
    /// An identifier was used before with other content.
    #[error("the message repeats an identifier with other content")]
    Replay,
    /// The message does not repeat the nonce of the call.
    #[error("the message does not repeat the nonce of the call")]
    Nonce,
    /// The hash in the receipt is not the hash of the message that was sent.
    #[error("the receipt is for another message")]
    Receipt,
    /// The enrolment has too many requests: pending, waiting for a receipt, or closed but not
    /// expired.
    #[error("the enrolment has too many requests that are pending or have not expired")]
    Overfull,
    /// The inbox has more requests than it counts.
    #[error("the inbox has more requests than it counts")]
    Count,
    /// The metadata has a lower epoch, or an earlier time, than the metadata that the device has.
    #[error("the metadata is older than the metadata of this device")]
    Epoch,
    /// The metadata names an endpoint outside the issuer's origin, or has no keys or no pins.
    #[error("the metadata names an endpoint of another origin")]
    Endpoint,
    /// The key store cannot decrypt the message.
    #[error("the key store cannot decrypt the message")]
    KeyStore,
    /// The issuer signed that the last message number of the enrolment is used.
    #[error("the message numbers of this enrolment are used up")]
    Number,
}

impl VerifyError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Jose(error) => error.code(),
            Self::Push => "push",
            Self::Enrolment => "enrolment",
            Self::Issuer => "issuer",
            Self::Audience => "audience",
            Self::Lifetime => "lifetime",
            Self::Expired => "expired",
            Self::Replay => "replay",
            Self::Nonce => "nonce",
            Self::Receipt => "receipt",
            Self::Overfull => "overfull",
            Self::Count => "count",
            Self::Epoch => "epoch",
            Self::Endpoint => "endpoint",
            Self::KeyStore => "key_store",
            Self::Number => "number",
        }
    }
}
