//! One enrolment: one phone, one account, one bank.

use std::sync::Arc;

use countersign_core as core;
use countersign_core::message::claims::EnrolmentId;
use countersign_core::message::{enrolment, status};

use crate::{AuthenticatorError, Cancellation, DecisionKind, DenyReason, Protection, ReceiptOutcome, evidence, guard};

/// An enrolment of this phone, and what can be done with it.
#[derive(uniffi::Object)]
pub struct Enrolment {
    authenticator: core::Authenticator,
    id: EnrolmentId,
}

/// An enrolment, as an app shows it. The confirmation code is not in what is printed of it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct EnrolmentInfo {
    /// Its name.
    pub id: String,
    /// The issuer: the bank's OpenID Provider, as a URL.
    pub issuer: String,
    /// The bank, as the user knows it.
    pub issuer_name: String,
    /// The account, as the user knows it.
    pub account_label: String,
    /// Where it stands.
    pub state: EnrolmentState,
    /// The six digits to be typed into the bank's page, while it waits for them.
    pub confirm_code: Option<String>,
    /// Where its keys live.
    pub protection: Protections,
    /// When it was noticed that the bank has heard more from this phone than this phone knows of, in seconds since 1970-01-01 UTC:
    /// an older state was put back, or a copy of it is in use. Ask the user; whoever restored nothing calls the bank.
    pub restored_at_seconds: Option<i64>,
}

/// Where an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum EnrolmentState {
    /// The bank waits for the confirmation code.
    Pending,
    /// In use.
    Active,
    /// Held by the bank: it can deny and not approve.
    Suspended,
    /// Ended; its keys are deleted.
    Revoked,
}

/// Where each of the three keys lives.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Protections {
    /// The device key.
    pub dk: Protection,
    /// The user-verification key.
    pub uvk: Protection,
    /// The encryption key.
    pub ek: Protection,
}

/// Where pushes go. The token is not in what is printed of it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct PushAddress {
    /// By which service.
    pub kind: PushKind,
    /// The service's token for this app on this phone; none for `Stream` and `None`.
    #[uniffi(default = None)]
    pub token: Option<String>,
}

/// A push service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum PushKind {
    /// Firebase Cloud Messaging.
    Fcm,
    /// Apple Push Notification service.
    Apns,
    /// Server-Sent Events of the bank's own server.
    Stream,
    /// None: requests come by `refresh` alone.
    None,
}

/// One answer of the past.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct HistoryEntry {
    /// The request's name on this phone.
    pub txn: String,
    /// Who asked, as shown.
    pub client: String,
    /// What the user answered.
    pub answer: DecisionKind,
    /// Why it was denied.
    pub reason: Option<DenyReason>,
    /// What the receipt says; nothing as long as none came.
    pub outcome: Option<ReceiptOutcome>,
    /// When, in seconds since 1970-01-01 UTC, by the bank's time.
    pub at_seconds: i64,
}

impl Enrolment {
    pub(crate) fn new(authenticator: &core::Authenticator, id: EnrolmentId) -> Arc<Self> {
        Arc::new(Self { authenticator: authenticator.clone(), id })
    }
}

#[uniffi::export]
impl Enrolment {
    /// How it stands now.
    pub fn info(&self) -> Result<EnrolmentInfo, AuthenticatorError> {
        guard::call(|| {
            let known = self.authenticator.enrolments().into_iter().find(|enrolment| enrolment.id == self.id);
            known.map(EnrolmentInfo::from).ok_or(core::AuthenticatorError::UnknownEnrolment)
        })
    }

    /// What the user answered, oldest first, as far as it is kept.
    pub fn history(&self) -> Result<Vec<HistoryEntry>, AuthenticatorError> {
        guard::call(|| {
            let answers = self.authenticator.history(&self.id)?;
            Ok::<_, core::AuthenticatorError>(answers.into_iter().map(HistoryEntry::from).collect())
        })
    }

    /// What this phone can prove of the answers that are kept and have a receipt: a file (JSON) that `countersign verify-evidence`
    /// checks from the file alone. Nothing where there is no such answer yet.
    pub fn evidence(&self) -> Result<Option<String>, AuthenticatorError> {
        guard::call(|| evidence::file(self.authenticator.evidence_of(&self.id)?))
    }
}

#[cfg_attr(feature = "full", uniffi::export(async_runtime = "tokio"))]
#[cfg_attr(not(feature = "full"), uniffi::export)]
impl Enrolment {
    /// Tells the bank where pushes go from now on: call it whenever the push service gives the app another token.
    #[uniffi::method(default(cancellation = None))]
    pub async fn update_push_address(
        &self,
        address: PushAddress,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<(), AuthenticatorError> {
        guard::run(cancellation, self.authenticator.update_push_address(&self.id, address.into())).await
    }

    /// Replaces the device key and the encryption key; the user-verification key stays. Killed half-way or without an answer, the
    /// old keys still count, and a `refresh` or another call finishes it.
    #[uniffi::method(default(cancellation = None))]
    pub async fn rotate_keys(&self, cancellation: Option<Arc<Cancellation>>) -> Result<(), AuthenticatorError> {
        guard::run(cancellation, self.authenticator.rotate_keys(&self.id)).await
    }

    /// Replaces all three keys. Prompts the user twice: with the old user-verification key, then with the new one. A prompt that is
    /// closed changes nothing. Killed half-way or without an answer, the old keys still count, and a `refresh` or another call
    /// finishes it; until then no approval is made, and it does not begin while an approval waits: `Unsettled`. A user-verification
    /// key that the phone has invalidated cannot agree (`key_invalidated`): the bank identifies the user and makes a new offer.
    #[uniffi::method(default(cancellation = None))]
    pub async fn rotate_all_keys(&self, cancellation: Option<Arc<Cancellation>>) -> Result<(), AuthenticatorError> {
        guard::run(cancellation, self.authenticator.rotate_all_keys(&self.id)).await
    }

    /// Ends the enrolment. Its keys go once the bank's receipt says so, never before.
    #[uniffi::method(default(cancellation = None))]
    pub async fn unenrol(&self, cancellation: Option<Arc<Cancellation>>) -> Result<(), AuthenticatorError> {
        guard::run(cancellation, self.authenticator.unenrol(&self.id)).await
    }
}

impl From<core::authenticator::HistoryEntry> for HistoryEntry {
    fn from(entry: core::authenticator::HistoryEntry) -> Self {
        Self {
            txn: entry.txn.to_string(),
            client: entry.client,
            answer: entry.answer.into(),
            reason: entry.reason.map(DenyReason::from),
            outcome: entry.outcome.map(ReceiptOutcome::from),
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
            state: info.state.into(),
            confirm_code: info.confirm_code,
            protection: Protections {
                dk: info.protection.dk.into(),
                uvk: info.protection.uvk.into(),
                ek: info.protection.ek.into(),
            },
            restored_at_seconds: info.restored.map(core::message::claims::Timestamp::seconds),
        }
    }
}

impl From<status::EnrolmentState> for EnrolmentState {
    fn from(state: status::EnrolmentState) -> Self {
        match state {
            status::EnrolmentState::Pending => Self::Pending,
            status::EnrolmentState::Active => Self::Active,
            status::EnrolmentState::Suspended => Self::Suspended,
            status::EnrolmentState::Revoked => Self::Revoked,
        }
    }
}

impl From<PushAddress> for enrolment::PushAddress {
    fn from(address: PushAddress) -> Self {
        let kind = match address.kind {
            PushKind::Fcm => enrolment::PushKind::Fcm,
            PushKind::Apns => enrolment::PushKind::Apns,
            PushKind::Stream => enrolment::PushKind::Stream,
            PushKind::None => enrolment::PushKind::None,
        };
        Self { kind, token: address.token }
    }
}
