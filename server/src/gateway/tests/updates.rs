//! Signed updates by the phone.

use countersign_protocol::jose::{Digest, SigningKey};
use countersign_protocol::message::claims::Jti;
use countersign_protocol::message::decision::{Decision, DecisionKind};
use countersign_protocol::message::enrolment::{KeySetEvidence, KeySetProtection, Protection, PushAddress, PushKind};
use countersign_protocol::message::proof::{KeyProof, KeySet};
use countersign_protocol::message::receipt::Outcome;
use countersign_protocol::message::status::EnrolmentState;
use countersign_protocol::message::update::{Change, NewKeys, Update, UvkProofs};
use countersign_protocol::message::{Message as _, open};

use super::Bench;
use super::device::{Device, key};
use crate::model::UpdateRecord;
use crate::store::Lock;

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
async fn push_address_changes_and_repeat_gets_the_same_receipt() {
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
async fn update_that_does_not_verify_is_rejected() {
    let bench = Bench::start().await;
    let (phone, other) = (bench.phone().await, bench.phone().await);
    let right = update(&phone, fcm("token"));
    let cases = [
        right.sign(&phone.uvk).unwrap(),
        right.sign(&key()).unwrap(),
        Update { iss: other.id.clone().unwrap(), ..right.clone() }.sign(&phone.dk).unwrap(),
        Update { aud: "https://other.example".parse().unwrap(), ..right.clone() }.sign(&phone.dk).unwrap(),
        "a.b.c".to_owned(),
    ];
    for body in cases {
        assert!(phone.post(PATH, body).await.is_rejected());
    }
    assert!(other.post(PATH, right.sign(&phone.dk).unwrap()).await.is_rejected(), "carried by another phone");
}

#[tokio::test]
async fn update_jti_is_accepted_once_per_phone() {
    let bench = Bench::start().await;
    let (phone, other) = (bench.phone().await, bench.phone().await);
    let first = update(&phone, fcm("first"));
    let signed = first.sign(&phone.dk).unwrap();
    let reply = phone.post(PATH, signed.clone()).await;
    assert_eq!(phone.receipt(&reply).outcome, Outcome::Accepted);
    assert_eq!(send(&phone, &update(&phone, fcm("second"))).await.0, Outcome::Accepted);
    // Another signature over the same claims must not restore the first address.
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
    bench.enrolment(phone).await.push.token
}

#[tokio::test]
async fn phone_removes_itself() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let request_id = bench.request_approval(super::entry()).await;
    let end = update(&phone, Change::Unenrol {}).sign(&phone.dk).unwrap();
    let reply = phone.post(PATH, end.clone()).await;
    let receipt = phone.receipt(&reply);
    assert_eq!((receipt.outcome, receipt.status), (Outcome::Accepted, EnrolmentState::Revoked));
    assert_eq!(phone.post(PATH, end).await.text, reply.text, "the receipt is returned again");
    assert_eq!(bench.outcome(&request_id).await, super::Outcome::Cancelled);
    assert!(bench.gateway.phones("alice").await.unwrap().is_empty());
    let after = update(&phone, fcm("token")).sign(&phone.dk).unwrap();
    assert!(phone.post(PATH, after).await.is_rejected());
}

/// Returns an update with new keys and a proof by `dk`.
fn rotation(phone: &Device, keys: KeySet, dk: Option<&SigningKey>) -> Update {
    let mut update = update(phone, Change::Unenrol {});
    let nonce = update.jti.as_str().parse().unwrap();
    let proof = KeyProof { aud: phone.issuer(), nonce, keys: keys.thumbprints() };
    let software = Protection::Software;
    update.change = Change::Keys(Box::new(NewKeys {
        dk_proof: dk.map(|dk| proof.sign(dk).unwrap()),
        uvk_proofs: None,
        keys,
        protection: KeySetProtection { dk: software, uvk: software, ek: software },
        evidence: KeySetEvidence::default(),
    }));
    update
}

#[tokio::test]
async fn rotation_invalidates_the_old_device_key() {
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
    assert_eq!(phone.post(PATH, rotate).await.text, reply.text, "the receipt is returned to the new key");

    let encryption = KeySet { ek: key().public().clone(), ..phone.keys() };
    assert_eq!(send(&phone, &rotation(&phone, encryption, None)).await.0, Outcome::Accepted);
}

/// Adds proofs by these user-verification keys to an update with new keys.
fn by_both(phone: &Device, mut update: Update, [old, new]: [&SigningKey; 2]) -> Update {
    let nonce = update.jti.as_str().parse().unwrap();
    let Change::Keys(change) = &mut update.change else { panic!("no new keys") };
    let proof = KeyProof { aud: phone.issuer(), nonce, keys: change.keys.thumbprints() };
    change.uvk_proofs = Some(UvkProofs { old: proof.sign(old).unwrap(), new: proof.sign(new).unwrap() });
    update
}

#[tokio::test]
async fn uvk_replacement_by_both_keys_revokes_the_old_uvk() {
    let bench = Bench::start().await;
    let mut phone = bench.phone().await;
    let before = bench.request_approval(super::entry()).await;
    let approval = |phone: &Device, compact: &str| Decision {
        binding: Some("123456".to_owned()),
        ..phone.decision(compact, DecisionKind::Approve)
    };
    let first = approval(&phone, &phone.waiting().await);
    assert_eq!(phone.receipt(&phone.decide(&first).await).outcome, Outcome::Accepted);
    assert!(matches!(bench.outcome(&before).await, super::Outcome::Approved(_)));
    let waits = bench.request_approval(super::entry()).await;
    let compact = phone.waiting().await;

    let [dk, uvk] = [key(), key()];
    let keys = KeySet { dk: dk.public().clone(), uvk: uvk.public().clone(), ek: key().public().clone() };
    let rotate = by_both(&phone, rotation(&phone, keys.clone(), Some(&dk)), [&phone.uvk, &uvk]);
    let rotate = rotate.sign(&phone.dk).unwrap();
    let reply = phone.post(PATH, rotate.clone()).await;
    assert_eq!(phone.receipt(&reply).outcome, Outcome::Accepted);
    phone.dk = dk;
    assert_eq!(phone.post(PATH, rotate).await.text, reply.text, "the receipt is returned to the new key");

    let by_old = approval(&phone, &compact).sign(&phone.uvk).unwrap();
    assert!(phone.post("/adp/v1/decisions", by_old).await.is_rejected());
    let old = std::mem::replace(&mut phone.uvk, uvk);
    let second = approval(&phone, &compact);
    assert_eq!(phone.receipt(&phone.decide(&second).await).outcome, Outcome::Accepted);
    assert!(matches!(bench.outcome(&waits).await, super::Outcome::Approved(_)));

    for (decision, signer) in [(first, &old), (second, &phone.uvk)] {
        let evidence =
            crate::audit::evidence(&bench.gateway.parts.store, decision.txn.as_str()).await.unwrap().unwrap();
        let kept = evidence.decisions.last().unwrap();
        assert_eq!(kept.signer, *signer.public());
        assert!(open::<Decision>(&kept.decision, |_| Some(&kept.signer)).is_ok());
    }
    assert!(bench.enrolment(&phone).await.keys == keys);
}

#[tokio::test]
async fn uvk_replacement_needs_proofs_by_both_keys_for_these_keys() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let (old, dk, uvk, stranger) = (phone.keys(), key(), key(), key());
    let keys = KeySet { dk: dk.public().clone(), uvk: uvk.public().clone(), ek: key().public().clone() };
    let bare = || rotation(&phone, keys.clone(), Some(&dk));
    let right = [&phone.uvk, &uvk];
    let with_proofs_of = |of: Update| {
        let Change::Keys(other) = of.change else { panic!("no new keys") };
        let mut update = bare();
        let Change::Keys(change) = &mut update.change else { panic!("no new keys") };
        change.uvk_proofs = other.uvk_proofs;
        update
    };
    let others = KeySet { ek: key().public().clone(), ..keys.clone() };
    let mut elsewhere = by_both(&phone, bare(), right);
    let nonce = elsewhere.jti.as_str().parse().unwrap();
    let proof = KeyProof { aud: "https://other.example".parse().unwrap(), nonce, keys: keys.thumbprints() };
    let Change::Keys(change) = &mut elsewhere.change else { panic!("no new keys") };
    change.uvk_proofs = Some(UvkProofs { old: proof.sign(&phone.uvk).unwrap(), new: proof.sign(&uvk).unwrap() });
    let crossed = |keys: KeySet, dk: Option<&SigningKey>, by| by_both(&phone, rotation(&phone, keys, dk), by);
    let cases = [
        ("no proofs: DK alone", bare()),
        ("both by the new key", by_both(&phone, bare(), [&uvk, &uvk])),
        ("both by the old key", by_both(&phone, bare(), [&phone.uvk, &phone.uvk])),
        ("the old one by DK", by_both(&phone, bare(), [&phone.dk, &uvk])),
        ("the new one by the new DK", by_both(&phone, bare(), [&phone.uvk, &dk])),
        ("the old one by an unknown key", by_both(&phone, bare(), [&stranger, &uvk])),
        ("the one in place of the other", by_both(&phone, bare(), [&uvk, &phone.uvk])),
        ("over other keys", with_proofs_of(by_both(&phone, rotation(&phone, others, Some(&dk)), right))),
        ("of another update", with_proofs_of(by_both(&phone, bare(), right))),
        ("for another issuer", elsewhere),
        ("no proof of DK", by_both(&phone, rotation(&phone, keys.clone(), None), right)),
        (
            "proofs although it stays",
            crossed(KeySet { uvk: old.uvk.clone(), ..keys.clone() }, Some(&dk), [&phone.uvk, &phone.uvk]),
        ),
        (
            "the old DK as another UVK",
            crossed(KeySet { uvk: old.dk.clone(), ..keys.clone() }, Some(&dk), [&phone.uvk, &phone.dk]),
        ),
        ("the old UVK as another DK", crossed(KeySet { dk: old.uvk.clone(), ..keys.clone() }, Some(&phone.uvk), right)),
        ("the same key for two", crossed(KeySet { ek: keys.uvk.clone(), ..keys.clone() }, Some(&dk), right)),
    ];
    for (what, rotate) in cases {
        assert_eq!(send(&phone, &rotate).await, (Outcome::Policy, EnrolmentState::Active), "{what}");
    }
    let alone = KeySet { uvk: uvk.public().clone(), ..old };
    let alone = by_both(&phone, rotation(&phone, alone, None), right);
    assert_eq!(send(&phone, &alone).await.0, Outcome::Accepted, "DK and EK may stay");
}

#[tokio::test]
async fn keys_without_proof_or_permission_are_rejected() {
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
async fn updates_are_limited_per_hour_except_unenrol() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    for _ in 0..20 {
        assert_eq!(send(&phone, &update(&phone, fcm("token"))).await.0, Outcome::Accepted);
    }
    let more = update(&phone, fcm("token")).sign(&phone.dk).unwrap();
    assert_eq!(phone.post(PATH, more).await.code(), "too_many");
    assert_eq!(send(&phone, &update(&phone, Change::Unenrol {})).await, (Outcome::Accepted, EnrolmentState::Revoked));
}

#[tokio::test]
async fn message_is_stored_only_for_accepted_updates() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let stored = async || {
        let mut db = bench.store().read().await.unwrap();
        db.update_bytes(phone.id.as_ref().unwrap()).await.unwrap()
    };
    let late = Update { exp: phone.now(), ..update(&phone, fcm("late")) };
    assert_eq!(send(&phone, &late).await.0, Outcome::Expired);
    assert_eq!(send(&phone, &update(&phone, fcm(&"x".repeat(40_000)))).await.0, Outcome::Policy);
    assert_eq!(stored().await, 0);
    assert_eq!(send(&phone, &update(&phone, fcm("token"))).await.0, Outcome::Accepted);
    let one = stored().await;
    assert!((200..2_000).contains(&one), "{one}");
}

#[tokio::test]
async fn stored_messages_of_a_phone_are_limited() {
    let bench = Bench::start().await;
    let (phone, other) = (bench.phone().await, bench.phone().await);
    let mut tx = bench.store().begin().await.unwrap();
    let id = phone.id.clone().unwrap();
    tx.lock_all([Lock::enrolment(&id)]).await.unwrap();
    let record = UpdateRecord {
        hash: Digest::of(b"old"),
        enrolment: id,
        jti: Jti::random().unwrap(),
        jws: Some("x".repeat(1024 * 1024)),
        receipt: String::new(),
        received: phone.now().plus(-7_200),
    };
    tx.insert_update(&record).await.unwrap();
    tx.commit().await.unwrap();
    let signed = update(&phone, fcm("token")).sign(&phone.dk).unwrap();
    assert_eq!(phone.post(PATH, signed).await.code(), "too_many");
    assert_eq!(send(&other, &update(&other, fcm("token"))).await.0, Outcome::Accepted);
    assert_eq!(send(&phone, &update(&phone, Change::Unenrol {})).await.0, Outcome::Accepted, "the end is accepted");
}
