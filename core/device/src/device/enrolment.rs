//! An enrolment: one phone, one account, one issuer, three keys.

use serde::{Deserialize, Deserializer, Serialize};

use super::clock::TrustedClock;
use super::entry::{ClosedId, Entry, EntryState};
use super::history::DecisionHistory;
use super::keys::{KeyRing, ReplacedKeys, Rotation};
use crate::error::VerifyError;
use crate::platform::{ClockReading, KeyHandle};
use countersign_protocol::jose::{PublicKey, Thumbprint};
use countersign_protocol::message::app_version::AppVersion;
use countersign_protocol::message::claims::{DeviceAudience, EnrolmentId, Issuer, RoutingHandle, Timestamp};
use countersign_protocol::message::enrolment::{Account, CallPolicy, EnrolmentPolicy};
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::metadata::{Endpoints, Metadata};
use countersign_protocol::message::number::Number;
use countersign_protocol::message::request::BindingMode;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::url::{canonical_url, plain_url};
use countersign_protocol::review::DisplayPolicy;

/// An enrolment as the device stores it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The identifier, chosen by the issuer.
    pub id: EnrolmentId,
    /// The issuer.
    pub issuer: Issuer,
    /// The account and the issuer's name for the user.
    pub account: Account,
    /// The state that the issuer signed last.
    pub state: EnrolmentState,
    /// The confirmation code (six digits) while the issuer waits for it.
    pub confirm_code: Option<String>,
    /// The routing handle that a push for this enrolment has in its member `e`.
    pub handle: RoutingHandle,
    /// The issuer's policy for this device.
    #[serde(deserialize_with = "policy_of_any_format")]
    pub policy: EnrolmentPolicy,
    /// The current keys.
    pub keys: KeyRing,
    /// The issuer's keys and endpoints.
    pub metadata: Metadata,
    /// The trusted time of this issuer.
    pub clock: TrustedClock,
    /// The counter of the last signed state. A message with a lower counter does not change the
    /// state.
    pub status_seq: u64,
    /// The requests, oldest first.
    pub entries: Vec<Entry>,
    /// The identifiers of older closed requests that have not expired, oldest first.
    #[serde(default)]
    pub closed_ids: Vec<ClosedId>,
    /// The history of all signed decisions, also of those that are no longer stored.
    #[serde(default)]
    pub history: DecisionHistory,
    /// The key rotation that waits for its receipt.
    #[serde(default)]
    pub rotation: Option<Rotation>,
    /// Replaced keys for which messages can still arrive, oldest first.
    #[serde(default, alias = "former")]
    pub replaced_keys: Vec<ReplacedKeys>,
    /// The highest [number](countersign_protocol::message::number) that this device signed or that
    /// the issuer received from it. 0 if there is none.
    #[serde(default)]
    pub number: u64,
    /// The last time at which the issuer named a number that this state does not have. The state
    /// was rolled back, or a copy of it is in use.
    #[serde(default, alias = "restored")]
    pub rollback_detected_at: Option<Timestamp>,
}

/// Reads the policy of any stored format. Formats before 5 call [`CallPolicy::Allow`] `let` and
/// [`CallPolicy::Block`] `refuse`.
fn policy_of_any_format<'de, D: Deserializer<'de>>(stored: D) -> Result<EnrolmentPolicy, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Policy {
        binding_floor: BindingMode,
        min_shown_ms: u32,
        #[serde(default)]
        calls: Calls,
    }
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Calls {
        #[default]
        #[serde(alias = "let")]
        Allow,
        #[serde(alias = "refuse")]
        Block,
    }
    let Policy { binding_floor, min_shown_ms, calls } = Policy::deserialize(stored)?;
    let calls = match calls {
        Calls::Allow => CallPolicy::Allow,
        Calls::Block => CallPolicy::Block,
    };
    Ok(EnrolmentPolicy { binding_floor, min_shown_ms, calls })
}

impl Enrolment {
    /// Returns the issuer's key with this thumbprint.
    #[must_use]
    pub fn server_key(&self, kid: Thumbprint) -> Option<&PublicKey> {
        self.metadata.key(kid)
    }

    /// Returns whether a message to this device key is for this enrolment.
    ///
    /// That is the case for the current DK, for the new DK of a rotation (only this issuer knows
    /// it), and for a replaced DK while messages for it can still arrive.
    #[must_use]
    pub fn is_for(&self, aud: DeviceAudience) -> bool {
        let current = [&self.keys.public.dk].into_iter();
        let new = self.rotation.iter().map(|rotation| &rotation.keys.public.dk);
        let replaced = self.replaced_keys.iter().map(|keys| &keys.dk);
        current.chain(new).chain(replaced).any(|dk| dk.thumbprint() == aud.0)
    }

    /// Returns the handle of the encryption key with this thumbprint: current, new or replaced.
    #[must_use]
    pub fn encryption_key(&self, kid: Thumbprint) -> Option<&KeyHandle> {
        let current = [(&self.keys.public.ek, &self.keys.ek)].into_iter();
        let new = self.rotation.iter().map(|rotation| (&rotation.keys.public.ek, &rotation.keys.ek));
        let replaced = self.replaced_keys.iter().map(|keys| (&keys.ek, &keys.ek_handle));
        current.chain(new).chain(replaced).find(|(ek, _)| ek.thumbprint() == kid).map(|(_, handle)| handle)
    }

    /// Returns the replaced DK with this thumbprint.
    #[must_use]
    pub fn replaced_dk(&self, kid: Thumbprint) -> Option<&PublicKey> {
        self.replaced_keys.iter().map(|keys| &keys.dk).find(|dk| dk.thumbprint() == kid)
    }

    /// Returns every key of this enrolment that the key store has: current, new and replaced.
    pub(super) fn all_keys(&self) -> Vec<(&PublicKey, &KeyHandle)> {
        let mut keys = self.keys.all().to_vec();
        if let Some(rotation) = &self.rotation {
            keys.extend(rotation.keys.not_in(&self.keys));
        }
        for replaced in &self.replaced_keys {
            keys.extend([(&replaced.dk, &replaced.dk_handle), (&replaced.ek, &replaced.ek_handle)]);
        }
        keys
    }

    /// Returns a time for a signed message: it has certainly passed, and no wall clock changes it.
    #[must_use]
    pub fn signed_time(&self, reading: &ClockReading) -> Timestamp {
        self.clock.certain(reading).unwrap_or(self.metadata.iat)
    }

    /// Returns the display rules of the current policy and metadata for an app of this version.
    #[must_use]
    pub fn display_policy(&self, app: Option<AppVersion>) -> DisplayPolicy {
        let EnrolmentPolicy { binding_floor, min_shown_ms, calls } = self.policy;
        DisplayPolicy {
            binding_floor,
            binding_modes: self.metadata.binding_modes.iter().copied().collect(),
            app_outdated: self.missing_app_version(app).is_some(),
            min_shown_ms: min_shown_ms.into(),
            calls,
        }
    }

    /// Returns the version that the issuer requires, if the app is older. An app that states no
    /// version is older than every version.
    #[must_use]
    pub fn missing_app_version(&self, app: Option<AppVersion>) -> Option<AppVersion> {
        self.metadata.min_app_version.filter(|required| !required.is_fulfilled_by(app))
    }

    /// Returns whether the metadata has expired. Metadata that an earlier version stored may have
    /// a longer lifetime than allowed. It is treated as expired.
    #[must_use]
    pub fn metadata_has_expired(&self, now: Timestamp) -> bool {
        self.metadata.exp < now || !self.metadata.has_valid_lifetime()
    }

    /// Returns whether newer metadata may allow approvals that this metadata prevents: it requires
    /// a later app, or does not name the binding mode of a pending request.
    #[must_use]
    pub fn metadata_prevents_approval(&self, app: Option<AppVersion>) -> bool {
        let policy = self.display_policy(app);
        let pending = self.entries.iter().filter(|entry| entry.state == EntryState::Pending);
        policy.app_outdated || pending.into_iter().any(|entry| !policy.binding_modes.has(entry.request.binding.mode()))
    }

    /// Returns whether a rotation that replaces the UVK waits for its receipt. Meanwhile the device
    /// does not know which UVK the issuer accepts.
    #[must_use]
    pub fn awaits_uvk(&self) -> bool {
        self.rotation.as_ref().is_some_and(|rotation| rotation.keys.public.uvk != self.keys.public.uvk)
    }

    /// Records the number of a message before it is sent, so that no other message gets the number.
    pub fn use_number(&mut self, number: Number) {
        self.number = self.number.max(number.get());
    }

    /// Applies policy and state of an inbox. Returns whether the enrolment was revoked by it. Then
    /// its keys must be deleted.
    pub fn apply_inbox(&mut self, inbox: &Inbox) -> bool {
        if inbox.seq > self.status_seq {
            self.policy = inbox.policy;
        }
        self.set_state(inbox.status, inbox.seq)
    }

    /// Applies a signed state if its counter is higher than the last one. Returns whether the
    /// enrolment was revoked by it. Then its keys must be deleted. A revocation is final.
    pub fn set_state(&mut self, state: EnrolmentState, seq: u64) -> bool {
        let revoked = self.state == EnrolmentState::Revoked;
        if seq <= self.status_seq || revoked {
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

/// Checks metadata whose signature was verified.
///
/// The metadata must be from this issuer, must not be older than the known metadata, and must have
/// an allowed lifetime. All its endpoints must be on the issuer's origin and in their only
/// spelling.
///
/// # Errors
/// [`VerifyError::Issuer`], [`VerifyError::Epoch`], [`VerifyError::Lifetime`] or
/// [`VerifyError::Endpoint`]. The last one also if the metadata has no pins or no keys.
pub fn check_metadata(metadata: &Metadata, issuer: &Issuer, known: Option<&Metadata>) -> Result<(), VerifyError> {
    if metadata.iss != *issuer {
        return Err(VerifyError::Issuer);
    }
    if known.is_some_and(|known| (metadata.epoch, metadata.iat) < (known.epoch, known.iat)) {
        return Err(VerifyError::Epoch);
    }
    if !metadata.has_valid_lifetime() {
        return Err(VerifyError::Lifetime);
    }
    if metadata.pins.is_empty() || metadata.keys.keys.is_empty() {
        return Err(VerifyError::Endpoint);
    }
    let Endpoints { challenge, enrolments, requests, decisions, device, stream } = &metadata.endpoints;
    let origin = plain_url(issuer.as_str()).ok_or(VerifyError::Issuer)?.origin();
    let on_origin = |endpoint: &String| canonical_url(endpoint).is_some_and(|url| url.origin() == origin);
    if [challenge, enrolments, requests, decisions, device, stream].into_iter().all(on_origin) {
        Ok(())
    } else {
        Err(VerifyError::Endpoint)
    }
}
