//! Counters that limit requests: the history of an account, and the current load.

use countersign_protocol::message::claims::Timestamp;

/// The history of an account that restricts new requests. A new request resets nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Guard {
    /// The number of wrong binding values since the last right one.
    pub(crate) binding_failures: u32,
    /// No approval request is accepted before this time.
    pub(crate) cool_until: Timestamp,
    /// The number of denials as `not_me` since `not_me_since`.
    pub(crate) not_me: u32,
    /// The time of the first of these denials.
    pub(crate) not_me_since: Timestamp,
    /// No push is sent before this time.
    pub(crate) quiet_until: Timestamp,
}

impl Default for Guard {
    fn default() -> Self {
        let never = Timestamp::from_seconds(0);
        Self { binding_failures: 0, cool_until: never, not_me: 0, not_me_since: never, quiet_until: never }
    }
}

/// The number of approval requests in the last minute, and the number of pending ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Approval requests of the account in the last minute.
    pub(crate) of_account: u32,
    /// Approval requests of the client in the last minute.
    pub(crate) of_client: u32,
    /// Approval requests of the client for the account in the last minute.
    pub(crate) of_client_for_account: u32,
    /// Pending approval requests of the account.
    pub(crate) waiting: u32,
    /// Pending approval requests of the client for the account.
    pub(crate) waiting_of_client: u32,
}
