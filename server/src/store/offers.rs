//! Offers.

use async_trait::async_trait;
use countersign_protocol::message::claims::{OfferId, Timestamp};

use super::StoreError;
use crate::model::offer::Offer;

/// Reads offers.
#[async_trait]
pub(crate) trait OfferReads {
    /// Returns the offer with that identifier.
    async fn offer(&mut self, id: &OfferId) -> Result<Option<Offer>, StoreError>;

    /// Returns the number of an account's offers that no phone has used and that have not expired.
    async fn open_offers(&mut self, account: &str, now: Timestamp) -> Result<u32, StoreError>;
}

/// Writes offers.
#[async_trait]
pub(crate) trait OfferWrites: OfferReads {
    /// Stores a new offer. Needs no lock.
    async fn insert_offer(&mut self, offer: &Offer) -> Result<(), StoreError>;

    /// Stores the state of an offer. Needs the lock of the offer.
    async fn save_offer(&mut self, offer: &Offer) -> Result<(), StoreError>;
}
