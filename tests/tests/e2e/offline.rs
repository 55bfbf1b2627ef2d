//! Approval without network: the page shows the request, scans the decision and submits it to the
//! server.

use countersign_core::device::EntryState;
use countersign_core::error::NoDecision;
use countersign_core::message::claims::Txn;
use countersign_core::message::decision::DenyReason;
use countersign_core::message::receipt;
use countersign_core::{AuthenticatorError, Outcome};
use reqwest::Client;
use serde_json::{Value, json};

use super::bank::{Bank, CODE, USER, USERNAME};
use super::phone::{Delivery, TestPhone};

/// The shop's backend, as an ordinary client of the provider.
struct Shop {
    http: Client,
    issuer: String,
    secret: String,
}

impl Shop {
    fn of(bank: &Bank) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().unwrap();
        Self { http, issuer: bank.server().issuer().to_owned(), secret: bank.client_secret() }
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let call = self.http.post(format!("{}{path}", self.issuer)).basic_auth("shop", Some(&self.secret)).form(form);
        let answer = call.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Starts a payment. Returns the `auth_req_id` and the text of the QR code on the page.
    async fn shows(&self) -> (String, String) {
        let payment = json!([{
            "type": "payment_initiation", "instructedAmount": { "currency": "EUR", "amount": "42.50" },
            "creditorName": "ACME", "creditorAccount": { "iban": "DE02100100109307118603" },
        }])
        .to_string();
        let form = [
            ("scope", "openid"),
            ("login_hint", USERNAME),
            ("binding_message", CODE),
            ("authorization_details", payment.as_str()),
        ];
        let (status, asked) = self.post("/backchannel-authentication", &form).await;
        assert_eq!(status, 200, "{asked}");
        let id = asked["auth_req_id"].as_str().unwrap().to_owned();
        let (status, shown) = self.post("/backchannel-authentication/offline", &[("auth_req_id", &id)]).await;
        assert_eq!((status, shown["requests"].as_array().unwrap().len()), (200, 1), "{shown}");
        (id, shown["requests"][0].as_str().unwrap().to_owned())
    }

    /// Submits the scanned decision.
    async fn submits(&self, id: &str, answer: &str) -> (u16, Value) {
        self.post("/backchannel-authentication/offline/decision", &[("auth_req_id", id), ("decision", answer)]).await
    }

    async fn polls(&self, id: &str) -> (u16, Value) {
        self.post("/token", &[("grant_type", "urn:openid:params:grant-type:ciba"), ("auth_req_id", id)]).await
    }
}

/// Returns a bank whose shop may use the offline endpoints, and a phone without network.
async fn offline_phone(folder: &std::path::Path) -> (Bank, Shop, TestPhone) {
    let bank = Bank::open_with(|config| config.clients.get_mut("shop").unwrap().offline = true).await;
    let shop = Shop::of(&bank);
    let phone = TestPhone::enrolled(folder, &bank).await;
    phone.wire.delivery(Delivery::NoNetwork);
    (bank, shop, phone)
}

fn scanned(phone: &TestPhone, text: &str) -> Txn {
    phone.device.receive_scanned(text).unwrap_or_else(|error| panic!("{error}")).txn().clone()
}

#[tokio::test]
async fn offline_approval_is_confirmed_later_with_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (_bank, shop, phone) = offline_phone(folder.path()).await;
    let (id, text) = shop.shows().await;
    let txn = scanned(&phone, &text);
    assert_eq!(phone.device.decision_to_show(&txn), Err(AuthenticatorError::NoDecision(NoDecision::Undecided)));
    assert_eq!(phone.approve(&txn, Some(CODE)).await.unwrap(), Outcome::Queued);
    // The process is killed before the decision is scanned. The decision is stored.
    let phone = phone.restarted();
    phone.wire.delivery(Delivery::NoNetwork);
    let answer = phone.device.decision_to_show(&txn).unwrap();
    assert!(phone.wire.sent().is_empty(), "nothing left the phone by network");

    assert_eq!(shop.submits(&id, &answer).await, (200, json!({ "outcome": "accepted" })));
    let (status, tokens) = shop.polls(&id).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(tokens["authorization_details"][0]["instructedAmount"]["amount"], "42.50");
    assert_eq!(shop.submits(&id, &answer).await, (200, json!({ "outcome": "accepted" })), "scanned once more");

    phone.wire.delivery(Delivery::Arrives);
    phone.refresh().await;
    assert_eq!(phone.wire.sent(), [answer.clone().into_bytes()], "the very same bytes");
    let EntryState::Settled(settled) = phone.entry(&txn) else { panic!("no receipt") };
    assert_eq!((settled.outcome, settled.decision.jws), (receipt::Outcome::Accepted, answer));
    let enrolment = &phone.device.enrolments()[0].id;
    assert_eq!(phone.device.history(enrolment).unwrap().len(), 1);
    assert_eq!(phone.device.decision_to_show(&txn), Err(AuthenticatorError::NoDecision(NoDecision::Settled)));
}

#[tokio::test]
async fn offline_denial_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let (_bank, shop, phone) = offline_phone(folder.path()).await;
    let (id, text) = shop.shows().await;
    let txn = scanned(&phone, &text);
    assert_eq!(phone.device.deny(&txn, DenyReason::NotMe).await.unwrap(), Outcome::Queued);
    let answer = phone.device.decision_to_show(&txn).unwrap();
    assert_eq!(shop.submits(&id, &answer).await, (200, json!({ "outcome": "accepted" })));
    let (status, refused) = shop.polls(&id).await;
    assert_eq!((status, &refused["error"]), (400, &json!("access_denied")));
}

#[tokio::test]
async fn decision_sent_and_scanned_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let (_bank, shop, phone) = offline_phone(folder.path()).await;
    let (id, text) = shop.shows().await;
    let txn = scanned(&phone, &text);
    phone.approve(&txn, Some(CODE)).await.unwrap();
    let answer = phone.device.decision_to_show(&txn).unwrap();
    phone.wire.delivery(Delivery::Arrives);
    phone.refresh().await;
    assert_eq!(shop.submits(&id, &answer).await, (200, json!({ "outcome": "accepted" })));
    assert_eq!(shop.polls(&id).await.0, 200);
    assert_eq!(shop.polls(&id).await.1["error"], "invalid_grant", "tokens come once");
}

#[tokio::test]
async fn scanned_decisions_are_accepted_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let (bank, shop, phone) = offline_phone(folder.path()).await;
    let (first_id, first_text) = shop.shows().await;
    let (second_id, second_text) = shop.shows().await;
    let (first, second) = (scanned(&phone, &first_text), scanned(&phone, &second_text));
    phone.approve(&first, Some(CODE)).await.unwrap();
    phone.approve(&second, Some(CODE)).await.unwrap();
    for (id, txn) in [(&second_id, &second), (&first_id, &first)] {
        let answer = phone.device.decision_to_show(txn).unwrap();
        assert_eq!(shop.submits(id, &answer).await, (200, json!({ "outcome": "accepted" })));
    }
    phone.wire.delivery(Delivery::Arrives);
    phone.refresh().await;
    for txn in [&first, &second] {
        assert!(
            matches!(phone.entry(txn), EntryState::Settled(settled) if settled.outcome == receipt::Outcome::Accepted)
        );
    }
    let phones = bank.gateway().phones(USER).await.unwrap();
    assert!(phones.iter().all(|phone| phone.number_reused.is_none()), "the order of arrival is no sign of a copy");
}

#[tokio::test]
async fn decision_for_another_request_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let (_bank, shop, phone) = offline_phone(folder.path()).await;
    let (id, text) = shop.shows().await;
    let (other_id, other_text) = shop.shows().await;
    let (txn, other) = (scanned(&phone, &text), scanned(&phone, &other_text));
    phone.approve(&txn, Some(CODE)).await.unwrap();
    phone.approve(&other, Some(CODE)).await.unwrap();
    let answer = phone.device.decision_to_show(&txn).unwrap();
    let (status, refused) = shop.submits(&other_id, &answer).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_request")));
    assert_eq!(shop.submits(&id, &text).await.0, 400, "the request is no answer to itself");
    assert_eq!(shop.submits(&id, &answer).await.0, 200);
}
