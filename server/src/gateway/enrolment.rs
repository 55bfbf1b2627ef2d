//! The authenticated user's side of adding and removing phones: offers, the confirmation code, the list.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{EnrolmentId, OfferId, Timestamp};
use countersign_protocol::message::offer::{self, OfferCode};
use countersign_protocol::message::request::without_separators;
use countersign_protocol::message::status::EnrolmentState;
use sqlx::SqliteConnection;

use super::phone::{Phone, state_text};
use super::{Fault, Gateway};
use crate::store::enrolments::{self, EnrolmentRow};
use crate::store::offers::{self, OfferRow};
use crate::store::requests;

/// How long an offer is good for, in seconds.
const OFFER_LIFETIME: i64 = 300;

/// How long after it enrolled a phone waits for its confirmation code, in seconds.
const CONFIRM_WINDOW: i64 = 600;

/// Wrong confirmation codes that end an enrolment.
const CONFIRM_TRIES: i64 = 3;

/// An invitation to add one phone.
#[derive(Clone)]
pub struct Offer {
    /// Its name.
    pub id: OfferId,
    /// The link behind the QR code. Holds the one-time code: show it, never log it.
    pub uri: String,
    /// When it ends.
    pub expires: Timestamp,
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferState {
    /// No phone has used it yet.
    Open,
    /// A phone enrolled and shows a code that must be typed.
    AwaitingCode {
        /// The phone's own description of itself: untrusted text.
        device: String,
    },
    /// The phone may approve.
    Active,
    /// Nobody used it in time, or the code was not typed in time.
    Expired,
    /// Too many wrong codes, or the phone was removed.
    Failed,
}

/// What a typed confirmation code did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The phone may approve now.
    Active,
    /// Not the code the phone shows.
    WrongCode {
        /// Tries that are left.
        left: u8,
    },
    /// There is nothing to confirm (any more): no such offer of this account, too many wrong codes, too late.
    Failed,
}

/// One phone of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneInfo {
    /// Its enrolment.
    pub id: EnrolmentId,
    /// The phone's own description of itself: untrusted text.
    pub device: String,
    /// Revoked ones are in [`crate::audit::phones`] only.
    pub state: EnrolmentState,
    /// When it was added.
    pub added: Timestamp,
    /// When it last used a number with other bytes than before: an older state of it was put back, or a copy of it acts.
    pub number_reused: Option<Timestamp>,
}

impl PhoneInfo {
    fn of(phone: Phone) -> Result<Self, Fault> {
        let device = phone.description()?;
        let added = Timestamp::from_seconds(phone.row.created);
        let number_reused = phone.row.number_reused.map(Timestamp::from_seconds);
        Ok(Self { id: phone.id, device, state: phone.state, added, number_reused })
    }

    /// A stored enrolment, whatever became of it.
    pub(crate) fn read(row: EnrolmentRow) -> Result<Self, Fault> {
        Self::of(Phone::read(row)?)
    }
}

impl Gateway {
    /// A new offer for `user`, whom phones will show as `label`. Only call it inside an authenticated session.
    ///
    /// # Errors
    /// [`Fault`] when it could not be stored.
    pub async fn offer(&self, user: &str, label: &str) -> Result<Offer, Fault> {
        let now = self.now();
        let offer = offer::Offer {
            issuer: self.parts.issuer.clone(),
            id: OfferId::random()?,
            code: OfferCode::random()?,
            pins: self.parts.keys.device().pins().to_vec(),
        };
        let row = OfferRow {
            id: offer.id.to_string(),
            account: user.to_owned(),
            label: label.to_owned(),
            code_hash: Digest::of(offer.code.expose().as_bytes()).to_string(),
            verifier_hash: None,
            nonce: None,
            expires: now + OFFER_LIFETIME,
            enrolment: None,
        };
        let mut db = self.parts.store.pool().acquire().await?;
        offers::insert(&mut db, &row, now).await?;
        let uri = offer.to_link(self.parts.app_link.as_str().trim_end_matches('/'));
        Ok(Offer { id: offer.id, uri, expires: Timestamp::from_seconds(row.expires) })
    }

    /// What became of an offer; `None` when `user` made no such offer.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn offer_state(&self, user: &str, offer: &OfferId) -> Result<Option<OfferState>, Fault> {
        let mut db = self.parts.store.pool().acquire().await?;
        let Some(row) = offer_of(&mut db, user, offer).await? else { return Ok(None) };
        let Some(enrolment) = row.enrolment else {
            return Ok(Some(if row.expires > self.now() { OfferState::Open } else { OfferState::Expired }));
        };
        let Some(phone) = Phone::find(&mut db, &enrolment).await? else { return Ok(Some(OfferState::Failed)) };
        Ok(Some(match phone.state {
            EnrolmentState::Pending if self.code_is_late(&phone) => OfferState::Expired,
            EnrolmentState::Pending => OfferState::AwaitingCode { device: phone.description()? },
            EnrolmentState::Active => OfferState::Active,
            EnrolmentState::Suspended | EnrolmentState::Revoked => OfferState::Failed,
        }))
    }

    /// Whose offer it is.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn account_of_offer(&self, offer: &OfferId) -> Result<Option<String>, Fault> {
        let mut db = self.parts.store.pool().acquire().await?;
        Ok(offers::find(&mut db, offer.as_str()).await?.map(|row| row.account))
    }

    /// Whose phone it is or was.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn account_of_phone(&self, phone: &EnrolmentId) -> Result<Option<String>, Fault> {
        let mut db = self.parts.store.pool().acquire().await?;
        Ok(enrolments::find(&mut db, phone.as_str()).await?.map(|row| row.account))
    }

    /// Takes the six digits that the user typed into the authenticated session.
    ///
    /// # Errors
    /// [`Fault`] when the database fails; the try then did not count.
    pub async fn confirm(&self, user: &str, offer: &OfferId, code: &str) -> Result<Confirmed, Fault> {
        let now = self.now();
        let mut db = self.parts.store.write().await?;
        let Some(OfferRow { enrolment: Some(enrolment), .. }) = offer_of(&mut db, user, offer).await? else {
            return Ok(Confirmed::Failed);
        };
        let Some(phone) = Phone::find(&mut db, &enrolment).await? else { return Ok(Confirmed::Failed) };
        let (EnrolmentState::Pending, Some(expected)) = (phone.state, &phone.row.confirm_code) else {
            let active = phone.state == EnrolmentState::Active;
            return Ok(if active { Confirmed::Active } else { Confirmed::Failed });
        };
        let late = self.code_is_late(&phone);
        let right = Digest::of(expected.as_bytes()) == Digest::of(without_separators(code).as_bytes());
        if right && !late {
            enrolments::change_state(&mut db, phone.id.as_str(), "pending", "active", now).await?;
            let word = self.status(&mut db, &phone, EnrolmentState::Active).await?;
            db.commit().await?;
            tracing::info!(enrolment = %phone.id, "a phone was added and can approve");
            self.push_status(&phone, &word).await;
            return Ok(Confirmed::Active);
        }
        let tries = enrolments::count_wrong_code(&mut db, phone.id.as_str()).await?;
        if late || tries >= CONFIRM_TRIES {
            let word = self.revoke(&mut db, &phone).await?;
            db.commit().await?;
            self.push_status(&phone, &word).await;
            return Ok(Confirmed::Failed);
        }
        db.commit().await?;
        Ok(Confirmed::WrongCode { left: u8::try_from(CONFIRM_TRIES - tries).unwrap_or_default() })
    }

    /// The user's phones, oldest first.
    ///
    /// # Errors
    /// [`Fault`] when the database fails.
    pub async fn phones(&self, user: &str) -> Result<Vec<PhoneInfo>, Fault> {
        let mut db = self.parts.store.pool().acquire().await?;
        let rows = enrolments::of_account(&mut db, user).await?;
        let phones = rows.into_iter().map(Phone::read).collect::<Result<Vec<_>, _>>()?;
        phones
            .into_iter()
            .filter(|phone| phone.state != EnrolmentState::Pending || !self.code_is_late(phone))
            .map(PhoneInfo::of)
            .collect()
    }

    /// Removes a phone: it is revoked and told so, and what waits there is cancelled. False when `user` has no such
    /// phone.
    ///
    /// # Errors
    /// [`Fault`] when the database fails; nothing was changed then.
    pub async fn unenrol(&self, user: &str, phone: &EnrolmentId) -> Result<bool, Fault> {
        let mut db = self.parts.store.write().await?;
        let Some(phone) = Phone::find(&mut db, phone.as_str()).await? else { return Ok(false) };
        if phone.row.account != user || phone.state == EnrolmentState::Revoked {
            return Ok(false);
        }
        let word = self.revoke(&mut db, &phone).await?;
        db.commit().await?;
        self.push_status(&phone, &word).await;
        Ok(true)
    }

    /// Suspends an active phone (`suspended`) or lifts that: a suspended phone is asked nothing and approves nothing,
    /// and can be lifted without enrolling again. False when `user` has no such phone in the other of the two states.
    ///
    /// # Errors
    /// [`Fault`] when the database fails; nothing was changed then.
    pub async fn suspend(&self, user: &str, phone: &EnrolmentId, suspended: bool) -> Result<bool, Fault> {
        let (from, to) = match suspended {
            true => (EnrolmentState::Active, EnrolmentState::Suspended),
            false => (EnrolmentState::Suspended, EnrolmentState::Active),
        };
        let now = self.now();
        let mut db = self.parts.store.write().await?;
        let Some(phone) = Phone::find(&mut db, phone.as_str()).await? else { return Ok(false) };
        if phone.row.account != user || phone.state != from {
            return Ok(false);
        }
        enrolments::change_state(&mut db, phone.id.as_str(), state_text(from), state_text(to), now).await?;
        let word = self.status(&mut db, &phone, to).await?;
        db.commit().await?;
        self.push_status(&phone, &word).await;
        Ok(true)
    }

    /// Ends an enrolment and what waits at its phone. Returns the signed word for it.
    pub(super) async fn revoke(&self, db: &mut SqliteConnection, phone: &Phone) -> Result<String, Fault> {
        let now = self.now();
        enrolments::change_state(db, phone.id.as_str(), state_text(phone.state), "revoked", now).await?;
        requests::cancel_requests_of_phone(db, phone.id.as_str(), now).await?;
        self.status(db, phone, EnrolmentState::Revoked).await
    }

    /// Whether a pending phone has waited too long for its code.
    pub(super) fn code_is_late(&self, phone: &Phone) -> bool {
        phone.row.created + CONFIRM_WINDOW <= self.now()
    }
}

async fn offer_of(db: &mut SqliteConnection, user: &str, offer: &OfferId) -> Result<Option<OfferRow>, Fault> {
    Ok(offers::find(db, offer.as_str()).await?.filter(|row| row.account == user))
}
