//! `adp-decision+jwt`, from the device to the provider: the user's decision.
//!
//! The user-verification key (UVK) signs an approval and the device key (DK) signs a denial.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{EnrolmentId, Issuer, Jti, Locale, Nonce, Timestamp, Txn};
use super::history::History;
use super::number::Number;
use crate::jose::Digest;
use crate::names::stable_names;
use crate::review::{DisplayModel, Model};

/// The decision on one request. The device stores it before the first transmission and always sends
/// the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The enrolment.
    pub iss: EnrolmentId,
    /// The issuer.
    pub aud: Issuer,
    /// The unique id of the message (RFC 7519 §4.1.7).
    pub jti: Jti,
    /// The message number, which is used only once per enrolment.
    pub number: Number,
    /// The time of the decision, from the trusted clock of the device.
    pub iat: Timestamp,
    /// The time of expiry: the `exp` of the request.
    pub exp: Timestamp,
    /// The id of the request.
    pub txn: Txn,
    /// SHA-256 of the request JWS as received.
    pub request_hash: Digest,
    /// The hash of the display ([`crate::review`]). It is absent if the user denied without opening
    /// the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_hash: Option<Digest>,
    /// The rules that built the display. Present only with a display, and only if the server
    /// announces the model ([`Feature::DisplayModel4`](super::features::Feature::DisplayModel4)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_model: Option<DisplayModel>,
    /// The decision.
    pub decision: DecisionKind,
    /// The reason for a denial.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DenyReason>,
    /// The binding value that the user typed, chose or scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<String>,
    /// Amount and payee of each payment as shown (dynamic linking, PSD2 RTS Art. 5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Vec<Payment>>,
    /// The nonce of the request.
    pub nonce: Nonce,
    /// The circumstances of the decision.
    pub ceremony: Ceremony,
    /// The earlier decisions of the enrolment. Present if the server announces
    /// [`Feature::History`](super::features::Feature::History).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

impl Message for Decision {
    const TYP: &'static str = "adp-decision+jwt";
}

impl Decision {
    /// Returns the model of the display, or `None` if this version does not know it. A decision
    /// that names no model has [`Model::UNNAMED`].
    #[must_use]
    pub fn model(&self) -> Option<Model> {
        self.display_model.as_ref().map_or(Some(Model::UNNAMED), |named| named.version.known())
    }

    /// Returns the digest of the declared types that the decision names.
    #[must_use]
    pub fn types(&self) -> Option<Digest> {
        self.display_model.as_ref().and_then(|named| named.types)
    }

    /// Returns whether the decision can have this history: each of the earlier decisions used a
    /// message number.
    #[must_use]
    pub fn has_possible_history(&self) -> bool {
        self.history.is_none_or(|history| history.is_possible() && history.count < self.number.get())
    }
}

/// An approval or a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecisionKind {
    /// An approval.
    Approve,
    /// A denial.
    Deny,
}

stable_names!(
    /// Returns the name on the wire.
    DecisionKind, as_str {
        Approve => "approve",
        Deny => "deny",
    }
);

/// The reason for a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenyReason {
    /// The user did not start the request. This reports a possible attack.
    NotMe,
    /// The details differ from what the user agreed to.
    WrongDetails,
    /// The user did not expect the request at this time.
    Unexpected,
    /// Any other reason.
    Other,
}

stable_names!(
    /// Returns the name on the wire.
    DenyReason, as_str {
        NotMe => "not_me",
        WrongDetails => "wrong_details",
        Unexpected => "unexpected",
        Other => "other",
    }
);

/// A payment as it was shown to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// A decimal string with exactly the minor units of the currency (ISO 4217): `42.50`, or
    /// `42.00` if the request said `42`.
    pub amount: String,
    /// The ISO 4217 code.
    pub currency: String,
    /// The name of the payee.
    pub payee: String,
    /// The account of the payee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// The circumstances of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceremony {
    /// The time on screen, in milliseconds.
    pub shown_ms: u64,
    /// The language in which the request was shown.
    pub locale: Locale,
    /// The method of user verification that the platform reported. The assurance level follows from
    /// the key, not from this member.
    pub verification: Verification,
    /// True if the app reported an active telephone call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub call_active: bool,
}

/// The method of user verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verification {
    /// Fingerprint or face recognition.
    Biometric,
    /// The PIN, pattern or password of the phone.
    Credential,
    /// No user verification. A denial needs none.
    None,
}

stable_names!(
    /// Returns the name on the wire.
    Verification, as_str {
        Biometric => "biometric",
        Credential => "credential",
        None => "none",
    }
);
