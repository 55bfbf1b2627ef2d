//! `adp-metadata+jwt`, from the provider to the device: the issuer's keys, its endpoints and the
//! pins for the next metadata.

use serde::{Deserialize, Serialize};

use super::Message;
use super::app_version::AppVersion;
use super::claims::{Issuer, Timestamp};
use super::features::{Feature, Features};
use super::request::BindingMode;
use crate::jose::signed::Unverified;
use crate::jose::{JoseError, PublicKey, Thumbprint};

/// The issuer's metadata, served at [`PATH`] below the issuer URL.
///
/// The device accepts it only if a pinned key signed it. TLS alone establishes no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The issuer.
    pub iss: Issuer,
    /// The time of issue.
    pub iat: Timestamp,
    /// The time of expiry, at most [`MAX_LIFETIME_SECS`] after `iat`.
    pub exp: Timestamp,
    /// The version of the keys and pins. A device never accepts metadata with a lower epoch.
    pub epoch: u32,
    /// The key that signed the metadata. It is trusted because its thumbprint is pinned. An offline
    /// recovery key signs metadata without being one of [`Self::keys`].
    pub signer: PublicKey,
    /// The keys that sign requests, inboxes, receipts and status messages.
    pub keys: Jwks,
    /// The thumbprints of the keys that may sign metadata: current, next and offline recovery.
    pub pins: Vec<Thumbprint>,
    /// The URLs that the device calls.
    pub endpoints: Endpoints,
    /// The binding modes that the server can use. A request with another one cannot be approved.
    pub binding_modes: Vec<BindingMode>,
    /// The minimum version of the app. An older app can only deny.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_app_version: Option<AppVersion>,
    /// The features that the server announces, if the device asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Features>,
}

/// The maximum lifetime of metadata in seconds: a week. A key that the issuer withdrew is accepted
/// for no longer.
pub const MAX_LIFETIME_SECS: i64 = 7 * 24 * 3600;

/// The well-known path of the metadata, below the issuer.
pub const PATH: &str = "/.well-known/authentication-device";

impl Message for Metadata {
    const TYP: &'static str = "adp-metadata+jwt";
}

impl Metadata {
    /// Verifies metadata that must be signed by a key with one of these thumbprints.
    ///
    /// # Errors
    /// [`JoseError::Kid`] if no pinned key signed it, otherwise the [`JoseError`] of the first rule
    /// that it breaks.
    pub fn open(compact: &str, pins: &[Thumbprint]) -> Result<Self, JoseError> {
        let unverified = Unverified::parse(compact, Self::TYP, Self::MAX_BYTES)?;
        if !pins.contains(&unverified.kid()) {
            return Err(JoseError::Kid);
        }
        unverified.verify_with(|metadata: &Self| &metadata.signer)
    }

    /// Returns whether the lifetime is allowed: 1 second to [`MAX_LIFETIME_SECS`].
    #[must_use]
    pub fn has_valid_lifetime(&self) -> bool {
        (1..=MAX_LIFETIME_SECS).contains(&self.exp.since(self.iat))
    }

    /// Returns whether the server announces the feature.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.features.as_ref().is_some_and(|features| features.has(feature))
    }

    /// Returns the issuer's key with this thumbprint.
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

/// The endpoints of the gateway. They are absolute URLs on the issuer's origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoints {
    /// POST: starts an enrolment.
    pub challenge: String,
    /// POST: enrols a phone.
    pub enrolments: String,
    /// GET: returns the inbox. GET `{requests}/{txn}` returns one request.
    pub requests: String,
    /// POST: accepts decisions.
    pub decisions: String,
    /// POST: accepts updates of the device.
    pub device: String,
    /// GET: returns pushes as Server-Sent Events.
    pub stream: String,
}

impl Endpoints {
    /// Returns the endpoints below a base URL, with the paths of the device gateway in
    /// `countersign-server`. Another gateway may use other paths.
    #[must_use]
    pub fn below(base: &str) -> Self {
        let url = |path: &str| format!("{base}/{path}");
        Self {
            challenge: url("enrolments/challenge"),
            enrolments: url("enrolments"),
            requests: url("requests"),
            decisions: url("decisions"),
            device: url("device"),
            stream: url("stream"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::SigningKey;

    fn metadata(signer: &SigningKey) -> Metadata {
        Metadata {
            iss: "https://bank.example".parse().unwrap(),
            iat: Timestamp::from_seconds(1),
            exp: Timestamp::from_seconds(2),
            epoch: 1,
            signer: signer.public().clone(),
            keys: Jwks { keys: vec![signer.public().clone()] },
            pins: vec![signer.public().thumbprint()],
            endpoints: Endpoints::below("https://bank.example/adp/v1"),
            binding_modes: vec![BindingMode::Entry],
            min_app_version: None,
            features: None,
        }
    }

    #[test]
    fn metadata_is_accepted_only_from_pinned_key() {
        let pinned = SigningKey::from_scalar(&[7; 32]).unwrap();
        let other = SigningKey::from_scalar(&[8; 32]).unwrap();
        let pins = [pinned.public().thumbprint()];
        let good = metadata(&pinned).sign(&pinned).unwrap();
        assert_eq!(Metadata::open(&good, &pins).unwrap(), metadata(&pinned));
        assert_eq!(metadata(&pinned).key(pins[0]), Some(pinned.public()));
        assert_eq!(metadata(&pinned).key(other.public().thumbprint()), None);
        // Correctly signed by a key that is not pinned.
        assert_eq!(Metadata::open(&metadata(&other).sign(&other).unwrap(), &pins), Err(JoseError::Kid));
        // The key id and claims of the pinned key with the signature of another key.
        let forged = metadata(&pinned).signing_input(pins[0]).unwrap();
        let signature = other.sign(forged.as_bytes()).unwrap();
        assert_eq!(Metadata::open(&forged.finish(&signature), &pins), Err(JoseError::Signature));
        // The key id of the pinned key, with another key in the claims and that key's signature.
        let forged = metadata(&other).signing_input(pins[0]).unwrap();
        let signature = other.sign(forged.as_bytes()).unwrap();
        assert_eq!(Metadata::open(&forged.finish(&signature), &pins), Err(JoseError::Kid));
    }

    #[test]
    fn feature_counts_only_if_it_is_announced() {
        let mut metadata = metadata(&SigningKey::from_scalar(&[7; 32]).unwrap());
        assert!(!metadata.has(Feature::History), "no announcement");
        metadata.features = Some(vec!["later".to_owned()].try_into().unwrap());
        assert!(!metadata.has(Feature::History));
        metadata.features = Some(Features::all());
        assert!(metadata.has(Feature::History));
    }
}
