//! Signed changes by the phone itself: another push address, new keys, its end.

use axum::response::Response;
use countersign_protocol::jose::{Digest, PublicKey};
use countersign_protocol::message::proof::KeyProof;
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::update::{Change, NewKeys, Update, UvkProofs};
use countersign_protocol::message::{Verified, open};
use sqlx::SqliteConnection;

use super::phone::Phone;
use super::refusal::{Code, Refused};
use super::{Fault, Gateway, body};
use crate::store::StoreError;
use crate::store::enrolments::{self, EnrolmentRow, UpdateRow};

/// How far a phone's clock may be ahead, in seconds (ADP/1 §9).
const LEEWAY: i64 = 60;

/// Updates of one phone that are kept within an hour; push addresses change a few times a year. The end is always
/// taken.
const MOST_UPDATES: i64 = 20;

/// Most characters of a push token.
const LONGEST_TOKEN: usize = 1024;

impl Gateway {
    /// `POST /adp/v1/device`. The same bytes get the same receipt; after new keys were accepted, ask for it with the
    /// new DK. Other bytes with a `jti` that was used are rejected.
    pub(super) async fn update(&self, phone: &Phone, compact: &str) -> Result<Response, Refused> {
        let digest = Digest::of(compact.as_bytes()).to_string();
        let mut db = self.parts.store.write().await?;
        if let Some(receipt) = enrolments::update_receipt(&mut db, &digest, phone.id.as_str()).await? {
            return Ok(body::jose(self.receipt_again(receipt)?));
        }
        let mut phone = Phone::find(&mut db, phone.id.as_str()).await?.ok_or(StoreError::Unreadable("enrolment"))?;
        let verified = self.verified_update(&phone, compact)?;
        let jti = verified.message.jti.as_str();
        // Another signature over the same words is not another update.
        if enrolments::knows_update(&mut db, phone.id.as_str(), jti).await? {
            return Err(Refused::rejected("update whose jti was used"));
        }
        let recent = enrolments::updates_since(&mut db, phone.id.as_str(), self.now() - 3600).await?;
        let ends = matches!(verified.message.change, Change::Unenrol {});
        if recent >= MOST_UPDATES && !ends {
            return Err(Refused::of(Code::TooMany, "updates of one phone"));
        }
        // An end counts under any number: nothing can act after it.
        let counts = self.number_counts(&mut db, &mut phone, verified.message.number, &verified.digest).await?;
        let outcome =
            if counts || ends { self.change(&mut db, &phone, &verified.message).await? } else { Outcome::NumberUsed };
        // The receipt speaks of the enrolment after the change, to the key that signed the change.
        let after = Phone::find(&mut db, phone.id.as_str()).await?.ok_or(StoreError::Unreadable("enrolment"))?;
        let mut receipt = self.receipt(&mut db, &phone, verified.digest, None, outcome).await?;
        receipt.status = after.state;
        let receipt = self.sign(&receipt)?;
        let row = UpdateRow {
            hash: &digest,
            enrolment: phone.id.as_str(),
            jti,
            jws: compact,
            receipt: &receipt,
            received: self.now(),
        };
        enrolments::keep_update(&mut db, &row).await?;
        db.commit().await?;
        Ok(body::jose(receipt))
    }

    fn verified_update(&self, phone: &Phone, compact: &str) -> Result<Verified<Update>, Refused> {
        let dk = &phone.keys.dk;
        let verified = open::<Update>(compact, |kid| (kid == dk.thumbprint()).then_some(dk))
            .map_err(|error| Refused::rejected(error.code()))?;
        let update = &verified.message;
        let checks = [
            (update.iss == phone.id, "update of another enrolment"),
            (update.aud == self.parts.issuer, "update for another issuer"),
            (update.iat.seconds() <= self.now() + LEEWAY, "update from the future"),
            (phone.state != EnrolmentState::Revoked, "update of a revoked enrolment"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, reason)) => Err(Refused::rejected(reason)),
            None => Ok(verified),
        }
    }

    async fn change(&self, db: &mut SqliteConnection, phone: &Phone, update: &Update) -> Result<Outcome, Fault> {
        if update.exp.seconds() <= self.now() {
            return Ok(Outcome::Expired);
        }
        match &update.change {
            Change::PushAddress(address) if address.token.as_ref().is_none_or(|token| token.len() <= LONGEST_TOKEN) => {
                let row = EnrolmentRow { push: serde_json::to_string(address)?, ..phone.row.clone() };
                enrolments::replace_keys_and_push(db, &row, self.now()).await?;
                Ok(Outcome::Accepted)
            }
            Change::PushAddress(_) => Ok(Outcome::Policy),
            Change::Keys(new) => self.new_keys(db, phone, update, new).await,
            Change::Unenrol {} => {
                self.revoke(db, phone).await?;
                Ok(Outcome::Accepted)
            }
        }
    }

    /// Takes new keys. Another UVK needs the word of the old one, or whoever holds DK alone could give itself approvals.
    async fn new_keys(
        &self,
        db: &mut SqliteConnection,
        phone: &Phone,
        update: &Update,
        new: &NewKeys,
    ) -> Result<Outcome, Fault> {
        let dk_stays = new.keys.dk == phone.keys.dk;
        let free = dk_stays || enrolments::by_device_key(db, &new.keys.dk.thumbprint().to_string()).await?.is_none();
        let by = |key: &PublicKey, proof: &str| self.proved(update, new, key, proof);
        let dk_proved = match &new.dk_proof {
            None => dk_stays,
            Some(proof) => !dk_stays && by(&new.keys.dk, proof),
        };
        let uvk_stays = new.keys.uvk == phone.keys.uvk;
        let uvk_proved = match &new.uvk_proofs {
            None => uvk_stays,
            Some(UvkProofs { old, new: fresh }) => !uvk_stays && by(&phone.keys.uvk, old) && by(&new.keys.uvk, fresh),
        };
        let allowed = phone.state == EnrolmentState::Active
            && new.keys.distinct()
            && new.keys.keeps_jobs_of(&phone.keys)
            && free
            && dk_proved
            && uvk_proved;
        if !allowed {
            return Ok(Outcome::Policy);
        }
        let row = EnrolmentRow {
            dk_thumb: new.keys.dk.thumbprint().to_string(),
            dk: serde_json::to_string(&new.keys.dk)?,
            uvk: serde_json::to_string(&new.keys.uvk)?,
            ek: serde_json::to_string(&new.keys.ek)?,
            protection: serde_json::to_string(&new.protection)?,
            ..phone.row.clone()
        };
        enrolments::replace_keys_and_push(db, &row, self.now()).await?;
        Ok(Outcome::Accepted)
    }

    /// Whether that key signed for exactly this set of keys, this issuer and this update.
    fn proved(&self, update: &Update, new: &NewKeys, key: &PublicKey, compact: &str) -> bool {
        let Ok(proof) = open::<KeyProof>(compact, |kid| (kid == key.thumbprint()).then_some(key)) else { return false };
        proof.message.aud == self.parts.issuer
            && proof.message.nonce.as_str() == update.jti.as_str()
            && proof.message.keys == new.keys.thumbprints()
    }
}
