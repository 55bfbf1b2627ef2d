//! Enrolment and the delivery of requests.

use countersign_core::authenticator::Received;
use countersign_core::message::claims::Txn;
use countersign_core::message::enrolment::{KeySetProtection, Protection};
use countersign_core::message::status::EnrolmentState;
use serde_json::json;

use super::bank::{Bank, USER};
use super::data::{Data, Push};
use super::names::code;
use super::parts::Parts;
use super::phone::{Phone, begin, confirm, received};

pub(crate) async fn enrol(bank: &Bank) {
    let (data, parts) = (Data::of("enrol"), Parts::default());
    let device = parts.open();
    bank.forget_phones().await;
    let answer = bank.control("/offer", json!({ "account": USER })).await;
    let (offer, link) = (answer["offer"].as_str().unwrap(), answer["link"].as_str().unwrap());
    let parsed = device.parse_offer(link).unwrap();
    assert_eq!(parsed.issuer.as_str(), bank.url);
    let begun = begin(&device, parsed, &data.name).await.unwrap();
    assert_eq!(begun.state, EnrolmentState::Pending);
    let digits = begun.confirm_code.as_ref().unwrap();
    assert!(digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit()), "{digits}");
    assert_eq!(begun.account.label, data.expect("account"));
    let software = Protection::Software;
    assert_eq!(begun.protection, KeySetProtection { dk: software, uvk: software, ek: software });
    assert_eq!(parts.keys.names().len(), 3);

    confirm(&device, bank, offer, &begun, &data.name).await;
    let [info] = &device.enrolments()[..] else { panic!("one enrolment is to be there") };
    assert_eq!((info.state, &info.confirm_code), (EnrolmentState::Active, &None));
    assert_eq!(bank.phones().await, [(info.id.to_string(), "active".to_owned())]);

    let again = device.parse_offer(link).unwrap();
    let refused = begin(&device, again, &data.name).await.expect_err("an offer counts once");
    assert_eq!(code(&refused), data.expect("again"));
    assert_eq!((device.enrolments().len(), parts.keys.names().len()), (1, 3));
}

pub(crate) async fn sealed_push(bank: &Bank) {
    let phone = Phone::fresh(bank, "sealed_push").await;
    let asked = phone.ask().await;
    let push = phone.push().await;
    assert_eq!(push.keys().collect::<Vec<_>>(), ["e", "p", "v"]);
    let txn = phone.new_request(&push).txn().clone();
    phone.waits(&txn);
    phone.refreshes_nothing().await;
    phone.approves_for(&asked, &txn).await;
    assert_eq!(phone.pending(), []);
}

pub(crate) async fn wake_push(bank: &Bank) {
    let phone = Phone::fresh(bank, "wake_push").await;
    let asked = phone.ask().await;
    let push = phone.push().await;
    assert_eq!(push.keys().collect::<Vec<_>>(), ["e", "v", "w"]);
    let (enrolment, txn) = match phone.device.receive(&push) {
        Ok(Received::Fetch(enrolment, txn)) => (enrolment, txn),
        other => panic!("received {}", received(&other)),
    };
    assert_eq!((&enrolment, txn.as_str()), (&phone.enrolment, push["w"].as_str()));
    assert_eq!(phone.pending(), []);
    assert_eq!(phone.device.fetch(&enrolment, &txn).await.unwrap().txn(), &txn);
    phone.knows(&push, &txn);
    phone.approves_for(&asked, &txn).await;
}

pub(crate) async fn fetch(bank: &Bank) {
    let phone = Phone::fresh(bank, "fetch").await;
    let asked = phone.ask().await;
    drop(phone.push().await);
    let txn = phone.refreshes_one().await;
    phone.waits(&txn);
    phone.refreshes_nothing().await;
    let nowhere: Txn = "no-such-request".parse().unwrap();
    let missing = phone.device.fetch(&phone.enrolment, &nowhere).await.err().map(|error| code(&error));
    assert_eq!(missing.as_deref(), Some(phone.expect("missing")));
    phone.approves_for(&asked, &txn).await;
}

pub(crate) async fn replay(bank: &Bank) {
    let phone = Phone::fresh(bank, "replay").await;
    let rung = phone.receive().await;
    phone.knows(&rung.push, &rung.txn);
    phone.waits(&rung.txn);
    phone.rejects(&altered(&rung.push));
    let mut lost = rung.push.clone();
    lost.remove("e");
    phone.rejects(&lost);

    phone.approves(&rung.txn).await;
    phone.knows(&rung.push, &rung.txn);
    assert_eq!(phone.pending(), []);
    assert_eq!(phone.gone(&rung.txn), phone.expect("again"));
    rung.asked.is(phone.expect("outcome")).await;
    assert_eq!(phone.parts.wire.arrived().len(), 1);
}

/// Changes the last character of the sealed part.
fn altered(push: &Push) -> Push {
    let mut altered = push.clone();
    let sealed = altered.get_mut("p").unwrap();
    let last = sealed.pop();
    sealed.push(if last == Some('A') { 'B' } else { 'A' });
    altered
}
