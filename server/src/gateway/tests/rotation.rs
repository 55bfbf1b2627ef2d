//! Rotation of the key that signs for phones.

use countersign_protocol::jose::JoseError;
use countersign_protocol::message::Message as _;
use countersign_protocol::message::claims::Nonce;
use countersign_protocol::message::decision::{Decision, DecisionKind};
use countersign_protocol::message::enrolment::{PushAddress, PushKind};
use countersign_protocol::message::inbox::Inbox;
use countersign_protocol::message::metadata::{self, Metadata};
use countersign_protocol::message::receipt::{Outcome as Judged, Receipt};
use countersign_protocol::message::request::Request;
use countersign_protocol::message::update::Change;
use reqwest::Method;

use super::device::Device;
use super::{Bench, Outcome, entry, updates};
use crate::keys::RotateError;

const DAY: i64 = 24 * 3600;

/// Returns the metadata that verifies under these pins.
async fn published(phone: &Device, pins: &[countersign_protocol::jose::Thumbprint]) -> Result<Metadata, JoseError> {
    Metadata::open(&phone.raw(Method::GET, metadata::PATH, &[], String::new()).await.text, pins)
}

/// Lets the phone load the server's keys under its pins.
async fn follow(phone: &mut Device, known: &Metadata) -> Metadata {
    let newer = published(phone, &known.pins).await.unwrap();
    assert!((newer.epoch, newer.iat) > (known.epoch, known.iat));
    phone.server.clone_from(&newer.keys.keys);
    newer
}

fn right(phone: &Device, request: &str) -> Decision {
    Decision { binding: Some("123456".to_owned()), ..phone.decision(request, DecisionKind::Approve) }
}

#[tokio::test]
async fn request_from_before_a_rotation_is_approved_after_it() {
    let bench = Bench::start().await;
    let mut phone = bench.phone().await;
    let known = published(&phone, &[bench.key.thumbprint()]).await.unwrap();
    let request_id = bench.request_approval(entry()).await;
    let request = phone.waiting().await;
    bench.clock.shift(1);
    assert_eq!(bench.gateway.rotate_keys().unwrap(), 2);

    // The phone does not know the new key before it loads the metadata.
    let nonce = Nonce::random().unwrap();
    let inbox = phone.get(&format!("/adp/v1/requests?nonce={nonce}")).await.text;
    assert_eq!(phone.try_read::<Inbox>(&inbox).err(), Some(JoseError::Kid));
    let newer = follow(&mut phone, &known).await;
    assert_eq!((newer.epoch, newer.pins[0], newer.keys.keys.len()), (2, known.pins[1], 2));
    assert_eq!(phone.read::<Inbox>(&inbox).requests, [request.as_str()], "the same bytes, still by the old key");

    let reply = phone.decide(&right(&phone, &request)).await;
    assert_eq!(phone.receipt(&reply).outcome, Judged::Accepted);
    assert!(matches!(bench.outcome(&request_id).await, Outcome::Approved(_)));

    // New requests need the new key only.
    bench.clock.shift(2 * 3600);
    let newest = follow(&mut phone, &newer).await;
    assert_eq!(newest.keys.keys, std::slice::from_ref(&newest.signer));
    bench.request_approval(entry()).await;
    let _: Request = phone.read(&phone.waiting().await);
}

#[tokio::test]
async fn metadata_that_names_the_former_key_ends_within_the_hour() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let known = published(&phone, &[bench.key.thumbprint()]).await.unwrap();
    bench.gateway.rotate_keys().unwrap();
    let rotated = phone.now();
    for seconds in [0, 1, 1_798] {
        bench.clock.shift(seconds);
        let metadata = published(&phone, &known.pins).await.unwrap();
        assert_eq!((metadata.keys.keys.len(), metadata.exp), (2, rotated.plus(3600)));
    }
    bench.clock.shift(1);
    let metadata = published(&phone, &known.pins).await.unwrap();
    assert_eq!((metadata.keys.keys.len(), metadata.exp), (1, phone.now().plus(DAY)));
}

#[tokio::test]
async fn decision_is_accepted_before_the_phone_knows_the_new_key() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let request_id = bench.request_approval(entry()).await;
    let decision = right(&phone, &phone.waiting().await).sign(&phone.uvk).unwrap();
    bench.gateway.rotate_keys().unwrap();
    let reply = phone.post("/adp/v1/decisions", decision).await;
    assert_eq!(phone.try_read::<Receipt>(&reply.text).err(), Some(JoseError::Kid));
    assert!(matches!(bench.outcome(&request_id).await, Outcome::Approved(_)), "the decision is accepted");
}

#[tokio::test]
async fn lost_receipt_is_signed_again_by_the_current_key() {
    let bench = Bench::start().await;
    let mut phone = bench.phone().await;
    let known = published(&phone, &[bench.key.thumbprint()]).await.unwrap();
    bench.request_approval(entry()).await;
    let address = Change::PushAddress(PushAddress { kind: PushKind::None, token: None });
    let sent = [
        ("/adp/v1/decisions", right(&phone, &phone.waiting().await).sign(&phone.uvk).unwrap()),
        ("/adp/v1/device", updates::update(&phone, address).sign(&phone.dk).unwrap()),
    ];
    let mut lost = Vec::new();
    for (path, message) in &sent {
        lost.push(phone.post(path, message.clone()).await.text);
    }
    bench.clock.shift(DAY);
    bench.gateway.rotate_keys().unwrap();
    for ((path, message), lost) in sent.iter().zip(&lost) {
        assert_eq!(
            &phone.post(path, message.clone()).await.text,
            lost,
            "the same bytes, while the old key is published"
        );
    }
    bench.clock.shift(3600);
    let first: Vec<Receipt> = lost.iter().map(|lost| phone.read(lost)).collect();
    follow(&mut phone, &known).await;
    for ((path, message), first) in sent.iter().zip(&first) {
        let again = phone.post(path, message.clone()).await;
        assert_eq!(&phone.receipt(&again), first, "the same claims, signed by the current key");
    }
}

#[tokio::test]
async fn offer_from_before_a_rotation_enrols_after_it() {
    let bench = Bench::start().await;
    let offer = bench.gateway.offer("alice", "Alice").await.unwrap();
    bench.gateway.rotate_keys().unwrap();
    let mut phone = bench.device();
    let pins = countersign_protocol::message::offer::Offer::parse(&offer.uri).unwrap().pins;
    phone.server = published(&phone, &pins).await.unwrap().keys.keys;
    phone.enrol(&offer.uri).await;
}

#[tokio::test]
async fn phone_may_be_offline_for_the_minimum_rotation_time() {
    let bench = Bench::start().await;
    let mut phone = bench.phone().await;
    let mut known = published(&phone, &[bench.key.thumbprint()]).await.unwrap();
    let first = known.pins.clone();
    for epoch in 2..4 {
        bench.clock.shift(90 * DAY);
        assert_eq!(bench.gateway.rotate_keys().unwrap(), epoch);
        bench.clock.shift(90 * DAY - 1);
        assert!(matches!(bench.gateway.rotate_keys(), Err(RotateError::TooSoon { left_s: 1, .. })));
        known = follow(&mut phone, &known).await;
        phone.inbox().await;
        bench.clock.shift(1);
    }
    assert_eq!(
        published(&phone, &first).await.err(),
        Some(JoseError::Kid),
        "a phone that missed two rotations knows no key"
    );
}
