//! The phone's side of an enrolment: the challenge, then the keys (ADP/1, section 3).

use axum::response::Response;
use countersign_protocol::jose::{Digest, json, sealed};
use countersign_protocol::message::challenge::{Challenge, ChallengeRequest};
use countersign_protocol::message::claims::{EnrolmentId, Nonce, RoutingHandle};
use countersign_protocol::message::enrolment::{Account, Enrol, Enrolled, confirmation_code};
use countersign_protocol::message::proof::KeyProof;
use countersign_protocol::message::{Verified, open};

use super::caller::Proved;
use super::phones::RevokeReason;
use super::problem::{CallProblem, ProblemCode};
use super::{Gateway, body};
use crate::model::offer::Offer;
use crate::model::{Enrolment, PendingConfirmation, Standing};
use crate::security_log::{Event, Id};
use crate::store::{Lock, Tx};

/// The length of each text by which a phone describes itself.
const MAX_DESCRIPTION_CHARS: usize = 100;

/// The length of a push token.
pub(super) const MAX_PUSH_TOKEN_BYTES: usize = 1024;

impl Gateway {
    /// Handles `POST /adp/v1/enrolments/challenge`. Ties the offer to the first app that calls.
    #[tracing::instrument(skip_all)]
    pub(super) async fn challenge(&self, text: &str) -> Result<Response, CallProblem> {
        let call: ChallengeRequest = json::from_str(text).map_err(|_| CallProblem::rejected("challenge request"))?;
        let now = self.now();
        let unusable = || CallProblem::rejected("offer unknown, expired, used or tied to another app");
        // Read first: a caller without an offer causes no write.
        self.parts.store.read().await?.offer(&call.offer).await?.ok_or_else(unusable)?;
        let mut tx = self.parts.store.begin().await?;
        tx.lock(Lock::Offer(call.offer.clone())).await?;
        let mut offer = tx.offer(&call.offer).await?.ok_or_else(unusable)?;
        let nonce = offer.tie_to(call.verifier_hash, Nonce::random()?, now).map_err(|_| unusable())?;
        tx.save_offer(&offer).await?;
        tx.commit().await?;
        let challenge =
            Challenge { iss: self.parts.issuer.clone(), iat: now, exp: offer.expires, offer: call.offer, nonce };
        Ok(body::jose(self.sign(&challenge)?))
    }

    /// Handles `POST /adp/v1/enrolments`: the keys of a new phone. The same bytes get the same
    /// enrolment again until it is revoked.
    #[tracing::instrument(skip_all)]
    pub(super) async fn enrol(&self, proved: &Proved, compact: &str) -> Result<Response, CallProblem> {
        let enrol = self.verified_enrolment(proved, compact)?;
        // Only the owner of an offer causes a write, and each proof works once even if the
        // enrolment fails.
        let offer = self.parts.store.read().await?.offer(&enrol.message.offer).await?;
        check_secrets(&known(offer)?, &enrol.message)?;
        self.spend(proved).await?;

        let mut tx = self.parts.store.begin().await?;
        tx.lock(Lock::Offer(enrol.message.offer.clone())).await?;
        let offer = known(tx.offer(&enrol.message.offer).await?)?;
        check_secrets(&offer, &enrol.message)?;
        tx.lock(Lock::account(&offer.account)).await?;
        let phone = match offer.enrolment() {
            Some(id) => same_again(&mut tx, id, &enrol.digest).await?,
            None => self.new_phone(&mut tx, offer, &enrol).await?,
        };
        let response = self.enrolled(&mut tx, &phone).await?;
        tx.commit().await?;
        Ok(body::jose(response))
    }

    /// Verifies everything that needs no database: the signature by DK, which also signed the
    /// proof, the proof of UVK, and the form of the values.
    fn verified_enrolment(&self, proved: &Proved, compact: &str) -> Result<Verified<Enrol>, CallProblem> {
        let rejected = |error: countersign_protocol::jose::JoseError| CallProblem::rejected(error.code());
        let enrol = open::<Enrol>(compact, |kid| (kid == proved.thumb).then_some(&proved.key)).map_err(rejected)?;
        let message = &enrol.message;
        let uvk = &message.keys.uvk;
        let proof =
            open::<KeyProof>(&message.uv_proof, |kid| (kid == uvk.thumbprint()).then_some(uvk)).map_err(rejected)?;
        let expected =
            KeyProof { aud: self.parts.issuer.clone(), nonce: message.nonce.clone(), keys: message.keys.thumbprints() };
        let device = &message.device;
        let is_description =
            |text: &&String| text.chars().count() <= MAX_DESCRIPTION_CHARS && !text.chars().any(char::is_control);
        let is_push_token = |token: &String| token.len() <= MAX_PUSH_TOKEN_BYTES;
        let checks = [
            (message.keys.dk == proved.key && message.iss == proved.thumb, "enrolment of another key"),
            (message.aud == self.parts.issuer, "enrolment at another issuer"),
            (message.keys.distinct(), "one key for two purposes"),
            (proof.message == expected, "proof of the user-verification key"),
            (
                [&device.platform, &device.model, &device.app, &device.sdk].iter().all(is_description),
                "description of the device",
            ),
            (message.push.token.as_ref().is_none_or(is_push_token), "push token"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, reason)) => Err(CallProblem::rejected(reason)),
            None => Ok(enrol),
        }
    }

    /// Stores the enrolment and uses the offer.
    async fn new_phone(
        &self,
        tx: &mut Tx,
        mut offer: Offer,
        enrol: &Verified<Enrol>,
    ) -> Result<Enrolment, CallProblem> {
        let now = self.now();
        let message = &enrol.message;
        if tx.enrolment_by_device_key(&message.iss).await?.is_some() {
            return Err(CallProblem::rejected("device key enrolled before"));
        }
        let late = self.late_phones(tx, &offer.account).await?;
        let confirm_nonce = Nonce::random()?;
        let standing = match self.parts.policy.confirm_code {
            true => {
                let code = confirmation_code(&enrol.digest, &confirm_nonce);
                Standing::Pending(PendingConfirmation { code, wrong_codes: 0 })
            }
            false => Standing::Active,
        };
        let phone = Enrolment {
            id: EnrolmentId::random()?,
            account: offer.account.clone(),
            label: offer.label.clone(),
            handle: RoutingHandle::random()?,
            standing,
            keys: message.keys.clone(),
            protection: message.protection.clone(),
            device: message.device.clone(),
            push: message.push.clone(),
            enrol_hash: enrol.digest,
            confirm_nonce,
            created: now,
            number_reused: None,
            signs_history: false,
        };
        let ids = late.iter().map(|late| &late.id).chain([&phone.id]);
        tx.lock_all(ids.map(Lock::enrolment)).await?;
        for mut late in late {
            self.revoke(tx, &mut late, RevokeReason::Confirmation).await?;
        }
        tx.insert_enrolment(&phone).await?;
        offer.redeem(phone.id.clone(), now).map_err(|_| CallProblem::rejected("offer expired"))?;
        tx.save_offer(&offer).await?;
        let enrolled = Event::PhoneEnrolled {
            account: self.parts.security_log.account(&phone.account),
            offer: Id::from(&offer.id),
            enrolment: Id::from(&phone.id),
            state: phone.status().as_str(),
        };
        self.report(tx, &enrolled);
        Ok(phone)
    }

    /// Checks that the account may have another phone. Returns the phones whose code was not typed
    /// in time. They are revoked, so that they do not accumulate. Needs the lock of the account.
    async fn late_phones(&self, tx: &mut Tx, account: &str) -> Result<Vec<Enrolment>, CallProblem> {
        let now = self.now();
        let phones = tx.enrolments_of_account(account).await?;
        let (late, kept): (Vec<_>, Vec<_>) = phones.into_iter().partition(|phone| phone.confirmation_is_late(now));
        // The page refuses the offer before. Several open offers meet the limit here.
        if !self.may_add_phone(kept.len()) {
            return Err(CallProblem::new(ProblemCode::TooMany, "phones of one account"));
        }
        Ok(late)
    }

    /// Makes the sealed response. Opening it proves the encryption key.
    async fn enrolled(&self, tx: &mut Tx, phone: &Enrolment) -> Result<String, CallProblem> {
        let pending = matches!(phone.standing, Standing::Pending(_));
        let enrolled = Enrolled {
            iss: self.parts.issuer.clone(),
            aud: phone.audience(),
            sub: phone.id.clone(),
            iat: self.now(),
            seq: tx.next_seq(&phone.id).await?,
            enrol_hash: phone.enrol_hash,
            handle: phone.handle.clone(),
            account: Account { label: phone.label.clone(), issuer_name: self.parts.issuer_name.clone() },
            policy: self.parts.policy.of_phones(),
            state: phone.status(),
            confirm_nonce: pending.then(|| phone.confirm_nonce.clone()),
        };
        Ok(sealed::seal(self.sign(&enrolled)?.as_bytes(), &phone.keys.ek)?)
    }
}

fn known(offer: Option<Offer>) -> Result<Offer, CallProblem> {
    offer.ok_or_else(|| CallProblem::rejected("offer unknown"))
}

/// Checks the secrets that only the app of the offer and of the challenge knows.
fn check_secrets(offer: &Offer, enrol: &Enrol) -> Result<(), CallProblem> {
    let hash = |secret: &str| Digest::of_secret(secret.as_bytes());
    let same_app = offer.tie().is_some_and(|tie| {
        tie.verifier_hash == hash(enrol.verifier.as_str()) && hash(tie.nonce.as_str()) == hash(enrol.nonce.as_str())
    });
    if !same_app {
        return Err(CallProblem::rejected("challenge of another app"));
    }
    if offer.code_hash != hash(enrol.code.expose()) {
        return Err(CallProblem::rejected("one-time code"));
    }
    Ok(())
}

/// Returns the enrolment that exactly these bytes made before. Its response was lost.
async fn same_again(tx: &mut Tx, id: &EnrolmentId, digest: &Digest) -> Result<Enrolment, CallProblem> {
    tx.lock(Lock::enrolment(id)).await?;
    let same = |phone: &Enrolment| phone.enrol_hash == *digest && !phone.is_revoked();
    let phone = tx.enrolment(id).await?.filter(same);
    phone.ok_or_else(|| CallProblem::rejected("offer used"))
}
