//! An enrolment: the registration of one phone for one account at one issuer.

use std::sync::Arc;

use countersign_core as core;
use countersign_core::message::claims::EnrolmentId;

pub use countersign_core::message::enrolment::{PushAddress, PushKind};
pub use countersign_core::message::status::EnrolmentState;

use crate::{AuthenticatorError, Cancellation, DecisionKind, DenyReason, Protection, ReceiptOutcome, evidence, guard};

/// An enrolment of this phone, with the calls that change it.
#[derive(uniffi::Object)]
pub struct Enrolment {
    authenticator: core::Authenticator,
    id: EnrolmentId,
}

/// An enrolment for display in an app. Its debug output omits the confirmation code.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct EnrolmentInfo {
    /// The id of the enrolment.
    pub id: String,
    /// The issuer URL of the bank's OpenID Provider.
    pub issuer: String,
    /// The name of the bank for display.
    pub issuer_name: String,
    /// The name of the account for display.
    pub account_label: String,
    /// The state of the enrolment.
    pub state: EnrolmentState,
    /// The six digits that the user types on the bank's page, while the enrolment is pending.
    pub confirm_code: Option<String>,
    /// The protection of its keys.
    pub protection: Protections,
    /// Set when the issuer reports a message number that this phone never used, in seconds since
    /// 1970-01-01 UTC. The state of this phone was rolled back, or a copy of it is in use. Ask the
    /// user to call the bank unless they restored this phone.
    pub rollback_detected_at_seconds: Option<i64>,
    /// The app version that the bank requires, if this app is older. Until the app is updated,
    /// requests can only be denied. Ask the user to update the app.
    #[uniffi(default = None)]
    pub required_app_version: Option<String>,
}

/// The state of an enrolment.
#[uniffi::remote(Enum)]
pub enum EnrolmentState {
    /// The issuer waits for the confirmation code.
    Pending,
    /// The enrolment can approve and deny.
    Active,
    /// The issuer stopped approvals. The enrolment can only deny.
    Suspended,
    /// The enrolment has ended permanently and its keys are deleted.
    Revoked,
}

/// The protection of each of the three keys.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Protections {
    /// The device key.
    pub dk: Protection,
    /// The user-verification key.
    pub uvk: Protection,
    /// The encryption key.
    pub ek: Protection,
}

/// The address for pushes. Its debug output omits the token.
#[uniffi::remote(Record)]
pub struct PushAddress {
    /// The push service.
    pub kind: PushKind,
    /// The service's token for this app on this phone. None for `Stream` and `None`.
    #[uniffi(default = None)]
    pub token: Option<String>,
}

/// A push service.
#[uniffi::remote(Enum)]
pub enum PushKind {
    /// Firebase Cloud Messaging.
    Fcm,
    /// Apple Push Notification service.
    Apns,
    /// Server-Sent Events of the issuer's own server.
    Stream,
    /// No pushes. Only `refresh` fetches requests.
    None,
}

/// A past decision.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HistoryEntry {
    /// The identifier of the request.
    pub txn: String,
    /// The name of the client, as displayed.
    pub client: String,
    /// The user's decision.
    pub decision: DecisionKind,
    /// The reason for a denial.
    pub reason: Option<DenyReason>,
    /// The outcome that the receipt states. `None` until the receipt arrives, and if the decision
    /// was abandoned.
    pub outcome: Option<ReceiptOutcome>,
    /// True if the decision was abandoned: it has no receipt and can no longer be accepted. The
    /// issuer has not confirmed whether an earlier transmission was accepted.
    pub abandoned: bool,
    /// The time of the decision by the issuer's clock, in seconds since 1970-01-01 UTC.
    pub at_seconds: i64,
}

impl Enrolment {
    pub(crate) fn new(authenticator: &core::Authenticator, id: EnrolmentId) -> Arc<Self> {
        Arc::new(Self { authenticator: authenticator.clone(), id })
    }
}

#[uniffi::export]
impl Enrolment {
    /// Returns the current state of the enrolment.
    pub fn info(&self) -> Result<EnrolmentInfo, AuthenticatorError> {
        guard::call(|| {
            let known = self.authenticator.enrolments().into_iter().find(|enrolment| enrolment.id == self.id);
            known.map(EnrolmentInfo::from).ok_or(core::AuthenticatorError::UnknownEnrolment)
        })
    }

    /// Returns the stored decisions, oldest first.
    pub fn history(&self) -> Result<Vec<HistoryEntry>, AuthenticatorError> {
        guard::call(|| {
            let decisions = self.authenticator.history(&self.id)?;
            Ok::<_, core::AuthenticatorError>(decisions.into_iter().map(HistoryEntry::from).collect())
        })
    }

    /// Returns the evidence of the stored decisions that have a receipt, as a JSON file.
    ///
    /// `countersign verify-evidence` verifies the file without other data. None if there is no such
    /// decision.
    pub fn evidence(&self) -> Result<Option<String>, AuthenticatorError> {
        guard::call(|| evidence::file(self.authenticator.evidence_of(&self.id)?))
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl Enrolment {
    /// Replaces the push address at the issuer.
    ///
    /// Call it whenever the push service gives the app another token.
    #[uniffi::method(default(cancellation = None))]
    pub async fn update_push_address(
        &self,
        address: PushAddress,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<(), AuthenticatorError> {
        guard::run(cancellation, self.authenticator.update_push_address(&self.id, address)).await
    }

    /// Rotates the device key and the encryption key. The user-verification key stays.
    ///
    /// If the process ends before the receipt arrives, the old keys stay valid. A `refresh` or
    /// another call completes the rotation.
    #[uniffi::method(default(cancellation = None))]
    pub async fn rotate_keys(&self, cancellation: Option<Arc<Cancellation>>) -> Result<(), AuthenticatorError> {
        guard::run(cancellation, self.authenticator.rotate_keys(&self.id)).await
    }

    /// Rotates all three keys. Prompts the user twice: for the old user-verification key, then for
    /// the new one.
    ///
    /// A cancelled prompt changes nothing. If the process ends before the receipt arrives, the old
    /// keys stay valid, and a `refresh` or another call completes the rotation. Until then an
    /// approval fails with `RotationConflict`. While an approval waits for its receipt, this call
    /// fails with `RotationConflict`. It fails with `KeyStore` and the code `Invalidated` if the
    /// phone invalidated the old user-verification key. The bank then identifies the user and makes
    /// a new offer.
    #[uniffi::method(default(cancellation = None))]
    pub async fn rotate_all_keys(&self, cancellation: Option<Arc<Cancellation>>) -> Result<(), AuthenticatorError> {
        guard::run(cancellation, self.authenticator.rotate_all_keys(&self.id)).await
    }

    /// Revokes the enrolment. Its keys are deleted after the issuer's receipt.
    ///
    /// Repeating it after a lost receipt succeeds.
    #[uniffi::method(default(cancellation = None))]
    pub async fn unenrol(&self, cancellation: Option<Arc<Cancellation>>) -> Result<(), AuthenticatorError> {
        guard::run(cancellation, self.authenticator.unenrol(&self.id)).await
    }

    /// Ends the enrolment on this phone only, and deletes its keys. The issuer is not informed and
    /// still lists this phone.
    ///
    /// It is for an enrolment that `unenrol` cannot end, for example because the issuer no longer
    /// exists. Call `unenrol` first, and ask the user to confirm. The enrolment stays in the list
    /// as `Revoked`, with its history and evidence. Repeating the call succeeds.
    #[uniffi::method(default(cancellation = None))]
    pub async fn forget(&self, cancellation: Option<Arc<Cancellation>>) -> Result<(), AuthenticatorError> {
        guard::run(cancellation, self.authenticator.forget(&self.id)).await
    }
}

impl From<core::authenticator::HistoryEntry> for HistoryEntry {
    fn from(entry: core::authenticator::HistoryEntry) -> Self {
        Self {
            txn: entry.txn.to_string(),
            client: entry.client,
            decision: entry.decision,
            reason: entry.reason,
            outcome: entry.outcome,
            abandoned: entry.abandoned,
            at_seconds: entry.at.seconds(),
        }
    }
}

impl From<core::EnrolmentInfo> for EnrolmentInfo {
    fn from(info: core::EnrolmentInfo) -> Self {
        Self {
            id: info.id.to_string(),
            issuer: info.issuer.to_string(),
            issuer_name: info.account.issuer_name,
            account_label: info.account.label,
            state: info.state,
            confirm_code: info.confirm_code,
            protection: Protections { dk: info.protection.dk, uvk: info.protection.uvk, ek: info.protection.ek },
            rollback_detected_at_seconds: info.rollback_detected_at.map(core::message::claims::Timestamp::seconds),
            required_app_version: info.required_app_version.map(String::from),
        }
    }
}
