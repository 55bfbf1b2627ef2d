//! Reading, typing, approving and denying.

use countersign_core::message::claims::Locale;
use countersign_core::message::decision::{DecisionKind, DenyReason};
use countersign_core::message::request::{Binding, Charset};
use countersign_core::review::RenderReport;

use super::bank::Bank;
use super::names::{code, outcome};
use super::phone::{Phone, report};

pub(crate) async fn review(bank: &Bank) {
    let phone = Phone::fresh(bank, "review").await;
    let rung = phone.receive().await;
    let txn = &rung.txn;
    let look = || phone.look(txn).unwrap();
    assert_eq!(look().binding(), &Binding::Entry { length: 6, charset: Charset::Digits });
    look().approvable().unwrap();
    let german = rung.request.review(Locale::De).unwrap();
    let amount = german.fields().iter().find(|field| field.id.to_string() == "amount").unwrap();
    assert_eq!(amount.value, phone.expect("amount_de"));

    let whole = report(&look());
    let refused = |report: RenderReport| code(&look().rendered(&report).err().expect("no ticket"));
    assert_eq!(refused(RenderReport { drawn: whole.drawn[1..].to_vec(), ..whole.clone() }), "field_missing");
    assert_eq!(refused(RenderReport { obscured: true, ..whole.clone() }), "screen_obscured");
    assert_eq!(refused(RenderReport { shared: true, ..whole.clone() }), "screen_shared");
    drop(look().rendered(&RenderReport { call_active: true, ..whole }).unwrap());
    phone.approves_for(&rung.asked, txn).await;
}

pub(crate) async fn entry_right(bank: &Bank) {
    let phone = Phone::fresh(bank, "entry_right").await;
    let rung = phone.receive().await;
    let short = phone.draw(&rung.txn).unwrap().approve(Some(phone.expected("short"))).await;
    assert_eq!(code(&short.unwrap_err()), "binding_length");
    rung.asked.is("pending").await;
    phone.approves_for(&rung.asked, &rung.txn).await;
    phone.answered(&rung.txn, DecisionKind::Approve, None);
}

pub(crate) async fn entry_wrong(bank: &Bank) {
    let phone = Phone::fresh(bank, "entry_wrong").await;
    let rung = phone.receive().await;
    phone.approves_for(&rung.asked, &rung.txn).await;
    assert_eq!(phone.gone(&rung.txn), phone.expect("again"));
}

pub(crate) async fn deny_with_reason(bank: &Bank) {
    let phone = Phone::fresh(bank, "deny_with_reason").await;
    let rung = phone.receive().await;
    let denied = phone.look(&rung.txn).unwrap().deny(DenyReason::WrongDetails, 1200).await.unwrap();
    assert_eq!(outcome(denied), phone.expect("result"));
    rung.asked.is_because(phone.expect("outcome"), phone.expect("reason")).await;
    phone.answered(&rung.txn, DecisionKind::Deny, Some(DenyReason::WrongDetails));

    let rung = phone.receive().await;
    let denied = phone.device.deny(&rung.txn, DenyReason::Unexpected).await.unwrap();
    assert_eq!(outcome(denied), phone.expect("result"));
    rung.asked.is_because(phone.expect("outcome"), phone.expect("button_reason")).await;
}

pub(crate) async fn unknown_detail(bank: &Bank) {
    let phone = Phone::fresh(bank, "unknown_detail").await;
    let rung = phone.receive().await;
    let review = phone.look(&rung.txn).unwrap();
    assert_eq!(code(&review.approvable().unwrap_err()), phone.expect("error"));
    let report = report(&review);
    assert_eq!(code(&review.rendered(&report).err().expect("no ticket")), phone.expect("error"));
    let denied = rung.request.deny(DenyReason::Other).await.unwrap();
    assert_eq!(outcome(denied), phone.expect("result"));
    rung.asked.is_because(phone.expect("outcome"), phone.expect("reason")).await;
}
