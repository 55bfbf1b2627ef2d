//! A phone's side of being added: the challenge, then its keys (ADP/1 §3).

use axum::response::Response;
use countersign_protocol::jose::{Digest, json, sealed};
use countersign_protocol::message::challenge::{Challenge, ChallengeRequest};
use countersign_protocol::message::claims::{EnrolmentId, Nonce, RoutingHandle, Timestamp};
use countersign_protocol::message::enrolment::{Account, Enrol, Enrolled, confirmation_code};
use countersign_protocol::message::proof::KeyProof;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::{Verified, open};
use sqlx::SqliteConnection;

use super::caller::Proved;
use super::phone::{self, Phone, state_text};
use super::refusal::Refused;
use super::{Fault, Gateway, body};
use crate::store::enrolments::{self, EnrolmentRow};
use crate::store::offers::{self, OfferRow};

/// How far the `iat` of an enrolment may be from now, in seconds.
const WINDOW: i64 = 300;

/// Most characters of each text by which a phone describes itself, and of a push token.
const LONGEST_DESCRIPTION: usize = 100;
const LONGEST_TOKEN: usize = 1024;

impl Gateway {
    /// `POST /adp/v1/enrolments/challenge`: ties the offer to the app that asks first.
    pub(super) async fn challenge(&self, text: &str) -> Result<Response, Refused> {
        let asked: ChallengeRequest = json::from_str(text).map_err(|_| Refused::rejected("challenge request"))?;
        let now = self.now();
        let mut db = self.parts.store.pool().acquire().await?;
        let unusable = || Refused::rejected("offer unknown, over, used or taken by another app");
        // Read first: strangers must not hold the write lock.
        let offer = offers::find(&mut db, asked.offer.as_str()).await?.ok_or_else(unusable)?;
        let hash = asked.verifier_hash.to_string();
        let nonce =
            offers::tie(&mut db, &offer.id, &hash, Nonce::random()?.as_str(), now).await?.ok_or_else(unusable)?;
        let challenge = Challenge {
            iss: self.parts.issuer.clone(),
            iat: Timestamp::from_seconds(now),
            exp: Timestamp::from_seconds(offer.expires),
            offer: asked.offer,
            nonce: nonce.parse().map_err(|_| Refused::rejected("stored nonce"))?,
        };
        Ok(body::jose(self.sign(&challenge)?))
    }

    /// `POST /adp/v1/enrolments`: the keys of a new phone. The same bytes get the same enrolment again while it lives.
    pub(super) async fn enrol(&self, proved: &Proved, compact: &str) -> Result<Response, Refused> {
        let enrol = self.verified_enrolment(proved, compact)?;
        let now = self.now();
        // Only who holds an offer of ours comes to where something is written, and with each proof once, whatever comes of it.
        let mut db = self.parts.store.pool().acquire().await?;
        earned_offer(&mut db, &enrol.message).await?;
        proved.spend(&mut db, now).await?;
        drop(db);
        let mut db = self.parts.store.write().await?;
        let offer = earned_offer(&mut db, &enrol.message).await?;
        let phone = match &offer.enrolment {
            Some(id) => same_again(&mut db, id, &enrol.digest).await?,
            None => self.new_phone(&mut db, &offer, &enrol).await?,
        };
        let answer = self.enrolled(&mut db, &phone).await?;
        db.commit().await?;
        tracing::info!(enrolment = %phone.id, state = state_text(phone.state), "a phone enrolled");
        Ok(body::jose(answer))
    }

    /// Everything about the message that needs no database: signature by DK, which also signed the proof; UVK proved;
    /// sane.
    fn verified_enrolment(&self, proved: &Proved, compact: &str) -> Result<Verified<Enrol>, Refused> {
        let rejected = |error: countersign_protocol::jose::JoseError| Refused::rejected(error.code());
        let enrol = open::<Enrol>(compact, |kid| (kid == proved.thumb).then_some(&proved.key)).map_err(rejected)?;
        let message = &enrol.message;
        let uvk = &message.keys.uvk;
        let proof =
            open::<KeyProof>(&message.uv_proof, |kid| (kid == uvk.thumbprint()).then_some(uvk)).map_err(rejected)?;
        let expected =
            KeyProof { aud: self.parts.issuer.clone(), nonce: message.nonce.clone(), keys: message.keys.thumbprints() };
        let device = &message.device;
        let checks = [
            (message.keys.dk == proved.key && message.iss == proved.thumb, "enrolment of another key"),
            (message.aud == self.parts.issuer, "enrolment at another issuer"),
            (message.keys.distinct(), "one key for two jobs"),
            (proof.message == expected, "proof of the user-verification key"),
            (message.iat.seconds().abs_diff(self.now()) <= WINDOW.unsigned_abs(), "enrolment of another time"),
            (
                [&device.platform, &device.model, &device.app, &device.sdk]
                    .iter()
                    .all(|text| text.chars().count() <= LONGEST_DESCRIPTION && !text.chars().any(char::is_control)),
                "description of the device",
            ),
            (message.push.token.as_ref().is_none_or(|token| token.len() <= LONGEST_TOKEN), "push token"),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, reason)) => Err(Refused::rejected(reason)),
            None => Ok(enrol),
        }
    }

    /// Stores the phone and uses the offer up.
    async fn new_phone(
        &self,
        db: &mut SqliteConnection,
        offer: &OfferRow,
        enrol: &Verified<Enrol>,
    ) -> Result<Phone, Refused> {
        let now = self.now();
        let message = &enrol.message;
        let thumb = message.iss.to_string();
        if enrolments::by_device_key(db, &thumb).await?.is_some() {
            return Err(Refused::rejected("device key enrolled before"));
        }
        let confirm_nonce = Nonce::random()?;
        let wait = self.parts.policy.confirm_code;
        let row = EnrolmentRow {
            id: EnrolmentId::random()?.into(),
            account: offer.account.clone(),
            label: offer.label.clone(),
            handle: RoutingHandle::random()?.into(),
            state: state_text(if wait { EnrolmentState::Pending } else { EnrolmentState::Active }).to_owned(),
            dk_thumb: thumb,
            dk: text(&message.keys.dk)?,
            uvk: text(&message.keys.uvk)?,
            ek: text(&message.keys.ek)?,
            protection: text(&message.protection)?,
            device: text(&message.device)?,
            push: text(&message.push)?,
            enrol_hash: enrol.digest.to_string(),
            confirm_code: wait.then(|| confirmation_code(&enrol.digest, &confirm_nonce)),
            confirm_nonce: confirm_nonce.into(),
            created: now,
            number_reused: None,
        };
        enrolments::insert(db, &row).await?;
        if !offers::redeem(db, &offer.id, &row.id, now).await? {
            return Err(Refused::rejected("offer over"));
        }
        Ok(Phone::read(row)?)
    }

    /// The sealed answer: opening it proves the encryption key.
    async fn enrolled(&self, db: &mut SqliteConnection, phone: &Phone) -> Result<String, Refused> {
        let waits = phone.state == EnrolmentState::Pending;
        let unreadable = |_| Refused::rejected("stored enrolment");
        let enrolled = Enrolled {
            iss: self.parts.issuer.clone(),
            aud: phone.audience(),
            sub: phone.id.clone(),
            iat: self.parts.clock.now(),
            seq: phone::next_seq(db, &phone.id).await?,
            enrol_hash: phone.row.enrol_hash.parse()?,
            handle: phone.handle.clone(),
            account: Account { label: phone.row.label.clone(), issuer_name: self.parts.issuer_name.clone() },
            policy: self.parts.policy.of_phones(),
            state: phone.state,
            confirm_nonce: waits.then(|| phone.row.confirm_nonce.parse().map_err(unreadable)).transpose()?,
        };
        Ok(sealed::seal(self.sign(&enrolled)?.as_bytes(), &phone.keys.ek)?)
    }
}

/// The offer that the message names, if it shows everything that comes with it.
async fn earned_offer(db: &mut SqliteConnection, enrol: &Enrol) -> Result<OfferRow, Refused> {
    let offer = offers::find(db, enrol.offer.as_str()).await?.ok_or_else(|| Refused::rejected("offer unknown"))?;
    earned(&offer, enrol)?;
    Ok(offer)
}

/// Whether the message shows everything that only the app of the offer and of the challenge knows.
fn earned(offer: &OfferRow, enrol: &Enrol) -> Result<(), Refused> {
    let same = |stored: &str, given: &str| Digest::of(stored.as_bytes()) == Digest::of(given.as_bytes());
    let hash = |secret: &str| Digest::of(secret.as_bytes()).to_string();
    let verifier = offer.verifier_hash.as_deref().is_some_and(|stored| same(stored, &hash(enrol.verifier.as_str())));
    let nonce = offer.nonce.as_deref().is_some_and(|stored| same(stored, enrol.nonce.as_str()));
    if !verifier || !nonce {
        return Err(Refused::rejected("challenge of another app"));
    }
    if !same(&offer.code_hash, &hash(enrol.code.expose())) {
        return Err(Refused::rejected("one-time code"));
    }
    Ok(())
}

/// The phone that exactly these bytes made before: its answer was lost on the way.
async fn same_again(db: &mut SqliteConnection, id: &str, digest: &Digest) -> Result<Phone, Refused> {
    let phone = Phone::find(db, id).await?.ok_or_else(|| Refused::rejected("offer used"))?;
    if phone.row.enrol_hash != digest.to_string() || phone.state == EnrolmentState::Revoked {
        return Err(Refused::rejected("offer used"));
    }
    Ok(phone)
}

fn text(value: &impl serde::Serialize) -> Result<String, Fault> {
    Ok(serde_json::to_string(value)?)
}
