//! Approval without network: request and decision are exchanged as QR codes.

use countersign_core::message::decision::DecisionKind;
use countersign_core::message::request::Binding;

use super::bank::Bank;
use super::names::{code, outcome};
use super::parts::Delivery;
use super::phone::Phone;

pub(crate) async fn codes_without_network(bank: &Bank) {
    let phone = Phone::fresh(bank, "codes_without_network").await;
    phone.parts.wire.delivery(Delivery::Refuses);
    let asked = phone.ask().await;
    let [shown] = &asked.shown().await[..] else { panic!("not one request for one phone") };
    let txn = phone.device.receive_scanned(shown).unwrap().txn().clone();

    let other = phone.expect("other_code");
    assert_eq!(code(&phone.device.receive_scanned(other).err().expect("no request")), "rejected");
    assert_eq!(code(&phone.device.decision_to_show(&txn).unwrap_err()), "undecided");
    assert_eq!(phone.look(&txn).unwrap().binding(), &Binding::Scan);
    let refused = phone.draw(&txn).unwrap().approve(Some(other.to_owned())).await;
    assert_eq!(code(&refused.unwrap_err()), "binding_not_the_code");
    assert_eq!(phone.approve(&txn).await.map(outcome), Ok(phone.expected("offline")));
    asked.is("pending").await;

    let answer = phone.device.decision_to_show(&txn).unwrap();
    assert_eq!(asked.scanned(&answer).await, phone.expect("taken"));
    asked.is(phone.expect("outcome")).await;
    assert!(phone.parts.wire.arrived().is_empty());

    phone.parts.wire.delivery(Delivery::Works);
    phone.refreshes_nothing().await;
    assert_eq!(phone.parts.wire.arrived(), [answer.into_bytes()]);
    phone.answered(&txn, DecisionKind::Approve, None);
    assert_eq!(code(&phone.device.decision_to_show(&txn).unwrap_err()), "settled");
}
