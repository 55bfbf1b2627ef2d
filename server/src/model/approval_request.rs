//! Approval requests: the provider's call to the gateway for one decision of an account.

use std::fmt;

use countersign_protocol::message::claims::Timestamp;
use countersign_protocol::message::decision::DenyReason;

use super::InvalidTransition;
use super::validity::is_valid;

/// Identifies an approval request. Phones never see it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApprovalRequestId(pub(crate) String);

impl ApprovalRequestId {
    /// Wraps a stored identifier. An unknown identifier is reported when it is used.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Returns the identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApprovalRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One approval request of an account. The gateway makes one request per phone from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApprovalRequest {
    /// The identifier.
    pub(crate) id: ApprovalRequestId,
    /// The account whose decision is needed, by its subject identifier.
    pub(crate) account: String,
    /// The `client_id` of the client.
    pub(crate) client: String,
    /// If true, no push is sent. The request is delivered through the inbox only.
    pub(crate) quiet: bool,
    /// The creation time.
    pub(crate) created: Timestamp,
    /// The time from which no decision is accepted.
    pub(crate) expires: Timestamp,
    /// The state.
    pub(crate) state: ApprovalState,
}

/// The state of an approval request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum ApprovalState {
    /// No decision yet.
    Pending {
        /// The binding value that the phone must send, for the modes entry, choice and scan.
        expected: Option<String>,
    },
    /// A phone approved.
    Approved(Assurance),
    /// A phone denied, or every phone violated the policy.
    Denied(DenialReason),
    /// A phone sent a wrong binding value.
    BindingMismatch,
    /// The caller withdrew the request, or the last phone that could decide was removed.
    Cancelled,
}

impl ApprovalState {
    /// Returns the name of the state as the database stores it.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Approved(_) => "approved",
            Self::Denied(_) => "denied",
            Self::BindingMismatch => "binding_mismatch",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Debug for ApprovalState {
    /// Shows the name only, so that no log contains a binding value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ApprovalRequest {
    /// Returns true if no decision was made and the request was not cancelled. An expired approval
    /// request stays pending.
    pub(crate) const fn is_pending(&self) -> bool {
        matches!(self.state, ApprovalState::Pending { .. })
    }

    /// Returns the binding value that the phone must send, if there is one and the request is
    /// pending.
    pub(crate) fn expected(&self) -> Option<&str> {
        match &self.state {
            ApprovalState::Pending { expected } => expected.as_deref(),
            _ => None,
        }
    }

    /// Records an approval. The binding value is forgotten.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the approval request is not pending.
    pub(crate) fn approve(&mut self, assurance: Assurance) -> Result<(), InvalidTransition> {
        self.end(ApprovalState::Approved(assurance))
    }

    /// Records a denial. The binding value is forgotten.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the approval request is not pending.
    pub(crate) fn deny(&mut self, reason: DenialReason) -> Result<(), InvalidTransition> {
        self.end(ApprovalState::Denied(reason))
    }

    /// Records a wrong binding value.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the approval request is not pending.
    pub(crate) fn record_mismatch(&mut self) -> Result<(), InvalidTransition> {
        self.end(ApprovalState::BindingMismatch)
    }

    /// Cancels the approval request.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the approval request is not pending.
    pub(crate) fn cancel(&mut self) -> Result<(), InvalidTransition> {
        self.end(ApprovalState::Cancelled)
    }

    /// Returns the outcome for the caller at that time.
    pub(crate) fn outcome(&self, now: Timestamp) -> Outcome {
        match &self.state {
            ApprovalState::Pending { .. } if is_valid(self.created, self.expires, now) => Outcome::Pending,
            ApprovalState::Pending { .. } => Outcome::Expired,
            ApprovalState::Approved(assurance) => Outcome::Approved(assurance.clone()),
            ApprovalState::Denied(reason) => Outcome::Denied { reason: *reason },
            ApprovalState::BindingMismatch => Outcome::BindingMismatch,
            ApprovalState::Cancelled => Outcome::Cancelled,
        }
    }

    fn end(&mut self, to: ApprovalState) -> Result<(), InvalidTransition> {
        if !self.is_pending() {
            let (from, to) = (self.state.as_str(), to.as_str());
            return Err(InvalidTransition { subject: "approval request", from, to });
        }
        self.state = to;
        Ok(())
    }
}

/// The outcome of an approval request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No decision yet.
    Pending,
    /// The person approved.
    Approved(Assurance),
    /// The person denied, or the decision violated the policy.
    Denied {
        /// The reason.
        reason: DenialReason,
    },
    /// The person typed, chose or scanned another value than the other screen showed.
    BindingMismatch,
    /// No decision arrived in time.
    Expired,
    /// The caller cancelled the request, or the last phone that could decide was removed.
    Cancelled,
}

/// The reason of a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DenialReason {
    /// The reason that the user chose.
    User(DenyReason),
    /// The decision violated the policy.
    Policy,
}

impl DenialReason {
    const POLICY: &str = "policy";

    /// Returns the stable name: the name of a [`DenyReason`], or `policy`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User(reason) => reason.as_str(),
            Self::Policy => Self::POLICY,
        }
    }

    /// Returns the reason with that stable name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        if name == Self::POLICY {
            return Some(Self::Policy);
        }
        DenyReason::ALL.into_iter().find(|reason| reason.as_str() == name).map(Self::User)
    }
}

impl fmt::Display for DenialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The strength of an approval. It follows from the key that signed the approval and from what is
/// proved about that key.
///
/// A phone states how its keys are protected. Attestation is not verified yet, so nothing is proved
/// and every key counts as software. `acr` is `urn:countersign:acr:uv-software`. `amr` (RFC 8176)
/// is `swk` for the software key and `user` for the user presence that the key requires. `hwk` and
/// a hardware `acr` require verified attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assurance {
    /// The authentication context class.
    pub acr: String,
    /// The authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// The time at which the approval arrived.
    pub auth_time: Timestamp,
}

impl Assurance {
    /// The `acr` of an approval by a user-verification key of unproved protection.
    pub(crate) const UV_SOFTWARE: &str = "urn:countersign:acr:uv-software";

    /// Returns the assurance of an approval by a user-verification key of unproved protection.
    pub(crate) fn uv_software(auth_time: Timestamp) -> Self {
        let amr = ["swk", "user"].map(str::to_owned).to_vec();
        Self { acr: Self::UV_SOFTWARE.to_owned(), amr, auth_time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn pending() -> ApprovalRequest {
        ApprovalRequest {
            id: ApprovalRequestId::from_text("a"),
            account: "alice".to_owned(),
            client: "shop".to_owned(),
            quiet: false,
            created: at(0),
            expires: at(300),
            state: ApprovalState::Pending { expected: Some("123456".to_owned()) },
        }
    }

    #[test]
    fn approval_request_ends_once() {
        let assurance = Assurance::uv_software(at(5));
        type End = fn(&mut ApprovalRequest) -> Result<(), InvalidTransition>;
        let ends: [End; 4] = [
            |request| request.approve(Assurance::uv_software(at(5))),
            |request| request.deny(DenialReason::Policy),
            ApprovalRequest::record_mismatch,
            ApprovalRequest::cancel,
        ];
        let outcomes = [
            Outcome::Approved(assurance),
            Outcome::Denied { reason: DenialReason::Policy },
            Outcome::BindingMismatch,
            Outcome::Cancelled,
        ];
        for (end, outcome) in ends.iter().zip(outcomes) {
            let mut request = pending();
            end(&mut request).unwrap();
            assert_eq!(request.outcome(at(400)), outcome);
            assert_eq!(request.expected(), None);
            for second in &ends {
                let before = request.clone();
                assert!(second(&mut request).is_err());
                assert_eq!(request, before);
            }
        }
    }

    #[test]
    fn pending_approval_request_expires_at_its_end() {
        assert_eq!(pending().outcome(at(299)), Outcome::Pending);
        assert_eq!(pending().outcome(at(300)), Outcome::Expired);
    }

    #[test]
    fn debug_hides_the_binding_value() {
        assert!(!format!("{:?}", pending()).contains("123456"));
    }

    #[test]
    fn denial_reasons_are_found_by_name() {
        for reason in DenyReason::ALL.map(DenialReason::User).into_iter().chain([DenialReason::Policy]) {
            assert_eq!(DenialReason::from_name(reason.as_str()), Some(reason));
        }
        assert_eq!(DenialReason::from_name("unknown"), None);
    }
}
