//! Offer links.

use countersign_core::message::offer::{MAX_LINK_CHARS, Offer, OfferError};

/// Parses a link and writes it again.
pub fn run(input: &[u8]) {
    let Ok(link) = std::str::from_utf8(input) else { return };
    let Ok(offer) = Offer::parse(link) else { return };
    assert!(link.len() <= MAX_LINK_CHARS && (1..=3).contains(&offer.pins.len()));
    let written = offer.to_link("https://b.example");
    match Offer::parse(&written) {
        Ok(again) => {
            assert_eq!((&again.issuer, &again.id, &again.pins), (&offer.issuer, &offer.id, &offer.pins));
            assert_eq!(again.code.expose(), offer.code.expose());
        }
        Err(error) => assert!(error == OfferError::TooLong && written.len() > MAX_LINK_CHARS, "{error}: {written}"),
    }
}
