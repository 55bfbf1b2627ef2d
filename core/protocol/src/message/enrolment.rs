//! `adp-enrol+jwt`, device → OP, and `adp-enrolled+jwt`, its sealed answer; and the confirmation code between them.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Nonce, OfferId, RoutingHandle, Timestamp};
use super::offer::OfferCode;
use super::proof::KeySet;
use super::request::BindingMode;
use super::status::EnrolmentState;
use crate::jose::{Digest, Thumbprint};
use crate::names::stable_names;

/// Enrols a phone. Signed by DK.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// Thumbprint of DK.
    pub iss: Thumbprint,
    /// The issuer.
    pub aud: Issuer,
    /// When it was made, by the time of the challenge.
    pub iat: Timestamp,
    /// Which offer.
    pub offer: OfferId,
    /// The one-time code of the offer.
    pub code: OfferCode,
    /// What the `verifier_hash` of the challenge was the hash of.
    pub verifier: Nonce,
    /// The nonce of the challenge.
    pub nonce: Nonce,
    /// The new keys.
    pub keys: KeySet,
    /// Where the device says they live. A claim: assurance follows the evidence, not this.
    pub protection: KeySetProtection,
    /// Attestation chains, leaf first, base64 DER (Android) or CBOR (iOS); empty for software keys.
    pub evidence: KeySetEvidence,
    /// Where pushes go.
    pub push: PushAddress,
    /// What the device is.
    pub device: DeviceInfo,
    /// `adp-proof+jwt` by UVK.
    pub uv_proof: String,
}

impl Message for Enrol {
    const TYP: &'static str = "adp-enrol+jwt";
    /// Attestation chains are long.
    const MAX_BYTES: usize = 64 * 1024;
}

/// Where a private key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// A dedicated secure element: StrongBox.
    Strongbox,
    /// A trusted execution environment.
    Tee,
    /// Apple's Secure Enclave.
    SecureEnclave,
    /// Software.
    Software,
}

stable_names!(
    /// Returns the name on the wire.
    Protection, as_str {
        Strongbox => "strongbox",
        Tee => "tee",
        SecureEnclave => "secure_enclave",
        Software => "software",
    }
);

/// Where each of the three keys lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySetProtection {
    /// DK.
    pub dk: Protection,
    /// UVK.
    pub uvk: Protection,
    /// EK.
    pub ek: Protection,
}

/// The attestation of each of the three keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySetEvidence {
    /// DK.
    pub dk: Vec<String>,
    /// UVK.
    pub uvk: Vec<String>,
    /// EK.
    pub ek: Vec<String>,
}

/// Where pushes go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushAddress {
    /// By which service.
    pub kind: PushKind,
    /// The service's token for this app on this phone; absent for `stream` and `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A push service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PushKind {
    /// Firebase Cloud Messaging.
    Fcm,
    /// Apple Push Notification service.
    Apns,
    /// Server-Sent Events from the gateway.
    Stream,
    /// None: the device works from the inbox.
    None,
}

stable_names!(
    /// Returns the name on the wire.
    PushKind, as_str {
        Fcm => "fcm",
        Apns => "apns",
        Stream => "stream",
        None => "none",
    }
);

/// What the device is, for the list of phones that the user sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceInfo {
    /// `android`, `ios`, `desktop`.
    pub platform: String,
    /// The model, as its maker calls it.
    pub model: String,
    /// Name and version of the app.
    pub app: String,
    /// Version of this library.
    pub sdk: String,
}

/// The answer, signed by the server and sealed to EK: opening it proves EK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    /// The issuer.
    pub iss: Issuer,
    /// The device.
    pub aud: DeviceAudience,
    /// The enrolment's name from now on.
    pub sub: EnrolmentId,
    /// When it was made.
    pub iat: Timestamp,
    /// The server's counter for this enrolment.
    pub seq: u64,
    /// SHA-256 of the `adp-enrol+jwt` this answers.
    pub enrol_hash: Digest,
    /// What a push for this enrolment carries as `e`.
    pub handle: RoutingHandle,
    /// What the user sees.
    pub account: Account,
    /// What the device must keep to.
    pub policy: EnrolmentPolicy,
    /// `pending` or `active`.
    pub state: EnrolmentState,
    /// There when the user has to type a [`confirmation_code`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_nonce: Option<Nonce>,
}

impl Message for Enrolled {
    const TYP: &'static str = "adp-enrolled+jwt";
}

/// What the user sees of an enrolment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The user's account.
    pub label: String,
    /// The bank.
    pub issuer_name: String,
}

/// What the issuer asks of the device for every request of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentPolicy {
    /// The weakest binding that may be approved.
    pub binding_floor: BindingMode,
    /// For how many milliseconds at least a request is on the screen before it can be approved.
    pub min_shown_ms: u32,
    /// What a telephone call means for an approval.
    #[serde(default, skip_serializing_if = "CallPolicy::is_allow")]
    pub calls: CallPolicy,
}

/// What a telephone call on the phone means for an approval: fraudsters stay on the line while their victim approves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallPolicy {
    /// The decision says that there was one.
    #[default]
    Allow,
    /// There is no approval while there is one.
    Block,
}

stable_names!(
    /// Returns the name on the wire.
    CallPolicy, as_str {
        Allow => "allow",
        Block => "block",
    }
);

impl CallPolicy {
    fn is_allow(&self) -> bool {
        *self == Self::Allow
    }
}

/// The six digits that the user types into the authenticated session:
/// `SHA-256("ADP1-confirm" ‖ 0 ‖ enrol hash ‖ 0 ‖ confirm nonce) mod 10^6`, the digest read as one big-endian number.
///
/// The nonce comes after the keys are fixed, so nobody can grind keys that give a wanted code.
#[must_use]
pub fn confirmation_code(enrol_hash: &Digest, confirm_nonce: &Nonce) -> String {
    let digest =
        Digest::of_parts(&[b"ADP1-confirm\0", enrol_hash.as_bytes(), b"\0", confirm_nonce.as_str().as_bytes()]);
    let code = digest.as_bytes().iter().fold(0_u32, |rest, byte| (rest * 256 + u32::from(*byte)) % 1_000_000);
    format!("{code:06}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_confirmation_code_depends_on_the_keys_and_on_the_nonce() {
        // Computed once with Python: int.from_bytes(sha256(b"ADP1-confirm\0" + h + b"\0" + n).digest(), "big") % 10**6
        let hash = Digest::of(b"enrol");
        let nonce: Nonce = "nonce".parse().unwrap();
        assert_eq!(confirmation_code(&hash, &nonce), "331008");
        assert_ne!(confirmation_code(&Digest::of(b"other"), &nonce), confirmation_code(&hash, &nonce));
        assert_ne!(confirmation_code(&hash, &"nonce2".parse().unwrap()), confirmation_code(&hash, &nonce));
    }
}
