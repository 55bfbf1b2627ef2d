//! Enrolment: offer, metadata under its pins, challenge, new keys, proof by the UVK, sealed
//! response.

use super::call::{Call, Caller, body_of, signing_input, without_proof};
use super::{Authenticator, ChangeError, EnrolmentInfo, Inner};
use crate::device::clock::TrustedClock;
use crate::device::{DecisionHistory, Enrolment, KeyRing, inbound};
use crate::error::{AuthenticatorError, VerifyError};
use crate::platform::{CreatedKey, KeyHandle, KeyRole, Method, Prompt, PromptPurpose};
use countersign_protocol::jose::{Digest, JoseError, wipe};
use countersign_protocol::message::challenge::{Challenge, ChallengeRequest, attestation_challenge};
use countersign_protocol::message::claims::{DeviceAudience, Nonce};
use countersign_protocol::message::enrolment::{
    Enrol, Enrolled, KeySetEvidence, KeySetProtection, PushAddress, confirmation_code,
};
use countersign_protocol::message::metadata::Metadata;
use countersign_protocol::message::offer::Offer;
use countersign_protocol::message::proof::{KeyProof, KeySet};
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::{MAX_MESSAGE_BYTES, open};

/// The maximum length of the sealed response to an enrolment.
const MAX_ENROLLED_BYTES: usize = 2 * MAX_MESSAGE_BYTES;

impl Authenticator {
    /// Enrols this phone with an offer. Prompts the user once.
    ///
    /// The enrolment is pending while the issuer waits for the [confirmation
    /// code](EnrolmentInfo::confirm_code). After an error no enrolment is stored and the new keys
    /// are deleted.
    ///
    /// # Errors
    /// [`AuthenticatorError::Offer`] if the issuer is not one of
    /// [`Config::issuers`](super::Config). Then no call is made. [`AuthenticatorError::Transport`]
    /// or [`AuthenticatorError::Server`] if a call fails: the offer can be used again until it
    /// expires. [`AuthenticatorError::Rejected`] if a response fails verification.
    /// [`AuthenticatorError::KeyStore`] if a key cannot be created or the user is not verified.
    /// [`AuthenticatorError::State`], [`AuthenticatorError::Clock`] or
    /// [`AuthenticatorError::Broken`] if the platform fails.
    pub async fn enrol(&self, offer: Offer, push: PushAddress) -> Result<EnrolmentInfo, AuthenticatorError> {
        let inner = &*self.inner;
        inner.check_issuer(&offer)?;
        let metadata = inner.fetch_metadata(&offer.issuer, &offer.pins, None).await?;
        let verifier = wipe::after(Nonce::random).map_err(broken)?;
        let challenge = inner.challenge(&offer, &metadata, &verifier).await?;
        let attested = attestation_challenge(&offer.issuer, &offer.id, &challenge.nonce);
        let roles = [KeyRole::Device, KeyRole::UserVerification, KeyRole::Encryption];
        let _creating = inner.begin_creating().await;
        let [dk, uvk, ek] = inner.create_keys(&offer.issuer, attested, roles).await?;
        let keys = NewKeys { dk, uvk, ek };
        let handles = keys.handles();
        let enrolled = inner.post_enrolment(&offer, &metadata, &challenge, verifier, &keys, push).await;
        let result = enrolled.and_then(|(enrolled, enrol_hash)| {
            inner.store_enrolment(&offer, metadata, &challenge, keys, enrolled, &enrol_hash)
        });
        if result.is_err() {
            inner.delete_pending_keys(&handles).await;
        }
        result
    }
}

/// The three new keys of an enrolment.
struct NewKeys {
    dk: CreatedKey,
    uvk: CreatedKey,
    ek: CreatedKey,
}

impl NewKeys {
    fn handles(&self) -> [KeyHandle; 3] {
        [self.dk.handle.clone(), self.uvk.handle.clone(), self.ek.handle.clone()]
    }

    fn public(&self) -> KeySet {
        KeySet { dk: self.dk.public.clone(), uvk: self.uvk.public.clone(), ek: self.ek.public.clone() }
    }

    fn protection(&self) -> KeySetProtection {
        KeySetProtection { dk: self.dk.protection, uvk: self.uvk.protection, ek: self.ek.protection }
    }

    fn evidence(&self) -> KeySetEvidence {
        KeySetEvidence { dk: self.dk.evidence.clone(), uvk: self.uvk.evidence.clone(), ek: self.ek.evidence.clone() }
    }

    fn into_ring(self) -> KeyRing {
        KeyRing {
            public: self.public(),
            protection: self.protection(),
            verification: self.uvk.verification,
            dk: self.dk.handle,
            uvk: self.uvk.handle,
            ek: self.ek.handle,
        }
    }
}

impl Inner {
    async fn challenge(
        &self,
        offer: &Offer,
        metadata: &Metadata,
        verifier: &Nonce,
    ) -> Result<Challenge, AuthenticatorError> {
        let body = ChallengeRequest {
            offer: offer.id.clone(),
            verifier_hash: Digest::of_secret(verifier.as_str().as_bytes()),
        };
        let body = serde_json::to_vec(&body).map_err(|_| AuthenticatorError::Broken)?;
        let url = metadata.endpoints.challenge.clone();
        let call = Call { method: Method::Post, url, body, max_response_bytes: MAX_MESSAGE_BYTES };
        let mut request = without_proof(&call);
        for (name, value) in &mut request.headers {
            if *name == "content-type" {
                *value = "application/json".into();
            }
        }
        let response = self.platform.transport.send(request).await?;
        self.store_nonce(&offer.issuer, response.dpop_nonce.as_ref());
        let text = body_of(response)?;
        self.open_challenge(&text, offer, metadata).map_err(|reason| self.reject("challenge", reason).into())
    }

    fn open_challenge(&self, text: &str, offer: &Offer, metadata: &Metadata) -> Result<Challenge, VerifyError> {
        let challenge = open::<Challenge>(text, |kid| metadata.key(kid))?.message;
        if challenge.iss != offer.issuer {
            return Err(VerifyError::Issuer);
        }
        if challenge.offer != offer.id {
            return Err(VerifyError::Nonce);
        }
        if challenge.exp <= challenge.iat || metadata.exp <= challenge.iat {
            return Err(VerifyError::Expired);
        }
        Ok(challenge)
    }

    async fn post_enrolment(
        &self,
        offer: &Offer,
        metadata: &Metadata,
        challenge: &Challenge,
        verifier: Nonce,
        keys: &NewKeys,
        push: PushAddress,
    ) -> Result<(Enrolled, Digest), AuthenticatorError> {
        let public = keys.public();
        let enrol = Enrol {
            iss: public.dk.thumbprint(),
            aud: offer.issuer.clone(),
            iat: challenge.iat,
            offer: offer.id.clone(),
            code: offer.code.clone(),
            verifier,
            nonce: challenge.nonce.clone(),
            protection: keys.protection(),
            evidence: keys.evidence(),
            push,
            device: self.shared.config.device.clone(),
            uv_proof: self.prove_uvk(offer, challenge, keys).await?,
            keys: public,
        };
        let input = signing_input(&enrol, &keys.dk.public)?;
        let signature = self.sign(&keys.dk.handle, &keys.dk.public, input.as_bytes(), None).await?;
        let body = input.finish(&signature);
        let enrol_hash = Digest::of(body.as_bytes());
        let caller = Caller {
            issuer: offer.issuer.clone(),
            dk: keys.dk.handle.clone(),
            public: keys.dk.public.clone(),
            now: challenge.iat,
        };
        let url = metadata.endpoints.enrolments.clone();
        let max_response_bytes = MAX_ENROLLED_BYTES;
        let call = Call { method: Method::Post, url, body: body.into_bytes(), max_response_bytes };
        let sealed = match self.call(&caller, &call).await {
            // The server may have used the offer and only its response was lost. It responds to the
            // same bytes with the same enrolment.
            Err(AuthenticatorError::Transport(_)) => self.call(&caller, &call).await?,
            response => response?,
        };
        let ek = |kid| (kid == keys.ek.public.thumbprint()).then_some(&keys.ek.handle);
        let enrolled = inbound::unseal(&sealed, MAX_ENROLLED_BYTES, &*self.platform.keys, ek)
            .and_then(|text| {
                inbound::open_enrolled(&text, &offer.issuer, DeviceAudience(keys.dk.public.thumbprint()), metadata)
            })
            .map_err(|reason| self.reject("enrolled", reason))?;
        Ok((enrolled, enrol_hash))
    }

    /// Signs the `adp-proof+jwt` with the UVK, which prompts the user.
    async fn prove_uvk(
        &self,
        offer: &Offer,
        challenge: &Challenge,
        keys: &NewKeys,
    ) -> Result<String, AuthenticatorError> {
        let proof =
            KeyProof { aud: offer.issuer.clone(), nonce: challenge.nonce.clone(), keys: keys.public().thumbprints() };
        // The issuer tells its name only in its response.
        let issuer_address = offer.issuer.address().to_owned();
        let prompt = Prompt { purpose: PromptPurpose::Enrol, issuer_name: issuer_address.clone(), issuer_address };
        self.sign_proof(&proof, &keys.uvk.handle, &keys.uvk.public, Some(prompt)).await
    }

    fn store_enrolment(
        &self,
        offer: &Offer,
        metadata: Metadata,
        challenge: &Challenge,
        keys: NewKeys,
        enrolled: Enrolled,
        enrol_hash: &Digest,
    ) -> Result<EnrolmentInfo, AuthenticatorError> {
        let is_initial = matches!(enrolled.state, EnrolmentState::Pending | EnrolmentState::Active);
        if enrolled.enrol_hash != *enrol_hash || !is_initial {
            return Err(self.reject("enrolled", VerifyError::Nonce).into());
        }
        let enrolment = Enrolment {
            id: enrolled.sub,
            issuer: offer.issuer.clone(),
            account: enrolled.account,
            state: enrolled.state,
            confirm_code: enrolled.confirm_nonce.map(|nonce| confirmation_code(enrol_hash, &nonce)),
            handle: enrolled.handle,
            policy: enrolled.policy,
            keys: keys.into_ring(),
            metadata,
            clock: TrustedClock::default(),
            status_seq: enrolled.seq,
            entries: Vec::new(),
            closed_ids: Vec::new(),
            history: DecisionHistory::of(*enrol_hash),
            rotation: None,
            replaced_keys: Vec::new(),
            number: 0,
            rollback_detected_at: None,
        };
        let info = EnrolmentInfo::of(&enrolment, self.shared.config.app_version);
        self.commit(|state, reading| -> Result<(), ChangeError> {
            let mut enrolment = enrolment;
            enrolment.clock.observe_live(challenge.iat, reading);
            Ok(state.add(enrolment)?)
        })
        .map_err(|error| error.outward(self, "enrolled"))?;
        Ok(info)
    }
}

pub(super) fn broken(_: JoseError) -> AuthenticatorError {
    AuthenticatorError::Broken
}
