//! New keys for an enrolment: those on their way to the issuer, those that were before, and until when the old ones count.
//! UVK stays or is replaced with them; a replaced one goes at once, since nothing is ever addressed to it.

use serde::{Deserialize, Serialize};

use super::enrolment::{Enrolment, KeyRing};
use super::state::{EntryState, SignedDecision, State};
use crate::error::AuthenticatorError;
use crate::platform::KeyHandle;
use countersign_protocol::jose::{Digest, PublicKey, Thumbprint};
use countersign_protocol::message::claims::{DeviceAudience, EnrolmentId, Timestamp, Txn};
use countersign_protocol::message::decision::DecisionKind;
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::number::Number;
use countersign_protocol::message::receipt::{Outcome, Receipt};
use countersign_protocol::message::request::MAX_LIFETIME_SECS;
use countersign_protocol::message::status::EnrolmentState;

/// New keys that the issuer has not yet said it took. Old and new ones are all kept until its receipt comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// The keys as they will be.
    pub keys: KeyRing,
    /// The update JWS by the old DK: kept before it is first sent, and sent byte for byte until its receipt comes.
    pub update: String,
    /// Until when the issuer can take it.
    pub exp: Timestamp,
}

/// Keys that were replaced. What was made for them may still be on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Former {
    /// The old DK. Requests, and receipts of answers given before, are addressed to it.
    pub dk: PublicKey,
    /// The old EK: pushes sealed before are sealed to it.
    pub ek: PublicKey,
    /// The key store's name of the old DK.
    pub dk_handle: KeyHandle,
    /// The key store's name of the old EK.
    pub ek_handle: KeyHandle,
    /// After this time no request that was made for them still lives.
    pub until: Timestamp,
}

impl Enrolment {
    /// Whether a message for this device key is for this enrolment: the present one, one on its way that only this issuer knows,
    /// or one that was replaced while messages for it may still come.
    #[must_use]
    pub fn is_for(&self, aud: DeviceAudience) -> bool {
        let present = [&self.keys.public.dk].into_iter();
        let coming = self.rotation.iter().map(|rotation| &rotation.keys.public.dk);
        let former = self.former.iter().map(|former| &former.dk);
        present.chain(coming).chain(former).any(|dk| dk.thumbprint() == aud.0)
    }

    /// The key store's name of the encryption key with this thumbprint, by the same rule.
    #[must_use]
    pub fn encryption_key(&self, kid: Thumbprint) -> Option<&KeyHandle> {
        let present = [(&self.keys.public.ek, &self.keys.ek)].into_iter();
        let coming = self.rotation.iter().map(|rotation| (&rotation.keys.public.ek, &rotation.keys.ek));
        let former = self.former.iter().map(|former| (&former.ek, &former.ek_handle));
        present.chain(coming).chain(former).find(|(ek, _)| ek.thumbprint() == kid).map(|(_, handle)| handle)
    }

    /// Every key of this enrolment that the key store holds, also those on their way and those that were replaced.
    pub(super) fn held(&self) -> Vec<(&PublicKey, &KeyHandle)> {
        let mut held = self.keys.all().to_vec();
        if let Some(Rotation { keys, .. }) = &self.rotation {
            held.extend(keys.beside(&self.keys));
        }
        for former in &self.former {
            held.extend([(&former.dk, &former.dk_handle), (&former.ek, &former.ek_handle)]);
        }
        held
    }

    /// Whether another UVK is on its way to the issuer. Whichever counts by then, an approval by the other one would not.
    #[must_use]
    pub fn awaits_uvk(&self) -> bool {
        self.rotation.as_ref().is_some_and(|rotation| rotation.keys.public.uvk != self.keys.public.uvk)
    }

    /// Whether an approval waits for its receipt. Only the UVK that signed it can be asked about it.
    #[must_use]
    pub fn approval_waits(&self) -> bool {
        self.entries.iter().any(|entry| match &entry.state {
            EntryState::Queued(answer) => answer.answer == DecisionKind::Approve,
            _ => false,
        })
    }

    /// Drops replaced keys that nothing can be for any more, and names what the key store shall delete: their time is over, and
    /// no answer waits for a receipt that may be addressed to them.
    pub(super) fn retire(&mut self, now: Timestamp) -> Vec<KeyHandle> {
        let waits = self.outbox().next().is_some();
        let (past, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.former).into_iter().partition(|former| !waits && now > former.until);
        self.former = kept;
        past.into_iter().flat_map(|former| [former.dk_handle, former.ek_handle]).collect()
    }

    /// The replaced DK with this name.
    #[must_use]
    pub fn former_dk(&self, kid: Thumbprint) -> Option<&PublicKey> {
        self.former.iter().map(|former| &former.dk).find(|dk| dk.thumbprint() == kid)
    }

    /// Puts an answer signed anew in the place of one that is still kept.
    pub fn replace_decision(
        &mut self,
        txn: &Txn,
        old: &SignedDecision,
        new: SignedDecision,
    ) -> Result<(), AuthenticatorError> {
        let entry = self.entry_mut(txn).ok_or(AuthenticatorError::UnknownRequest)?;
        if entry.state != EntryState::Queued(old.clone()) {
            return Err(AuthenticatorError::NotPending);
        }
        entry.state = EntryState::Queued(new);
        Ok(())
    }
}

impl State {
    /// Keeps new keys and the update that tells the issuer, with its number. Returns false if another rotation was quicker; then nothing changes.
    /// Another UVK is not kept while an approval by the old one waits.
    pub fn begin_rotation(
        &mut self,
        id: &EnrolmentId,
        old_dk: &PublicKey,
        rotation: Rotation,
        number: Number,
    ) -> Result<bool, AuthenticatorError> {
        let enrolment = self.enrolment_mut(id)?;
        if enrolment.state != EnrolmentState::Active {
            return Err(AuthenticatorError::NotActive(enrolment.state));
        }
        if enrolment.rotation.is_some() || enrolment.keys.public.dk != *old_dk {
            return Ok(false);
        }
        if rotation.keys.public.uvk != enrolment.keys.public.uvk && enrolment.approval_waits() {
            return Err(AuthenticatorError::Unsettled);
        }
        let kept = rotation.keys.handles_beside(&enrolment.keys);
        enrolment.rotation = Some(rotation);
        enrolment.use_number(number);
        self.nascent.retain(|handle| !kept.contains(handle));
        Ok(true)
    }

    /// Takes the receipt of the update: the new keys replace the old, or go. A receipt that comes twice changes nothing.
    pub fn end_rotation(&mut self, id: &EnrolmentId, receipt: &Receipt) -> Result<(), AuthenticatorError> {
        let enrolment = self.enrolment_mut(id)?;
        let answered = |rotation: &mut Rotation| Digest::of(rotation.update.as_bytes()) == receipt.message_hash;
        let Some(rotation) = enrolment.rotation.take_if(answered) else { return Ok(()) };
        if receipt.outcome != Outcome::Accepted {
            let refused = rotation.keys.handles_beside(&enrolment.keys);
            self.doomed.extend(refused);
            return Ok(());
        }
        let old = std::mem::replace(&mut enrolment.keys, rotation.keys);
        let replaced_uvk = (old.uvk != enrolment.keys.uvk).then_some(old.uvk);
        enrolment.former.push(Former {
            dk: old.public.dk,
            ek: old.public.ek,
            dk_handle: old.dk,
            ek_handle: old.ek,
            until: receipt.iat.plus(MAX_LIFETIME_SECS),
        });
        self.doomed.extend(replaced_uvk);
        Ok(())
    }

    /// Gives new keys up that the issuer cannot take any more: it signed, to a nonce of this moment and for the old DK, a time
    /// after the end of the update.
    pub fn give_up_rotation(&mut self, id: &EnrolmentId, inbox: &Inbox) -> Result<(), AuthenticatorError> {
        let enrolment = self.enrolment_mut(id)?;
        let old = DeviceAudience(enrolment.keys.public.dk.thumbprint());
        let over = |rotation: &mut Rotation| inbox.aud == old && inbox.iat > rotation.exp;
        if let Some(rotation) = enrolment.rotation.take_if(over) {
            let given_up = rotation.keys.handles_beside(&enrolment.keys);
            self.doomed.extend(given_up);
        }
        Ok(())
    }
}
