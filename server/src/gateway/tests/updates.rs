//! Signed changes by the phone.

use countersign_core::jose::SigningKey;
use countersign_core::message::Message as _;
use countersign_core::message::claims::Jti;
use countersign_core::message::enrolment::{KeySetEvidence, KeySetProtection, Protection, PushAddress, PushKind};
use countersign_core::message::proof::{KeyProof, KeySet};
use countersign_core::message::receipt::Outcome;
use countersign_core::message::status::EnrolmentState;
use countersign_core::message::update::{Change, NewKeys, Update};

use super::Bench;
use super::device::{Device, key};

const PATH: &str = "/adp/v1/device";

pub(super) fn update(phone: &Device, change: Change) -> Update {
    Update {
        iss: phone.id.clone().unwrap(),
        aud: phone.issuer(),
        jti: Jti::random().unwrap(),
        number: phone.number(),
        iat: phone.now(),
        exp: phone.now().plus(60),
        change,
    }
}

fn fcm(token: &str) -> Change {
    Change::PushAddress(PushAddress { kind: PushKind::Fcm, token: Some(token.to_owned()) })
}

pub(super) async fn send(phone: &Device, update: &Update) -> (Outcome, EnrolmentState) {
    let receipt = phone.receipt(&phone.post(PATH, update.sign(&phone.dk).unwrap()).await);
    assert_eq!((receipt.txn, receipt.request_hash), (None, None));
    (receipt.outcome, receipt.status)
}

#[tokio::test]
async fn a_push_address_changes_and_the_same_bytes_get_the_same_receipt() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let signed = update(&phone, fcm("token")).sign(&phone.dk).unwrap();
    let first = phone.post(PATH, signed.clone()).await;
    assert_eq!(phone.receipt(&first).outcome, Outcome::Accepted);
    assert_eq!(phone.post(PATH, signed).await.text, first.text);
    assert_eq!(send(&phone, &update(&phone, fcm(&"x".repeat(1025)))).await.0, Outcome::Policy);
    let late = Update { exp: phone.now(), ..update(&phone, fcm("late")) };
    assert_eq!(send(&phone, &late).await.0, Outcome::Expired);
}

#[tokio::test]
async fn what_does_not_verify_is_rejected() {
    let bench = Bench::start().await;
    let (phone, other) = (bench.phone().await, bench.phone().await);
    let right = update(&phone, fcm("token"));
    let cases = [
        right.sign(&phone.uvk).unwrap(),
        right.sign(&key()).unwrap(),
        Update { iss: other.id.clone().unwrap(), ..right.clone() }.sign(&phone.dk).unwrap(),
        Update { aud: "https://other.example".parse().unwrap(), ..right.clone() }.sign(&phone.dk).unwrap(),
        Update { iat: right.iat.plus(61), ..right.clone() }.sign(&phone.dk).unwrap(),
        "a.b.c".to_owned(),
    ];
    for body in cases {
        assert!(phone.post(PATH, body).await.is_rejected());
    }
    assert!(other.post(PATH, right.sign(&phone.dk).unwrap()).await.is_rejected(), "carried by another phone");
}

#[tokio::test]
async fn a_jti_counts_once_and_for_its_phone_only() {
    let bench = Bench::start().await;
    let (phone, other) = (bench.phone().await, bench.phone().await);
    let first = update(&phone, fcm("first"));
    let signed = first.sign(&phone.dk).unwrap();
    let reply = phone.post(PATH, signed.clone()).await;
    assert_eq!(phone.receipt(&reply).outcome, Outcome::Accepted);
    assert_eq!(send(&phone, &update(&phone, fcm("second"))).await.0, Outcome::Accepted);
    // Another signature over the same words must not bring the first address back.
    let again = first.sign(&phone.dk).unwrap();
    assert_ne!(again, signed);
    assert!(phone.post(PATH, again).await.is_rejected());
    let changed = Update { change: fcm("third"), ..first.clone() };
    assert!(phone.post(PATH, changed.sign(&phone.dk).unwrap()).await.is_rejected());
    assert_eq!(phone.post(PATH, signed).await.text, reply.text, "the same bytes still get their receipt");
    assert_eq!(address(&bench, &phone).await.as_deref(), Some("second"));

    let same_name = Update { jti: first.jti, ..update(&other, fcm("other")) };
    assert_eq!(send(&other, &same_name).await.0, Outcome::Accepted);
}

async fn address(bench: &Bench, phone: &Device) -> Option<String> {
    let mut db = bench.gateway.parts.store.pool().acquire().await.unwrap();
    let row = crate::store::enrolments::find(&mut db, phone.id.as_ref().unwrap().as_str()).await.unwrap().unwrap();
    serde_json::from_str::<PushAddress>(&row.push).unwrap().token
}

#[tokio::test]
async fn a_phone_removes_itself() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let ask = bench.ask(super::entry()).await;
    let end = update(&phone, Change::Unenrol {}).sign(&phone.dk).unwrap();
    let reply = phone.post(PATH, end.clone()).await;
    let receipt = phone.receipt(&reply);
    assert_eq!((receipt.outcome, receipt.status), (Outcome::Accepted, EnrolmentState::Revoked));
    assert_eq!(phone.post(PATH, end).await.text, reply.text, "the receipt can be had again");
    assert_eq!(bench.outcome(&ask).await, super::Outcome::Cancelled);
    assert!(bench.gateway.phones("alice").await.unwrap().is_empty());
    let after = update(&phone, fcm("token")).sign(&phone.dk).unwrap();
    assert!(phone.post(PATH, after).await.is_rejected());
}

/// New keys with a proof by `dk`.
fn rotation(phone: &Device, keys: KeySet, dk: Option<&SigningKey>) -> Update {
    let mut update = update(phone, Change::Unenrol {});
    let nonce = update.jti.as_str().parse().unwrap();
    let proof = KeyProof { aud: phone.issuer(), nonce, keys: keys.thumbprints() };
    let software = Protection::Software;
    update.change = Change::Keys(Box::new(NewKeys {
        dk_proof: dk.map(|dk| proof.sign(dk).unwrap()),
        keys,
        protection: KeySetProtection { dk: software, uvk: software, ek: software },
        evidence: KeySetEvidence::default(),
    }));
    update
}

#[tokio::test]
async fn device_and_encryption_keys_rotate_and_the_old_device_key_is_nothing() {
    let bench = Bench::start().await;
    let mut phone = bench.phone().await;
    let fresh = key();
    let keys = KeySet { dk: fresh.public().clone(), ..phone.keys() };
    let rotate = rotation(&phone, keys, Some(&fresh)).sign(&phone.dk).unwrap();
    let reply = phone.post(PATH, rotate.clone()).await;
    assert_eq!(phone.receipt(&reply).outcome, Outcome::Accepted);
    assert!(phone.get("/adp/v1/requests?nonce=n").await.is_rejected(), "the old key");
    phone.dk = fresh;
    assert_eq!(phone.inbox().await.status, EnrolmentState::Active);
    assert_eq!(phone.post(PATH, rotate).await.text, reply.text, "the receipt can be had with the new key");

    let encryption = KeySet { ek: key().public().clone(), ..phone.keys() };
    assert_eq!(send(&phone, &rotation(&phone, encryption, None)).await.0, Outcome::Accepted);
}

#[tokio::test]
async fn keys_that_are_not_proved_or_not_allowed_stay_out() {
    let bench = Bench::start().await;
    let (phone, other) = (bench.phone().await, bench.phone().await);
    let (old, fresh) = (phone.keys(), key());
    let with = |dk: &SigningKey| KeySet { dk: dk.public().clone(), ..old.clone() };
    let uvk = KeySet { uvk: key().public().clone(), ..old.clone() };
    let other_update = rotation(&phone, with(&fresh), Some(&fresh));
    let mut borrowed = rotation(&phone, with(&fresh), Some(&fresh));
    borrowed.change = other_update.change;
    let cases = [
        ("a new user-verification key", rotation(&phone, uvk, None)),
        ("no proof", rotation(&phone, with(&fresh), None)),
        ("a proof by another key", rotation(&phone, with(&fresh), Some(&phone.dk))),
        ("a proof for another update", borrowed),
        ("a key that is enrolled", rotation(&phone, with(&other.dk), Some(&other.dk))),
        ("one key twice", rotation(&phone, KeySet { ek: old.uvk.clone(), ..old.clone() }, None)),
        ("a proof of nothing new", rotation(&phone, old.clone(), Some(&phone.dk))),
    ];
    for (what, rotate) in cases {
        assert_eq!(send(&phone, &rotate).await, (Outcome::Policy, EnrolmentState::Active), "{what}");
    }
    assert_eq!(phone.inbox().await.status, EnrolmentState::Active, "nothing changed");
}

#[tokio::test]
async fn a_phone_changes_now_and_then_and_can_always_leave() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    for _ in 0..20 {
        assert_eq!(send(&phone, &update(&phone, fcm("token"))).await.0, Outcome::Accepted);
    }
    let more = update(&phone, fcm("token")).sign(&phone.dk).unwrap();
    assert_eq!(phone.post(PATH, more).await.code(), "too_many");
    assert_eq!(send(&phone, &update(&phone, Change::Unenrol {})).await, (Outcome::Accepted, EnrolmentState::Revoked));
}
