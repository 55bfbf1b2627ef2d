//! `adp-enrol+jwt`, from the device to the provider, its sealed reply `adp-enrolled+jwt`, and the
//! confirmation code.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{DeviceAudience, EnrolmentId, Issuer, Nonce, OfferId, RoutingHandle, Timestamp};
use super::offer::OfferCode;
use super::proof::KeySet;
use super::request::BindingMode;
use super::status::EnrolmentState;
use crate::jose::{Digest, Thumbprint};
use crate::names::stable_names;

/// The message that enrols a phone. The new device key (DK) signs it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// The thumbprint of DK.
    pub iss: Thumbprint,
    /// The issuer.
    pub aud: Issuer,
    /// The time of issue. The device takes it from the challenge.
    pub iat: Timestamp,
    /// The id of the offer.
    pub offer: OfferId,
    /// The one-time code of the offer.
    pub code: OfferCode,
    /// The verifier. Its SHA-256 is the `verifier_hash` of the challenge request.
    pub verifier: Nonce,
    /// The nonce of the challenge.
    pub nonce: Nonce,
    /// The new keys.
    pub keys: KeySet,
    /// The protection of the keys as claimed by the device. The assurance level follows from
    /// `evidence`, not from this claim.
    pub protection: KeySetProtection,
    /// The attestation of the keys: chains of base64 DER certificates, leaf first (Android), or
    /// CBOR (iOS). Empty for software keys.
    pub evidence: KeySetEvidence,
    /// The push address.
    pub push: PushAddress,
    /// The description of the device.
    pub device: DeviceInfo,
    /// `adp-proof+jwt`, signed by UVK.
    pub uv_proof: String,
}

impl Message for Enrol {
    const TYP: &'static str = "adp-enrol+jwt";
    /// Attestation chains can be long.
    const MAX_BYTES: usize = 64 * 1024;
}

/// The place where a private key is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// A dedicated secure element (Android StrongBox).
    Strongbox,
    /// A trusted execution environment.
    Tee,
    /// Apple's Secure Enclave.
    SecureEnclave,
    /// Software storage without hardware protection.
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

/// The protection of each of the three keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySetProtection {
    /// The protection of DK.
    pub dk: Protection,
    /// The protection of UVK.
    pub uvk: Protection,
    /// The protection of EK.
    pub ek: Protection,
}

/// The attestation of each of the three keys.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySetEvidence {
    /// The attestation of DK.
    pub dk: Vec<String>,
    /// The attestation of UVK.
    pub uvk: Vec<String>,
    /// The attestation of EK.
    pub ek: Vec<String>,
}

/// The address to which pushes are sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushAddress {
    /// The push service.
    pub kind: PushKind,
    /// The token of the push service for this app on this phone. It is absent for `stream` and
    /// `none`.
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
    /// No push service. The device uses only the inbox.
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

/// A description of the device for the user's list of phones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceInfo {
    /// The platform: `android`, `ios` or `desktop`.
    pub platform: String,
    /// The model name from the manufacturer.
    pub model: String,
    /// The name and version of the app.
    pub app: String,
    /// The version of this library.
    pub sdk: String,
}

/// The reply to an enrolment. The server signs it and seals it to EK, so that reading it proves
/// possession of EK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolled {
    /// The issuer.
    pub iss: Issuer,
    /// The device that the message is for.
    pub aud: DeviceAudience,
    /// The id of the new enrolment.
    pub sub: EnrolmentId,
    /// The time of issue.
    pub iat: Timestamp,
    /// The server's message counter for this enrolment.
    pub seq: u64,
    /// SHA-256 of the `adp-enrol+jwt`.
    pub enrol_hash: Digest,
    /// The routing handle: the member `e` of every push for this enrolment.
    pub handle: RoutingHandle,
    /// The account as shown to the user.
    pub account: Account,
    /// The policy that the device must enforce.
    pub policy: EnrolmentPolicy,
    /// The state of the enrolment: `pending` or `active`.
    pub state: EnrolmentState,
    /// The nonce of the [`confirmation_code`]. It is present if the user has to type the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_nonce: Option<Nonce>,
}

impl Message for Enrolled {
    const TYP: &'static str = "adp-enrolled+jwt";
}

/// The account of an enrolment as shown to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// The name of the user's account.
    pub label: String,
    /// The name of the bank.
    pub issuer_name: String,
}

/// The rules of the issuer for every request of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentPolicy {
    /// The weakest binding mode that can be approved.
    pub binding_floor: BindingMode,
    /// The minimum time on screen before an approval, in milliseconds.
    pub min_shown_ms: u32,
    /// The rule for approvals during a telephone call.
    #[serde(default, skip_serializing_if = "CallPolicy::is_allow")]
    pub calls: CallPolicy,
}

/// The rule for approvals during a telephone call on the phone.
///
/// Fraudsters often stay on the line while the victim approves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallPolicy {
    /// The approval is possible. The decision reports the call.
    #[default]
    Allow,
    /// The approval is blocked during a call.
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

/// Returns the six digits that the user types into the authenticated session:
/// `SHA-256("ADP1-confirm" ‖ 0 ‖ enrol hash ‖ 0 ‖ confirm nonce) mod 10^6`, with the digest read as
/// one big-endian number.
///
/// The server chooses the nonce after the keys are fixed. Therefore nobody can search for keys that
/// give a wanted code.
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
    fn confirmation_code_depends_on_keys_and_nonce() {
        // Computed with Python: int.from_bytes(sha256(b"ADP1-confirm\0" + h + b"\0" + n).digest(),
        // "big") % 10**6
        let hash = Digest::of(b"enrol");
        let nonce: Nonce = "nonce".parse().unwrap();
        assert_eq!(confirmation_code(&hash, &nonce), "331008");
        assert_ne!(confirmation_code(&Digest::of(b"other"), &nonce), confirmation_code(&hash, &nonce));
        assert_ne!(confirmation_code(&hash, &"nonce2".parse().unwrap()), confirmation_code(&hash, &nonce));
    }
}
