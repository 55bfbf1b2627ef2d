//! One enrolment: one phone, one account, one issuer, three keys.

use serde::{Deserialize, Serialize};

use super::clock::TrustedClock;
use super::rotation::{Former, Rotation};
use super::state::Entry;
use crate::error::VerifyError;
use crate::platform::KeyHandle;
use countersign_protocol::evidence::Chain;
use countersign_protocol::jose::{PublicKey, Thumbprint};
use countersign_protocol::message::claims::{EnrolmentId, Issuer, RoutingHandle, Timestamp, plain_url};
use countersign_protocol::message::decision::Verification;
use countersign_protocol::message::enrolment::{Account, EnrolmentPolicy, KeySetProtection};
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::metadata::{Endpoints, Metadata};
use countersign_protocol::message::proof::KeySet;
use countersign_protocol::message::status::EnrolmentState;

/// What this device keeps of an enrolment.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// Its name.
    pub id: EnrolmentId,
    /// Whose.
    pub issuer: Issuer,
    /// What the user sees.
    pub account: Account,
    /// Where it stands.
    pub state: EnrolmentState,
    /// The six digits, while the issuer waits for them.
    pub confirm_code: Option<String>,
    /// What a push for it carries as `e`.
    pub handle: RoutingHandle,
    /// What the issuer asks of this device.
    pub policy: EnrolmentPolicy,
    /// Its keys.
    pub keys: KeyRing,
    /// The issuer's keys and endpoints.
    pub metadata: Metadata,
    /// This issuer's time.
    pub clock: TrustedClock,
    /// The counter of the last signed state: an older word never undoes a newer one.
    pub status_seq: u64,
    /// Requests that wait or were answered, oldest first.
    pub entries: Vec<Entry>,
    /// The chain of everything that was answered and receipted, also of what is no longer kept.
    #[serde(default)]
    pub history: Chain,
    /// New keys on their way to the issuer.
    #[serde(default)]
    pub rotation: Option<Rotation>,
    /// Keys that were replaced while something may still come for them, oldest first.
    #[serde(default)]
    pub former: Vec<Former>,
    /// The highest [number](countersign_protocol::message::number) of what this phone signed, or heard to be used in its name; 0 if none.
    #[serde(default)]
    pub number: u64,
    /// When this phone last heard of a number that it does not remember: its state is older than what was sent, or a copy lives.
    #[serde(default)]
    pub restored: Option<Timestamp>,
}

/// The keys of an enrolment: public halves here, private halves in the key store.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRing {
    /// Public halves.
    pub public: KeySet,
    /// The key store's names.
    pub dk: KeyHandle,
    /// The key store's names.
    pub uvk: KeyHandle,
    /// The key store's names.
    pub ek: KeyHandle,
    /// Where they live.
    pub protection: KeySetProtection,
    /// How UVK's prompt verifies the user.
    pub verification: Verification,
}

impl KeyRing {
    /// All three, for deleting.
    #[must_use]
    pub fn handles(&self) -> [KeyHandle; 3] {
        [self.dk.clone(), self.uvk.clone(), self.ek.clone()]
    }

    /// All three, each with its public half.
    pub(super) const fn all(&self) -> [(&PublicKey, &KeyHandle); 3] {
        let Self { public, dk, uvk, ek, .. } = self;
        [(&public.dk, dk), (&public.uvk, uvk), (&public.ek, ek)]
    }

    /// Those that another ring does not have.
    pub(super) fn beside(&self, other: &Self) -> Vec<(&PublicKey, &KeyHandle)> {
        self.all().into_iter().filter(|(_, handle)| !other.all().iter().any(|(_, theirs)| theirs == handle)).collect()
    }

    /// The names of those that another ring does not have.
    pub(super) fn handles_beside(&self, other: &Self) -> Vec<KeyHandle> {
        self.beside(other).into_iter().map(|(_, handle)| handle.clone()).collect()
    }
}

impl Enrolment {
    /// The issuer's key with this name.
    #[must_use]
    pub fn server_key(&self, kid: Thumbprint) -> Option<&PublicKey> {
        self.metadata.key(kid)
    }

    /// Takes policy and state of an inbox. Returns whether the enrolment has just ended, so that its keys must go.
    pub fn hear(&mut self, inbox: &Inbox) -> bool {
        if inbox.seq > self.status_seq {
            self.policy = inbox.policy;
        }
        self.set_state(inbox.status, inbox.seq)
    }

    /// Takes a signed state. Returns whether the enrolment has just ended, so that its keys must go.
    pub fn set_state(&mut self, state: EnrolmentState, seq: u64) -> bool {
        let ended = self.state == EnrolmentState::Revoked;
        if seq <= self.status_seq || ended {
            return false;
        }
        self.status_seq = seq;
        self.state = state;
        if state != EnrolmentState::Pending {
            self.confirm_code = None;
        }
        state == EnrolmentState::Revoked
    }
}

/// Checks metadata beyond its signature: this issuer, endpoints on the issuer's own origin, not older than what is known.
pub fn check_metadata(metadata: &Metadata, issuer: &Issuer, known: Option<&Metadata>) -> Result<(), VerifyError> {
    if metadata.iss != *issuer {
        return Err(VerifyError::Issuer);
    }
    if known.is_some_and(|known| (metadata.epoch, metadata.iat) < (known.epoch, known.iat)) {
        return Err(VerifyError::Epoch);
    }
    if metadata.pins.is_empty() || metadata.keys.keys.is_empty() {
        return Err(VerifyError::Endpoint);
    }
    let Endpoints { challenge, enrolments, requests, decisions, device, stream } = &metadata.endpoints;
    let origin = plain_url(issuer.as_str()).ok_or(VerifyError::Issuer)?.origin();
    let at_home = |endpoint: &String| {
        plain_url(endpoint)
            .is_some_and(|url| url.origin() == origin && url.query().is_none() && url.fragment().is_none())
    };
    if [challenge, enrolments, requests, decisions, device, stream].into_iter().all(at_home) {
        Ok(())
    } else {
        Err(VerifyError::Endpoint)
    }
}
