//! Offers: invitations to add one phone, made in an authenticated session.

use countersign_protocol::jose::Digest;
use countersign_protocol::message::claims::{OfferId, Timestamp};
use countersign_protocol::message::offer::{self as link, OfferCode};
use countersign_protocol::message::status::EnrolmentState;

use super::{Gateway, GatewayError};
use crate::model::offer::{self, Stage};
use crate::security_log::{Event, Id};

/// The lifetime of an offer, in seconds.
const OFFER_LIFETIME_SECS: i64 = 300;

/// The maximum number of unused offers of one account, each of which is a way to add a phone. One
/// that expired does not count.
pub(super) const MAX_OPEN_OFFERS: u32 = 10;

/// An invitation to add one phone.
#[derive(Clone)]
pub struct Offer {
    /// The identifier.
    pub id: OfferId,
    /// The link behind the QR code. It contains the one-time code. Show it and never log it.
    pub uri: String,
    /// The expiry.
    pub expires: Timestamp,
}

/// The state of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferState {
    /// No phone has used it yet.
    Open,
    /// A phone enrolled and shows a code that must be typed.
    AwaitingCode {
        /// The phone's description of itself. The text is untrusted.
        device: String,
    },
    /// The phone can approve.
    Active,
    /// No phone used the offer in time, or the code was not typed in time.
    Expired,
    /// Too many wrong codes, or the phone was removed.
    Failed,
}

impl Gateway {
    /// Makes an offer for the account `user`. Phones show the account as `label`. Call it inside an
    /// authenticated session only. The identifier of the account must never belong to another
    /// person: use `sub`, not a user name.
    ///
    /// # Errors
    /// [`GatewayError::TooManyPhones`] or [`GatewayError::TooManyOffers`] if the account may not
    /// have another phone or unused offer, and any other [`GatewayError`] if the offer could not be
    /// stored.
    #[tracing::instrument(skip_all)]
    pub async fn offer(&self, user: &str, label: &str) -> Result<Offer, GatewayError> {
        if !self.may_add_phone(self.phones(user).await?.len()) {
            self.report_limit(user, "phones of one account");
            return Err(GatewayError::TooManyPhones(self.parts.policy.phones_per_account));
        }
        let now = self.now();
        let offer = link::Offer {
            issuer: self.parts.issuer.clone(),
            id: OfferId::random()?,
            code: OfferCode::random()?,
            pins: self.parts.keys.device().pins().to_vec(),
        };
        let stored = offer::Offer {
            id: offer.id.clone(),
            account: user.to_owned(),
            label: label.to_owned(),
            code_hash: Digest::of_secret(offer.code.expose().as_bytes()),
            created: now,
            expires: now.plus(OFFER_LIFETIME_SECS),
            stage: Stage::Open,
        };
        let mut tx = self.parts.store.begin().await?;
        if tx.open_offers(user, now).await? >= MAX_OPEN_OFFERS {
            self.report_limit(user, "unused offers of one account");
            return Err(GatewayError::TooManyOffers(MAX_OPEN_OFFERS));
        }
        tx.insert_offer(&stored).await?;
        let account = self.parts.security_log.account(user);
        self.report(&mut tx, &Event::OfferCreated { account, offer: Id::from(&offer.id) });
        tx.commit().await?;
        let uri = offer.to_link(self.parts.app_link.as_str().trim_end_matches('/'));
        Ok(Offer { id: offer.id, uri, expires: stored.expires })
    }

    fn report_limit(&self, user: &str, limit: &'static str) {
        let account = Some(self.parts.security_log.account(user));
        self.parts.security_log.record(&Event::LimitReached { limit, client: None, account });
    }

    /// Returns the state of an offer, or `None` if `user` made no such offer.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn offer_state(&self, user: &str, offer: &OfferId) -> Result<Option<OfferState>, GatewayError> {
        let now = self.now();
        let mut db = self.parts.store.read().await?;
        let Some(stored) = db.offer(offer).await?.filter(|offer| offer.account == user) else { return Ok(None) };
        let Some(enrolment) = stored.enrolment() else {
            return Ok(Some(if stored.is_valid(now) { OfferState::Open } else { OfferState::Expired }));
        };
        let Some(phone) = db.enrolment(enrolment).await? else { return Ok(Some(OfferState::Failed)) };
        Ok(Some(match phone.status() {
            EnrolmentState::Pending if phone.confirmation_is_late(now) => OfferState::Expired,
            EnrolmentState::Pending => OfferState::AwaitingCode { device: phone.description().to_owned() },
            EnrolmentState::Active => OfferState::Active,
            EnrolmentState::Suspended | EnrolmentState::Revoked => OfferState::Failed,
        }))
    }

    /// Returns the account that made the offer.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails.
    pub async fn account_of_offer(&self, offer: &OfferId) -> Result<Option<String>, GatewayError> {
        Ok(self.parts.store.read().await?.offer(offer).await?.map(|offer| offer.account))
    }
}
