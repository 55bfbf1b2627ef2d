//! `adp-metadata+jwt`, OP → device: the issuer's keys, where its endpoints are, and the pins for the next metadata.

use serde::{Deserialize, Serialize};

use super::Message;
use super::claims::{Issuer, Timestamp};
use super::request::BindingMode;
use crate::jose::signed::Unverified;
use crate::jose::{JoseError, PublicKey, Thumbprint};

/// Served at [`PATH`] below the issuer. It counts only if a pinned key signed it; TLS alone establishes no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The issuer it speaks for.
    pub iss: Issuer,
    /// When it was made.
    pub iat: Timestamp,
    /// Until when it may be used.
    pub exp: Timestamp,
    /// Rises when keys or pins change; a device never accepts a lower one.
    pub epoch: u32,
    /// The key that signed this. It counts because its thumbprint is pinned, not because it stands here; an offline
    /// recovery key signs metadata without being one of [`Self::keys`].
    pub signer: PublicKey,
    /// The keys that sign requests, inboxes, receipts and status.
    pub keys: Jwks,
    /// Thumbprints of the keys that may sign metadata: current, next, offline recovery.
    pub pins: Vec<Thumbprint>,
    /// Where the device calls.
    pub endpoints: Endpoints,
    /// What the server may ask for.
    pub binding_modes: Vec<BindingMode>,
    /// Older apps should update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_app_version: Option<String>,
}

/// The well-known path of the metadata, below the issuer.
pub const PATH: &str = "/.well-known/authentication-device";

impl Message for Metadata {
    const TYP: &'static str = "adp-metadata+jwt";
}

impl Metadata {
    /// Opens metadata under pins: a key with one of these thumbprints signed it, or it does not count.
    pub fn open(compact: &str, pins: &[Thumbprint]) -> Result<Self, JoseError> {
        let unverified = Unverified::parse(compact, Self::TYP, Self::MAX_BYTES)?;
        if !pins.contains(&unverified.kid()) {
            return Err(JoseError::Kid);
        }
        unverified.verify_with(|metadata: &Self| &metadata.signer)
    }

    /// The key with this thumbprint, if it is one of the issuer's.
    #[must_use]
    pub fn key(&self, kid: Thumbprint) -> Option<&PublicKey> {
        self.keys.keys.iter().find(|key| key.thumbprint() == kid)
    }
}

/// A JWK set (RFC 7517 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<PublicKey>,
}

/// Absolute URLs on the issuer's origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// POST: begins an enrolment.
    pub challenge: String,
    /// POST: enrols.
    pub enrolments: String,
    /// GET: the inbox; GET `{requests}/{txn}`: one request.
    pub requests: String,
    /// POST: decisions.
    pub decisions: String,
    /// POST: updates of the device.
    pub device: String,
    /// GET: Server-Sent Events.
    pub stream: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::SigningKey;

    fn metadata(signer: &SigningKey) -> Metadata {
        let endpoint = |name: &str| format!("https://bank.example/adp/v1/{name}");
        Metadata {
            iss: "https://bank.example".parse().unwrap(),
            iat: Timestamp::from_seconds(1),
            exp: Timestamp::from_seconds(2),
            epoch: 1,
            signer: signer.public().clone(),
            keys: Jwks { keys: vec![signer.public().clone()] },
            pins: vec![signer.public().thumbprint()],
            endpoints: Endpoints {
                challenge: endpoint("enrolments/challenge"),
                enrolments: endpoint("enrolments"),
                requests: endpoint("requests"),
                decisions: endpoint("decisions"),
                device: endpoint("device"),
                stream: endpoint("stream"),
            },
            binding_modes: vec![BindingMode::Entry],
            min_app_version: None,
        }
    }

    #[test]
    fn counts_only_if_a_pinned_key_signed_it() {
        let pinned = SigningKey::from_scalar(&[7; 32]).unwrap();
        let other = SigningKey::from_scalar(&[8; 32]).unwrap();
        let pins = [pinned.public().thumbprint()];
        let good = metadata(&pinned).sign(&pinned).unwrap();
        assert_eq!(Metadata::open(&good, &pins).unwrap(), metadata(&pinned));
        assert_eq!(metadata(&pinned).key(pins[0]), Some(pinned.public()));
        assert_eq!(metadata(&pinned).key(other.public().thumbprint()), None);
        // A well signed one of a key that is not pinned.
        assert_eq!(Metadata::open(&metadata(&other).sign(&other).unwrap(), &pins), Err(JoseError::Kid));
        // The pinned key's name and claims, another key's signature.
        let forged = metadata(&pinned).signing_input(pins[0]).unwrap();
        let signature = other.sign(forged.as_bytes()).unwrap();
        assert_eq!(Metadata::open(&forged.finish(&signature), &pins), Err(JoseError::Signature));
        // The pinned key's name, another key in the claims, and that key's signature.
        let forged = metadata(&other).signing_input(pins[0]).unwrap();
        let signature = other.sign(forged.as_bytes()).unwrap();
        assert_eq!(Metadata::open(&forged.finish(&signature), &pins), Err(JoseError::Kid));
    }
}
