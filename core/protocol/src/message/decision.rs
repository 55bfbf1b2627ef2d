//! `adp-decision+jwt`, device → OP: the user's answer. Approve is signed by UVK, deny by DK.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{EnrolmentId, Issuer, Jti, Locale, Nonce, Timestamp, Txn};
use super::number::Number;
use crate::jose::Digest;
use crate::names::stable_names;

/// The answer to one request. Persisted before it is first sent, and sent again byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The enrolment.
    pub iss: EnrolmentId,
    /// The issuer.
    pub aud: Issuer,
    /// Makes it unique.
    pub jti: Jti,
    /// Counts once for the enrolment.
    pub number: Number,
    /// When it was made, by the device's trusted time.
    pub iat: Timestamp,
    /// Until when it counts: the `exp` of the request.
    pub exp: Timestamp,
    /// Which request.
    pub txn: Txn,
    /// SHA-256 of the request JWS as received.
    pub request_hash: Digest,
    /// What was on the screen ([`crate::review`]); absent if the user denied without having seen the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_hash: Option<Digest>,
    /// The answer.
    pub decision: DecisionKind,
    /// Why it was denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DenyReason>,
    /// The value typed or chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<String>,
    /// Amount and payee of each payment, as shown (PSD2 RTS Art. 5: the code is specific to them).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<Vec<Payment>>,
    /// The nonce of the request.
    pub nonce: Nonce,
    /// How it came about.
    pub ceremony: Ceremony,
}

impl Message for Decision {
    const TYP: &'static str = "adp-decision+jwt";
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecisionKind {
    /// Yes.
    Approve,
    /// No.
    Deny,
}

stable_names!(
    /// Returns the name on the wire.
    DecisionKind, as_str {
        Approve => "approve",
        Deny => "deny",
    }
);

/// Why the user denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DenyReason {
    /// Somebody else began this: a report of an attack.
    NotMe,
    /// The details are not what the user agreed to.
    WrongDetails,
    /// The user did not expect it now.
    Unexpected,
    /// Anything else.
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

/// What PSD2 calls the amount and the payee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// Decimal string with exactly the minor units of the currency (ISO 4217): `42.50`, also where the request said `42`.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The payee's name.
    pub payee: String,
    /// The payee's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// How a decision came about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceremony {
    /// For how many milliseconds the request was on the screen.
    pub shown_ms: u64,
    /// In which language.
    pub locale: Locale,
    /// How the user was verified, as the platform says. Assurance follows the key, not this.
    pub verification: Verification,
    /// Whether a telephone call was going on, as the app says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub call_active: bool,
}

/// How the user was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verification {
    /// Fingerprint or face.
    Biometric,
    /// PIN, pattern or password of the phone.
    Credential,
    /// Not at all: a denial.
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
