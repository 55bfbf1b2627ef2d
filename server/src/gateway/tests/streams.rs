//! Pushes as a phone receives them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use countersign_protocol::message::enrolment::{PushAddress, PushKind};
use countersign_protocol::message::push::{MAX_PAYLOAD_BYTES, Push, PushContent};
use countersign_protocol::message::request::Request;
use countersign_protocol::message::status::{EnrolmentState, Status};
use countersign_protocol::message::update::Change;
use reqwest::Response;
use serde_json::value::RawValue;

use super::device::{Device, key};
use super::{Bench, NewApprovalRequest, RequestedBinding, entry, new_request, payment, updates};
use crate::policy::RequestPolicy;
use crate::push::stream::Streams;
use crate::push::{Channels, Payload, PushError, Relay, Service};

/// Reads the events of a stream.
struct Listener {
    response: Response,
    text: String,
}

impl Listener {
    /// Opens a stream after the earlier pushes were sent. They could arrive twice otherwise.
    async fn on(bench: &Bench, phone: &Device) -> Self {
        while !bench.store().read().await.unwrap().due_pushes(phone.now(), 1).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let response = phone.stream().await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        // nginx buffers other responses, and a proxy could change them.
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert_eq!(response.headers()["cache-control"], "no-cache, no-transform");
        Self { response, text: String::new() }
    }

    /// Returns the data of the next event `push`. Comments are skipped.
    async fn next(&mut self) -> String {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n").map(|(a, b)| (a.to_owned(), b.to_owned())) {
                self.text = rest;
                if let Some(data) = event.strip_prefix("event: push\ndata: ") {
                    return data.to_owned();
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.response.chunk());
            let chunk = chunk.await.expect("a push in time").unwrap().expect("an open stream");
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// Waits for the end of the stream.
    async fn ended(mut self) {
        let end = tokio::time::timeout(Duration::from_secs(10), async {
            while self.response.chunk().await.unwrap().is_some() {}
        });
        end.await.expect("an end in time");
    }

    async fn sealed(&mut self, phone: &Device) -> String {
        let push: Push = serde_json::from_str(&self.next().await).unwrap();
        let PushContent::Sealed(sealed) = push.content else { panic!("not sealed") };
        phone.unseal(&sealed)
    }
}

#[tokio::test]
async fn request_is_pushed_sealed_without_clear_text() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let mut listener = Listener::on(&bench, &phone).await;
    bench
        .gateway
        .request_approval(NewApprovalRequest { details: vec![payment()], ..new_request(entry()) })
        .await
        .unwrap();
    let payload = listener.next().await;
    assert!(payload.len() <= MAX_PAYLOAD_BYTES);
    for secret in ["Shop", "shop", "ACME", "42.50", "123456", "DE02100100109307118603", "alice"] {
        assert!(!payload.contains(secret));
    }
    let push: Push = serde_json::from_str(&payload).unwrap();
    let PushContent::Sealed(sealed) = push.content else { panic!("not sealed") };
    let signed = phone.unseal(&sealed);
    assert_eq!(signed, phone.waiting().await, "the same bytes as in the inbox");
    assert!(!signed.contains("123456"));
    let request: Request = phone.read(&signed);
    assert_eq!(request.client.name, "Shop");
}

#[tokio::test]
async fn request_too_long_for_a_push_is_announced() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let mut listener = Listener::on(&bench, &phone).await;
    let long = format!(r#"{{"type":"new","text":"{}"}}"#, "x".repeat(3000));
    let long = RawValue::from_string(long).unwrap();
    bench
        .gateway
        .request_approval(NewApprovalRequest { details: vec![long], ..new_request(RequestedBinding::None) })
        .await
        .unwrap();
    let push: Push = serde_json::from_str(&listener.next().await).unwrap();
    let PushContent::Wake(txn) = push.content else { panic!("not a wake") };
    let reply = phone.get(&format!("/adp/v1/requests/{txn}")).await;
    assert_eq!(reply.text, phone.waiting().await);
}

#[tokio::test]
async fn pending_request_is_announced_on_connect() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    bench.request_approval(entry()).await;
    let mut listener = Listener::on(&bench, &phone).await;
    assert_eq!(listener.sealed(&phone).await, phone.waiting().await);
}

#[tokio::test]
async fn activation_and_removal_are_pushed() {
    let bench = Bench::start().await;
    let offer = bench.gateway.offer("alice", "Alice").await.unwrap();
    let mut phone = bench.device();
    let enrolled = phone.enrol(&offer.uri).await;
    let mut listener = Listener::on(&bench, &phone).await;
    let code = phone.confirmation_code(&enrolled);
    bench.gateway.confirm("alice", &offer.id, &code).await.unwrap();
    let active: Status = phone.read(&listener.sealed(&phone).await);
    assert_eq!(active.status, EnrolmentState::Active);
    assert!(active.seq > enrolled.seq);

    bench.gateway.unenrol("alice", &enrolled.sub).await.unwrap();
    let revoked: Status = phone.read(&listener.sealed(&phone).await);
    assert_eq!(revoked.status, EnrolmentState::Revoked);
    assert!(revoked.seq > active.seq);
}

#[tokio::test]
async fn each_phone_of_the_account_gets_its_own_push() {
    let bench = Bench::start().await;
    let (one, two) = (bench.phone().await, bench.phone().await);
    let (mut first, mut second) = (Listener::on(&bench, &one).await, Listener::on(&bench, &two).await);
    bench.request_approval(entry()).await;
    let first: Request = one.read(&first.sealed(&one).await);
    let second: Request = two.read(&second.sealed(&two).await);
    assert_ne!((&first.aud, &first.sub, &first.txn), (&second.aud, &second.sub, &second.txn));
}

#[tokio::test]
async fn quiet_request_is_delivered_by_the_inbox_only() {
    use countersign_protocol::message::decision::{Decision, DecisionKind, DenyReason};
    let bench = Bench::with(RequestPolicy { not_me_denials: 1, ..RequestPolicy::default() }).await;
    let phone = bench.phone().await;
    bench.request_approval(entry()).await;
    let denial = phone.decision(&phone.waiting().await, DecisionKind::Deny);
    phone.decide(&Decision { reason: Some(DenyReason::NotMe), ..denial }).await;

    let mut listener = Listener::on(&bench, &phone).await;
    bench.request_approval(entry()).await;
    let quiet = phone.waiting().await;
    bench.clock.shift(601);
    bench.request_approval(entry()).await;
    let received = listener.sealed(&phone).await;
    assert_ne!(received, quiet, "only the request after the quiet time is pushed");
}

#[tokio::test]
async fn streams_end_with_the_server_and_are_limited() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(Listener::on(&bench, &phone).await);
    }
    // The fifth stream of a phone replaces its first one.
    open.remove(0).ended().await;
    bench._shutdown.stop();
    for listener in open {
        listener.ended().await;
    }
}

#[tokio::test]
async fn streams_of_all_phones_have_a_limit() {
    let channels = Channels { streams: Streams::new(1, 1), relay: None };
    let bench = Bench::over(RequestPolicy::default(), channels).await;
    let (one, two) = (bench.phone().await, bench.phone_of("bob").await);
    let listener = Listener::on(&bench, &one).await;
    assert_eq!(two.stream().await.status().as_u16(), 429);
    drop(listener);
    while two.stream().await.status() == 429 {}
}

#[tokio::test]
async fn stream_of_a_removed_phone_ends_after_its_status() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let mut listener = Listener::on(&bench, &phone).await;
    bench.gateway.unenrol("alice", phone.id.as_ref().unwrap()).await.unwrap();
    let status: Status = phone.read(&listener.sealed(&phone).await);
    assert_eq!(status.status, EnrolmentState::Revoked);
    listener.ended().await;
}

#[tokio::test]
async fn stream_ends_when_the_device_key_is_replaced() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let mut listener = Listener::on(&bench, &phone).await;
    let other = key();
    bench.change_enrolment(&phone, |enrolment| enrolment.keys.dk = other.public().clone()).await;
    bench.request_approval(entry()).await;
    // The enrolment is read after each push.
    listener.next().await;
    listener.ended().await;
}

#[tokio::test]
async fn stream_of_a_suspended_phone_reports_its_reinstatement() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let mut listener = Listener::on(&bench, &phone).await;
    for (suspended, state) in [(true, EnrolmentState::Suspended), (false, EnrolmentState::Active)] {
        assert!(bench.gateway.suspend("alice", phone.id.as_ref().unwrap(), suspended).await.unwrap());
        let status: Status = phone.read(&listener.sealed(&phone).await);
        assert_eq!(status.status, state);
    }
}

/// A push service that keeps its payloads.
#[derive(Default)]
struct Kept(Mutex<Vec<(Service, String, String)>>);

#[async_trait]
impl Relay for Kept {
    async fn send(&self, service: Service, token: &str, payload: Payload) -> Result<(), PushError> {
        self.0.lock().unwrap().push((service, token.to_owned(), payload.as_str().to_owned()));
        Ok(())
    }
}

#[tokio::test]
async fn push_goes_to_the_service_and_to_open_streams() {
    let relay = Arc::new(Kept::default());
    let bench =
        Bench::over(RequestPolicy::default(), Channels { relay: Some(relay.clone()), ..Channels::default() }).await;
    let phone = bench.phone().await;
    bench.request_approval(entry()).await;
    assert!(relay.0.lock().unwrap().is_empty(), "a phone of kind `stream` uses no service");

    let mut listener = Listener::on(&bench, &phone).await;
    listener.next().await; // the pending request
    for (kind, service, token) in [(PushKind::Fcm, Service::Fcm, "one"), (PushKind::Apns, Service::Apns, "two")] {
        let address = PushAddress { kind, token: Some(token.to_owned()) };
        updates::send(&phone, &updates::update(&phone, Change::PushAddress(address))).await;
        bench.request_approval(entry()).await;
        let payload = listener.next().await;
        // The stream is served first, then the service.
        while relay.0.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(*relay.0.lock().unwrap(), [(service, token.to_owned(), payload)]);
        relay.0.lock().unwrap().clear();
    }
}
