//! New keys that are to replace those of an enrolment: created, verified and proved to the issuer.

use crate::authenticator::Inner;
use crate::authenticator::enrol::broken;
use crate::device::{Enrolment, KeyRing};
use crate::error::AuthenticatorError;
use crate::platform::{CreatedKey, KeyHandle, KeyRole, KeyStoreError, PromptPurpose};
use countersign_protocol::jose::sealed::{Sealed, seal};
use countersign_protocol::jose::{Digest, PublicKey, wipe};
use countersign_protocol::message::MAX_MESSAGE_BYTES;
use countersign_protocol::message::claims::{Issuer, Jti};
use countersign_protocol::message::enrolment::{KeySetEvidence, KeySetProtection};
use countersign_protocol::message::proof::{KeyProof, KeySet};
use countersign_protocol::message::update::{NewKeys, UvkProofs};

/// The keys that a rotation replaces.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// DK and EK, without a prompt.
    DeviceAndEncryption,
    /// All three keys, with a prompt of the old UVK and one of the new UVK.
    All,
}

/// New keys that are not stored in the state yet.
pub(super) struct Replacement {
    dk: CreatedKey,
    /// `None` if the rotation does not replace the UVK.
    uvk: Option<CreatedKey>,
    ek: CreatedKey,
}

impl Replacement {
    /// Returns the handles of the new keys.
    pub(super) fn handles(&self) -> Vec<KeyHandle> {
        [Some(&self.dk), self.uvk.as_ref(), Some(&self.ek)]
            .into_iter()
            .flatten()
            .map(|key| key.handle.clone())
            .collect()
    }

    /// Returns all three keys after the rotation: the new ones, and the UVK of `old` if it stays.
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
    /// Creates the new keys, attested for this challenge.
    pub(super) async fn create_replacement(
        &self,
        issuer: &Issuer,
        challenge: Digest,
        scope: Scope,
    ) -> Result<Replacement, AuthenticatorError> {
        use KeyRole::{Device, Encryption, UserVerification};
        Ok(match scope {
            Scope::DeviceAndEncryption => {
                let [dk, ek] = self.create_keys(issuer, challenge, [Device, Encryption]).await?;
                Replacement { dk, uvk: None, ek }
            }
            Scope::All => {
                let roles = [Device, UserVerification, Encryption];
                let [dk, uvk, ek] = self.create_keys(issuer, challenge, roles).await?;
                Replacement { dk, uvk: Some(uvk), ek }
            }
        })
    }

    /// Returns the new keys with the proofs that the issuer requires. The user is prompted last,
    /// after everything else succeeded.
    pub(super) async fn prove_replacement(
        &self,
        enrolment: &Enrolment,
        jti: &Jti,
        new: &Replacement,
    ) -> Result<NewKeys, AuthenticatorError> {
        self.verify_decryption(&new.ek.handle, &new.ek.public)?;
        let KeyRing { public, protection, dk, .. } = new.ring(&enrolment.keys);
        let nonce = jti.as_str().parse().map_err(|_| AuthenticatorError::Broken)?;
        let proof = KeyProof { aud: enrolment.issuer.clone(), nonce, keys: public.thumbprints() };
        let dk_proof = self.sign_proof(&proof, &dk, &public.dk, None).await?;
        let uvk_proofs = match &new.uvk {
            Some(uvk) => Some(self.prove_uvks(enrolment, &proof, uvk).await?),
            None => None,
        };
        Ok(NewKeys { keys: public, protection, evidence: new.evidence(), dk_proof: Some(dk_proof), uvk_proofs })
    }

    /// Signs the proof with the old UVK and with the new UVK. Each prompts the user.
    async fn prove_uvks(
        &self,
        enrolment: &Enrolment,
        proof: &KeyProof,
        new: &CreatedKey,
    ) -> Result<UvkProofs, AuthenticatorError> {
        let KeyRing { public, uvk, .. } = &enrolment.keys;
        let prompt = Some(crate::authenticator::prompt(PromptPurpose::ReplaceKeys, enrolment));
        let old = self.sign_proof(proof, uvk, &public.uvk, prompt.clone()).await?;
        let new = self.sign_proof(proof, &new.handle, &new.public, prompt).await?;
        Ok(UvkProofs { old, new })
    }

    /// Verifies that the key store can decrypt with the new encryption key before the key is
    /// registered with the issuer.
    fn verify_decryption(&self, key: &KeyHandle, public: &PublicKey) -> Result<(), AuthenticatorError> {
        let sealed = seal(b"proof", public).map_err(broken)?;
        let sealed = Sealed::parse(&sealed, MAX_MESSAGE_BYTES).map_err(broken)?;
        wipe::after(|| {
            let secret = self.platform.keys.agree(key, sealed.epk())?;
            let other_key = || KeyStoreError::Unavailable("it does key agreement with another key".into());
            sealed.open(&secret).map_err(|_| other_key())?;
            Ok(())
        })
    }
}
