//! The table of all events. The document `docs/operators/security-log.md` has the same table.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{EnrolmentId, OfferId, Txn};
use countersign_protocol::message::request;
use serde::Serialize;
use serde_json::Value;

use crate::model::{ApprovalRequestId, Client, ResourceServer};

/// An identifier that is not a secret, or the hash of a random identifier that is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Id(String);

impl Id {
    /// The `client_id` that the operator named. The client may have been removed.
    pub(crate) fn of_named_client(client_id: &str) -> Self {
        Self(client_id.to_owned())
    }
}

/// A keyed hash of an account's subject identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Pseudonym(String);

impl Pseudonym {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }
}

macro_rules! ids {
    ($($type:ty: $text:expr;)*) => {
        $(impl From<&$type> for Id {
            fn from(id: &$type) -> Self {
                let text: fn(&$type) -> String = $text;
                Self(text(id))
            }
        })*
    };
}

ids! {
    ApprovalRequestId: ToString::to_string;
    // The `client_id` of a registered client.
    Client: |client| client.id.clone();
    // SHA-256 of a random identifier or of a signed message.
    Digest: ToString::to_string;
    EnrolmentId: ToString::to_string;
    OfferId: ToString::to_string;
    Txn: ToString::to_string;
    // The identifier of a registered resource server.
    ResourceServer: |server| server.id.clone();
    // The client of an approval request.
    request::Client: |client| client.id.clone();
}

/// Declares the events: variant, name, outcome and fields. A field that is `None` is not written.
macro_rules! events {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal $outcome:ident
        { $($field:ident: $type:ty),* $(,)? })*) => {
        /// A security event. Its fields have types that cannot hold a secret.
        #[derive(Clone, Debug)]
        pub(crate) enum Event {
            $($(#[doc = $doc])+ $variant { $($field: $type),* },)*
        }

        impl Event {
            /// Returns the name.
            pub(super) const fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }

            /// Returns `success` or `failure`.
            pub(super) const fn outcome(&self) -> &'static str {
                match self { $(Self::$variant { .. } => stringify!($outcome),)* }
            }

            /// Returns the fields that have a value.
            pub(super) fn fields(&self) -> Vec<(&'static str, Value)> {
                let fields = match self {
                    $(Self::$variant { $($field),* } => vec![
                        $((stringify!($field), serde_json::to_value($field).unwrap_or_default())),*
                    ],)*
                };
                fields.into_iter().filter(|(_, value)| !value.is_null()).collect()
            }
        }

        /// Name, outcome and fields of every event.
        #[cfg(test)]
        const ALL: &[(&str, &str, &[&str])] = &[
            $(($name, stringify!($outcome), &[$(stringify!($field)),*]),)*
        ];
    };
}

events! {
    /// The server answers calls.
    ServerStarted = "server_started" success { version: &'static str, key_epoch: u32 }
    /// The server stops.
    ServerStopped = "server_stopped" success {}
    /// The configuration cannot be used.
    ConfigurationRejected = "configuration_rejected" failure { reason: &'static str, line: Option<usize> }
    /// The key that signs messages to phones was replaced.
    KeysRotated = "keys_rotated" success { epoch: u32 }
    /// The key that signs ID tokens was replaced.
    IdTokenKeyRotated = "id_token_key_rotated" success { former: &'static str }
    /// A signing key was not replaced.
    KeyRotationRefused = "key_rotation_refused" failure { reason: &'static str }

    /// A user signed in.
    SignedIn = "signed_in" success { account: Pseudonym, familiar_browser: bool }
    /// The user name or the password was wrong.
    SignInFailed = "sign_in_failed" failure { account: Pseudonym, known_account: bool, familiar_browser: bool }
    /// The password was not checked.
    SignInBlocked = "sign_in_blocked" failure { account: Pseudonym, reason: &'static str, familiar_browser: bool }
    /// A user signed out.
    SignedOut = "signed_out" success { account: Pseudonym }

    /// A client or a resource server did not authenticate.
    ClientAuthenticationFailed = "client_authentication_failed" failure {
        client: Option<Id>, reason: &'static str,
    }
    /// A client or the embedding program requested an approval.
    ApprovalRequestCreated = "approval_request_created" success {
        client: Id, account: Pseudonym, approval_request: Id, phones: usize,
    }
    /// An authentication request of a client was stored for an approval request.
    AuthenticationRequestCreated = "authentication_request_created" success {
        client: Id, account: Pseudonym, approval_request: Id, auth_req: Id,
    }
    /// An authentication request was rejected after the client authenticated.
    AuthenticationRequestRefused = "authentication_request_refused" failure {
        client: Id, account: Option<Pseudonym>, reason: &'static str,
    }
    /// An approval request was withdrawn.
    ApprovalRequestCancelled = "approval_request_cancelled" success { approval_request: Id }

    /// A decision was accepted.
    DecisionAccepted = "decision_accepted" success {
        account: Pseudonym, enrolment: Id, client: Id, approval_request: Id, txn: Id, decision: Id,
        kind: &'static str, reason: Option<&'static str>,
    }
    /// A decision with a valid signature had another outcome.
    DecisionNotAccepted = "decision_not_accepted" failure {
        account: Pseudonym, enrolment: Id, client: Id, approval_request: Id, txn: Id, decision: Id,
        kind: &'static str, receipt: &'static str,
    }
    /// A client submitted a decision of a phone without network.
    DecisionSubmitted = "decision_submitted" success {
        client: Id, approval_request: Id, auth_req: Id, receipt: &'static str,
    }
    /// A call of a phone failed a check.
    DeviceCallRejected = "device_call_rejected" failure { code: &'static str, reason: &'static str }

    /// A user created an offer for a new phone.
    OfferCreated = "offer_created" success { account: Pseudonym, offer: Id }
    /// A phone used an offer.
    PhoneEnrolled = "phone_enrolled" success {
        account: Pseudonym, offer: Id, enrolment: Id, state: &'static str,
    }
    /// The confirmation code was right.
    PhoneConfirmed = "phone_confirmed" success { account: Pseudonym, enrolment: Id }
    /// The confirmation code was wrong.
    ConfirmationFailed = "confirmation_failed" failure { account: Pseudonym, enrolment: Id, tries_left: u32 }
    /// An enrolment ended.
    PhoneRevoked = "phone_revoked" success { account: Pseudonym, enrolment: Id, reason: &'static str }
    /// A phone was suspended.
    PhoneSuspended = "phone_suspended" success { account: Pseudonym, enrolment: Id, reason: &'static str }
    /// The suspension of a phone was lifted.
    PhoneReinstated = "phone_reinstated" success { account: Pseudonym, enrolment: Id }
    /// A signed update of a phone was accepted.
    UpdateAccepted = "update_accepted" success { account: Pseudonym, enrolment: Id, change: &'static str }
    /// A signed update of a phone had another outcome.
    UpdateNotAccepted = "update_not_accepted" failure {
        account: Pseudonym, enrolment: Id, change: &'static str, receipt: &'static str,
    }

    /// A client received the tokens of an approved request.
    TokensIssued = "tokens_issued" success {
        client: Id, account: Pseudonym, approval_request: Id, auth_req: Id, access_token: Option<Id>,
        refresh_token: Option<Id>,
    }
    /// A client received an access token for a refresh token.
    TokensRefreshed = "tokens_refreshed" success {
        client: Id, account: Pseudonym, refresh_token: Id, access_token: Id,
    }
    /// A client received no token.
    TokensRefused = "tokens_refused" failure { client: Id, auth_req: Option<Id>, reason: &'static str }
    /// A client revoked a token.
    TokenRevoked = "token_revoked" success { client: Id, account: Pseudonym, kind: &'static str, token: Id }
    /// The operator revoked the tokens of an account or of a client.
    TokensRevoked = "tokens_revoked" success { account: Option<Pseudonym>, client: Option<Id>, tokens: u64 }
    /// A call had an access token that is not valid.
    AccessTokenRejected = "access_token_rejected" failure {}

    /// A limit was reached.
    LimitReached = "limit_reached" failure {
        limit: &'static str, client: Option<Id>, account: Option<Pseudonym>,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The rows of the document with three columns in backticks: event, outcome, fields.
    fn documented() -> BTreeSet<String> {
        let text = include_str!("../../../docs/operators/security-log.md");
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        rows.filter(|row| row.contains("| `success` |") || row.contains("| `failure` |"))
            .map(|row| row.split('|').skip(1).take(3).map(str::trim).collect::<Vec<_>>().join(" | "))
            .collect()
    }

    #[test]
    fn document_has_exactly_the_events_of_the_code() {
        let row = |(name, outcome, fields): &(&str, &str, &[&str])| {
            let fields: Vec<_> = fields.iter().map(|field| format!("`{field}`")).collect();
            format!("`{name}` | `{outcome}` | {}", fields.join(", "))
        };
        let events: BTreeSet<String> = ALL.iter().map(row).collect();
        assert_eq!(documented(), events);
        assert_eq!(events.len(), ALL.len(), "each name occurs once");
    }

    #[test]
    fn missing_values_are_not_written() {
        let event = Event::ClientAuthenticationFailed { client: None, reason: "wrong" };
        assert_eq!(event.fields(), [("reason", Value::from("wrong"))]);
        assert_eq!((event.name(), event.outcome()), ("client_authentication_failed", "failure"));
    }
}
