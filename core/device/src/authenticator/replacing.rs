//! The keys that are to replace those of an enrolment: made, and proved to work and to be what the user wants.

use super::Inner;
use super::enrol::broken;
use crate::device::{Enrolment, KeyRing};
use crate::error::AuthenticatorError;
use crate::platform::{CreatedKey, KeyHandle, KeyRole, KeyStoreError, Prompt, PromptPurpose};
use countersign_protocol::jose::sealed::{Sealed, seal};
use countersign_protocol::jose::{Digest, PublicKey, wipe};
use countersign_protocol::message::MAX_MESSAGE_BYTES;
use countersign_protocol::message::claims::{Issuer, Jti};
use countersign_protocol::message::enrolment::{KeySetEvidence, KeySetProtection};
use countersign_protocol::message::proof::{KeyProof, KeySet};
use countersign_protocol::message::update::{NewKeys, UvkProofs};

/// Which keys are replaced.
#[derive(Clone, Copy)]
pub(super) enum Replaced {
    /// DK and EK: no prompt.
    DeviceAndEncryption,
    /// All three: a prompt of the old UVK and one of the new one.
    All,
}

/// New keys that are not yet kept.
pub(super) struct Replacing {
    dk: CreatedKey,
    /// None: UVK stays.
    uvk: Option<CreatedKey>,
    ek: CreatedKey,
}

impl Replacing {
    /// What the key store calls them.
    pub(super) fn handles(&self) -> Vec<KeyHandle> {
        [Some(&self.dk), self.uvk.as_ref(), Some(&self.ek)]
            .into_iter()
            .flatten()
            .map(|key| key.handle.clone())
            .collect()
    }

    /// The keys as they will be, with those of `old` that stay.
    pub(super) fn ring(&self, old: &KeyRing) -> KeyRing {
        let Self { dk, uvk, ek } = self;
        let (public, handle, protection, verification) = match uvk {
            Some(uvk) => (&uvk.public, &uvk.handle, uvk.protection, uvk.verification),
            None => (&old.public.uvk, &old.uvk, old.protection.uvk, old.verification),
        };
        KeyRing {
            public: KeySet { dk: dk.public.clone(), uvk: public.clone(), ek: ek.public.clone() },
            dk: dk.handle.clone(),
            uvk: handle.clone(),
            ek: ek.handle.clone(),
            protection: KeySetProtection { dk: dk.protection, uvk: protection, ek: ek.protection },
            verification,
        }
    }

    fn evidence(&self) -> KeySetEvidence {
        let uvk = self.uvk.as_ref().map(|uvk| uvk.evidence.clone());
        KeySetEvidence { dk: self.dk.evidence.clone(), uvk: uvk.unwrap_or_default(), ek: self.ek.evidence.clone() }
    }
}

impl Inner {
    /// Makes them, attested for this challenge.
    pub(super) async fn create_replacing(
        &self,
        issuer: &Issuer,
        challenge: Digest,
        replaced: Replaced,
    ) -> Result<Replacing, AuthenticatorError> {
        use KeyRole::{Device, Encryption, UserVerification};
        Ok(match replaced {
            Replaced::DeviceAndEncryption => {
                let [dk, ek] = self.create_keys(issuer, challenge, [Device, Encryption]).await?;
                Replacing { dk, uvk: None, ek }
            }
            Replaced::All => {
                let roles = [Device, UserVerification, Encryption];
                let [dk, uvk, ek] = self.create_keys(issuer, challenge, roles).await?;
                Replacing { dk, uvk: Some(uvk), ek }
            }
        })
    }

    /// Everything that the issuer asks to see of them. The user is prompted last, once the rest is known to work.
    pub(super) async fn prove_replacing(
        &self,
        enrolment: &Enrolment,
        jti: &Jti,
        new: &Replacing,
    ) -> Result<NewKeys, AuthenticatorError> {
        self.prove_agreement(&new.ek.handle, &new.ek.public)?;
        let KeyRing { public, protection, dk, .. } = new.ring(&enrolment.keys);
        let nonce = jti.as_str().parse().map_err(|_| AuthenticatorError::Broken)?;
        let proof = KeyProof { aud: enrolment.issuer.clone(), nonce, keys: public.thumbprints() };
        let dk_proof = self.prove(&proof, &dk, &public.dk, None).await?;
        let uvk_proofs = match &new.uvk {
            Some(uvk) => Some(self.prove_uvks(enrolment, &proof, uvk).await?),
            None => None,
        };
        Ok(NewKeys { keys: public, protection, evidence: new.evidence(), dk_proof: Some(dk_proof), uvk_proofs })
    }

    /// The user agrees with the old UVK and is verified by the new one, each with its prompt.
    async fn prove_uvks(
        &self,
        enrolment: &Enrolment,
        proof: &KeyProof,
        new: &CreatedKey,
    ) -> Result<UvkProofs, AuthenticatorError> {
        let KeyRing { public, uvk, .. } = &enrolment.keys;
        let issuer_name = super::shown(&enrolment.account).issuer_name;
        let prompt = Some(Prompt { purpose: PromptPurpose::ReplaceKeys, issuer_name });
        let old = self.prove(proof, uvk, &public.uvk, prompt.clone()).await?;
        let new = self.prove(proof, &new.handle, &new.public, prompt).await?;
        Ok(UvkProofs { old, new })
    }

    /// Whether the key store opens what is sealed to a new encryption key: once it is the issuer's, it is too late to find out.
    fn prove_agreement(&self, key: &KeyHandle, public: &PublicKey) -> Result<(), AuthenticatorError> {
        let sealed = seal(b"proof", public).map_err(broken)?;
        let sealed = Sealed::parse(&sealed, MAX_MESSAGE_BYTES).map_err(broken)?;
        wipe::stack_after(|| {
            let secret = self.platform.keys.agree(key, sealed.epk())?;
            sealed.open(&secret).map_err(|_| KeyStoreError::Unavailable("it agreed with another key".into()))?;
            Ok(())
        })
    }
}
