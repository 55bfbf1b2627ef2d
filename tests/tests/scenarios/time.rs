//! Expired requests and wrong clocks.

use countersign_core::message::claims::Locale;

use super::bank::Bank;
use super::names::code;
use super::parts::Parts;
use super::phone::Phone;

/// Ten years in seconds.
const TEN_YEARS: i64 = 315_360_000;

pub(crate) async fn expired(bank: &Bank) {
    let phone = Phone::fresh(bank, "expired").await;
    let rung = phone.receive().await;
    let review = phone.look(&rung.txn).unwrap();
    let ticket = phone.draw(&rung.txn).unwrap();
    phone.time_passes().await;

    let error = phone.expect("error");
    assert_eq!(code(&ticket.approve(phone.data.typed.clone()).await.unwrap_err()), error);
    drop(review);
    assert_eq!(phone.pending(), []);
    assert_eq!(phone.gone(&rung.txn), error);
    assert_eq!(code(&rung.request.review(Locale::En).err().unwrap()), error);
    rung.asked.is(phone.expect("outcome")).await;
    assert!(phone.parts.wire.arrived().is_empty());
    phone.refreshes_nothing().await;
    phone.knows(&rung.push, &rung.txn);
}

pub(crate) async fn clock_wrong(bank: &Bank) {
    let parts = Parts::default();
    parts.clock.shift_wall_clock(-TEN_YEARS);
    let phone = Phone::fresh_of(bank, "clock_wrong", parts).await;
    let rung = phone.receive().await;
    phone.approves_for(&rung.asked, &rung.txn).await;

    phone.parts.clock.shift_wall_clock(TEN_YEARS);
    let rung = phone.receive().await;
    phone.approves_for(&rung.asked, &rung.txn).await;

    phone.parts.clock.restart();
    let phone = phone.reopened();
    let asked = phone.ask().await;
    phone.rejects(&phone.push().await);
    let txn = phone.refreshes_one().await;
    phone.approves_for(&asked, &txn).await;

    let rung = phone.receive().await;
    phone.time_passes().await;
    phone.parts.clock.shift_wall_clock(-TEN_YEARS);
    assert_eq!(phone.gone(&rung.txn), phone.expect("error"));
    phone.parts.clock.restart();
    let phone = phone.reopened();
    assert_eq!(phone.gone(&rung.txn), phone.expect("error"));
    rung.asked.is("expired").await;
}
