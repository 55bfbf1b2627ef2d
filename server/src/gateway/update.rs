//! Signed updates by the phone: a new push address, new keys, the end of the enrolment.

use axum::response::Response;
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::proof::KeyProof;
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::update::{Change, MAX_LEAD_SECS, NewKeys, Update, UvkProofs};
use countersign_protocol::message::{Verified, open};

use super::enrol::MAX_PUSH_TOKEN_BYTES;
use super::phones::RevokeReason;
use super::problem::{CallProblem, ProblemCode};
use super::{Gateway, GatewayError, body};
use crate::model::{Enrolment, UpdateRecord};
use crate::security_log::{Event, Id};
use crate::store::{Lock, Tx};

/// The number of updates of one phone that are accepted in an hour. The end of an enrolment is
/// always accepted.
const MAX_UPDATES_PER_HOUR: u32 = 20;

/// The size of the stored messages of one phone's updates. An update with three attestation chains
/// has about 30 KB. The end of an enrolment is always accepted.
const MAX_STORED_BYTES: u64 = 1024 * 1024;

impl Gateway {
    /// Handles `POST /adp/v1/device`. The same bytes get the same receipt. After new keys were
    /// accepted, the phone requests it with the new DK. Other bytes with a used `jti` are rejected.
    #[tracing::instrument(skip_all, fields(enrolment = %phone.id))]
    pub(super) async fn update(&self, phone: &Enrolment, compact: &str) -> Result<Response, CallProblem> {
        let digest = Digest::of(compact.as_bytes());
        if let Some(receipt) = self.parts.store.read().await?.update_receipt(&digest, &phone.id).await? {
            return Ok(body::jose(self.receipt_again(receipt)?));
        }
        let mut tx = self.parts.store.begin().await?;
        tx.lock_all([Lock::account(&phone.account), Lock::enrolment(&phone.id)]).await?;
        if let Some(receipt) = tx.update_receipt(&digest, &phone.id).await? {
            tx.commit().await?;
            return Ok(body::jose(self.receipt_again(receipt)?));
        }
        let mut phone = tx.enrolment(&phone.id).await?.ok_or(GatewayError::Missing("an enrolment"))?;
        let verified = self.verified_update(&phone, compact)?;
        let update = &verified.message;
        // Another signature over the same claims is the same update.
        if tx.knows_update(&phone.id, &update.jti).await? {
            return Err(CallProblem::rejected("update whose jti was used"));
        }
        let recent = tx.updates_since(&phone.id, self.now().plus(-3600)).await?;
        let ends = matches!(update.change, Change::Unenrol {});
        let stored = tx.update_bytes(&phone.id).await?;
        if (recent >= MAX_UPDATES_PER_HOUR || stored >= MAX_STORED_BYTES) && !ends {
            return Err(CallProblem::new(ProblemCode::TooMany, "updates of one phone"));
        }
        // An end is accepted under a used number too, since the phone can do nothing after it.
        let first_use = self.use_number(&mut tx, &mut phone, update.number, &verified.digest).await?;
        // The receipt is for the key that signed the update and states the enrolment after the
        // change.
        let before = phone.clone();
        let outcome = match first_use || ends {
            true => self.change(&mut tx, &mut phone, update).await?,
            false => Outcome::NumberUsed,
        };
        let mut receipt = self.receipt(&mut tx, &before, verified.digest, None, outcome).await?;
        receipt.status = phone.status();
        let receipt = self.sign(&receipt)?;
        let record = UpdateRecord {
            hash: digest,
            enrolment: phone.id.clone(),
            jti: update.jti.clone(),
            // Only messages that changed the enrolment are stored as evidence.
            jws: (outcome == Outcome::Accepted).then(|| compact.to_owned()),
            receipt: receipt.clone(),
            received: self.now(),
        };
        tx.insert_update(&record).await?;
        self.report_update(&mut tx, &phone, &update.change, outcome);
        tx.commit().await?;
        Ok(body::jose(receipt))
    }

    fn verified_update(&self, phone: &Enrolment, compact: &str) -> Result<Verified<Update>, CallProblem> {
        let dk = &phone.keys.dk;
        let verified = open::<Update>(compact, |kid| (kid == dk.thumbprint()).then_some(dk))
            .map_err(|error| CallProblem::rejected(error.code()))?;
        let update = &verified.message;
        let checks = [
            (update.iss == phone.id, "update of another enrolment"),
            (update.aud == self.parts.issuer, "update for another issuer"),
            (!phone.is_revoked(), "update of a revoked enrolment"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, reason)) => Err(CallProblem::rejected(reason)),
            None => Ok(verified),
        }
    }

    fn report_update(&self, tx: &mut Tx, phone: &Enrolment, change: &Change, outcome: Outcome) {
        let (account, enrolment) = (self.parts.security_log.account(&phone.account), Id::from(&phone.id));
        let change = change.as_str();
        self.report(
            tx,
            &match outcome {
                Outcome::Accepted => Event::UpdateAccepted { account, enrolment, change },
                other => Event::UpdateNotAccepted { account, enrolment, change, receipt: other.as_str() },
            },
        );
    }

    async fn change(&self, tx: &mut Tx, phone: &mut Enrolment, update: &Update) -> Result<Outcome, GatewayError> {
        // The nonce of the proof makes the call fresh, and the number gives the order. The expiry
        // is for the phone: an update outside these bounds is not accepted, so that the phone can
        // give up.
        if !(1..=MAX_LEAD_SECS).contains(&update.exp.since(self.now())) {
            return Ok(Outcome::Expired);
        }
        match &update.change {
            Change::PushAddress(address)
                if address.token.as_ref().is_none_or(|token| token.len() <= MAX_PUSH_TOKEN_BYTES) =>
            {
                phone.push = address.clone();
                tx.save_enrolment(phone, self.now()).await?;
                Ok(Outcome::Accepted)
            }
            Change::PushAddress(_) => Ok(Outcome::Policy),
            Change::Keys(new) => self.change_keys(tx, phone, update, new).await,
            Change::Unenrol {} => {
                // A reused number can have revoked a pending phone a moment ago.
                if !phone.is_revoked() {
                    self.revoke(tx, phone, RevokeReason::Phone).await?;
                }
                Ok(Outcome::Accepted)
            }
        }
    }

    /// Accepts new keys. Another UVK needs a proof by the old one. Otherwise the holder of DK alone
    /// could approve.
    async fn change_keys(
        &self,
        tx: &mut Tx,
        phone: &mut Enrolment,
        update: &Update,
        new: &NewKeys,
    ) -> Result<Outcome, GatewayError> {
        let dk_stays = new.keys.dk == phone.keys.dk;
        let free = dk_stays || tx.enrolment_by_device_key(&new.keys.dk.thumbprint()).await?.is_none();
        let by = |key: &PublicKey, proof: &str| self.proves(update, new, key, proof);
        let dk_proved = match &new.dk_proof {
            None => dk_stays,
            Some(proof) => !dk_stays && by(&new.keys.dk, proof),
        };
        let uvk_stays = new.keys.uvk == phone.keys.uvk;
        let uvk_proved = match &new.uvk_proofs {
            None => uvk_stays,
            Some(UvkProofs { old, new: fresh }) => !uvk_stays && by(&phone.keys.uvk, old) && by(&new.keys.uvk, fresh),
        };
        let allowed = phone.is_active()
            && new.keys.distinct()
            && new.keys.keeps_roles_of(&phone.keys)
            && free
            && dk_proved
            && uvk_proved;
        if !allowed {
            return Ok(Outcome::Policy);
        }
        phone.keys = new.keys.clone();
        phone.protection = new.protection.clone();
        tx.save_enrolment(phone, self.now()).await?;
        Ok(Outcome::Accepted)
    }

    /// Returns true if that key signed for exactly this set of keys, this issuer and this update.
    fn proves(&self, update: &Update, new: &NewKeys, key: &PublicKey, compact: &str) -> bool {
        let Ok(proof) = open::<KeyProof>(compact, |kid| (kid == key.thumbprint()).then_some(key)) else { return false };
        proof.message.aud == self.parts.issuer
            && proof.message.nonce.as_str() == update.jti.as_str()
            && proof.message.keys == new.keys.thumbprints()
    }
}
