//! Enrolment of a phone, and every invalid form of it.

use countersign_protocol::jose::SigningKey;
use countersign_protocol::message::Message as _;
use countersign_protocol::message::claims::Nonce;
use countersign_protocol::message::decision::DecisionKind;
use countersign_protocol::message::enrolment::{DeviceInfo, Enrol, Enrolled};
use countersign_protocol::message::metadata::{self, Metadata};
use countersign_protocol::message::offer::{Offer, OfferCode};
use countersign_protocol::message::proof::KeyProof;
use countersign_protocol::message::receipt::Outcome as Received;
use countersign_protocol::message::request::Request;
use countersign_protocol::message::status::EnrolmentState;
use reqwest::{Method, StatusCode};

use super::super::nonce::Use;
use super::super::offers::MAX_OPEN_OFFERS;
use super::device::key;
use super::{Bench, Confirmed, DenialReason, id};
use crate::audit;
use crate::gateway::{GatewayError, OfferState};
use crate::policy::RequestPolicy;

async fn offered(bench: &Bench) -> (super::super::Offer, Offer) {
    let made = bench.gateway.offer("alice", "Alice").await.unwrap();
    let read = Offer::parse(&made.uri).unwrap();
    (made, read)
}

#[tokio::test]
async fn metadata_names_the_modes_and_app_version_of_the_policy() {
    use countersign_protocol::message::request::BindingMode::{Choice, Display, Entry, None as Nothing, Scan};
    let policy =
        |binding_floor, allow_choice| RequestPolicy { binding_floor, allow_choice, ..RequestPolicy::default() };
    for (policy, modes) in [
        (policy(Nothing, false), vec![Nothing, Display, Entry, Scan]),
        (policy(Display, true), vec![Display, Choice, Entry, Scan]),
        (policy(Choice, true), vec![Choice, Entry, Scan]),
        (policy(Entry, true), vec![Entry, Scan]),
    ] {
        let min_app_version = (policy.binding_floor == Entry).then(|| "2.14".parse().unwrap());
        let bench = Bench::with(RequestPolicy { min_app_version, ..policy }).await;
        let (_, offer) = offered(&bench).await;
        let phone = bench.device();
        let reply = phone.raw(Method::GET, metadata::PATH, &[], String::new()).await;
        let metadata = Metadata::open(&reply.text, &offer.pins).unwrap();
        assert_eq!((metadata.binding_modes.clone(), metadata.min_app_version), (modes, min_app_version));
        assert!(metadata.has_valid_lifetime());
    }
}

#[tokio::test]
async fn metadata_verifies_under_the_offers_pins_and_is_cacheable() {
    let bench = Bench::start().await;
    let phone = bench.device();
    let (_, offer) = offered(&bench).await;
    let reply = phone.raw(Method::GET, metadata::PATH, &[], String::new()).await;
    assert_eq!(reply.headers["content-type"], "application/jose");
    assert_eq!(reply.headers["cache-control"], "public, max-age=300");
    let metadata = Metadata::open(&reply.text, &offer.pins).unwrap();
    assert_eq!((metadata.iss, metadata.epoch, metadata.pins.len()), (phone.issuer(), 1, 2));
    assert_eq!(metadata.pins, offer.pins);
    assert!(Metadata::open(&reply.text, &[key().public().thumbprint()]).is_err());

    let tag = reply.headers["etag"].to_str().unwrap();
    let again = phone.raw(Method::GET, metadata::PATH, &[("if-none-match", tag)], String::new()).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    bench.clock.shift(3600);
    let later = phone.raw(Method::GET, metadata::PATH, &[("if-none-match", tag)], String::new()).await;
    assert_eq!(later.status, StatusCode::OK);
    assert!(Metadata::open(&later.text, &offer.pins).unwrap().exp > metadata.exp);
}

#[tokio::test]
async fn phone_is_pending_until_its_code_is_typed() {
    let bench = Bench::start().await;
    let (made, _) = offered(&bench).await;
    assert_eq!(bench.gateway.offer_state("alice", &made.id).await.unwrap(), Some(OfferState::Open));
    assert_eq!(bench.gateway.offer_state("mallory", &made.id).await.unwrap(), None);

    let mut phone = bench.device();
    let enrolled = phone.enrol(&made.uri).await;
    assert_eq!(enrolled.state, EnrolmentState::Pending);
    assert_eq!((enrolled.account.label.as_str(), enrolled.account.issuer_name.as_str()), ("Alice", "Bank"));
    let waits = OfferState::AwaitingCode { device: "Test phone".to_owned() };
    assert_eq!(bench.gateway.offer_state("alice", &made.id).await.unwrap(), Some(waits));
    assert_eq!(phone.inbox().await.status, EnrolmentState::Pending);

    let code = phone.confirmation_code(&enrolled);
    assert_eq!(bench.gateway.confirm("mallory", &made.id, &code).await.unwrap(), Confirmed::Failed);
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    assert_eq!(bench.gateway.confirm("alice", &made.id, &spaced).await.unwrap(), Confirmed::Active);
    assert_eq!(bench.gateway.offer_state("alice", &made.id).await.unwrap(), Some(OfferState::Active));
    assert_eq!(phone.inbox().await.status, EnrolmentState::Active);
}

#[tokio::test]
async fn phone_is_active_at_once_without_confirmation_codes() {
    let bench = Bench::with(RequestPolicy { confirm_code: false, ..RequestPolicy::default() }).await;
    let (made, _) = offered(&bench).await;
    let enrolled = bench.device().enrol(&made.uri).await;
    assert_eq!((enrolled.state, enrolled.confirm_nonce), (EnrolmentState::Active, None));
}

#[tokio::test]
async fn three_wrong_codes_revoke_the_enrolment() {
    let bench = Bench::start().await;
    let (made, _) = offered(&bench).await;
    let mut phone = bench.device();
    let enrolled = phone.enrol(&made.uri).await;
    let right = phone.confirmation_code(&enrolled);
    for left in [2, 1] {
        let confirmed = bench.gateway.confirm("alice", &made.id, "no").await.unwrap();
        assert_eq!(confirmed, Confirmed::WrongCode { left });
    }
    assert_eq!(bench.gateway.confirm("alice", &made.id, "no").await.unwrap(), Confirmed::Failed);
    assert_eq!(bench.gateway.confirm("alice", &made.id, &right).await.unwrap(), Confirmed::Failed);
    assert_eq!(bench.gateway.offer_state("alice", &made.id).await.unwrap(), Some(OfferState::Failed));
    assert_eq!(phone.inbox().await.status, EnrolmentState::Revoked);
    assert!(bench.gateway.phones("alice").await.unwrap().is_empty());
}

#[tokio::test]
async fn late_confirmation_code_is_rejected() {
    let bench = Bench::start().await;
    let (made, _) = offered(&bench).await;
    let mut phone = bench.device();
    let enrolled = phone.enrol(&made.uri).await;
    bench.clock.shift(600);
    assert_eq!(bench.gateway.offer_state("alice", &made.id).await.unwrap(), Some(OfferState::Expired));
    let right = phone.confirmation_code(&enrolled);
    assert_eq!(bench.gateway.confirm("alice", &made.id, &right).await.unwrap(), Confirmed::Failed);

    let (made, _) = offered(&bench).await;
    let mut forgotten = bench.device();
    forgotten.enrol(&made.uri).await;
    bench.clock.shift(600);
    assert_eq!(forgotten.inbox().await.status, EnrolmentState::Revoked, "no code was typed");
}

#[tokio::test]
async fn suspended_phone_gets_no_requests_and_can_only_deny() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let enrolment = phone.id.clone().unwrap();
    let attack = bench.request_approval(super::RequestedBinding::None).await;
    let denial = phone.decision(&phone.waiting().await, DecisionKind::Deny);
    assert!(bench.gateway.suspend("alice", &enrolment, true).await.unwrap());
    assert_eq!(phone.receipt(&phone.decide(&denial).await).outcome, Received::Accepted);
    assert!(matches!(bench.outcome(&attack).await, super::Outcome::Denied { .. }));
    assert!(bench.gateway.suspend("alice", &enrolment, false).await.unwrap());
    let request_id = bench.request_approval(super::RequestedBinding::None).await;
    let approval = phone.decision(&phone.waiting().await, DecisionKind::Approve);
    assert!(!bench.gateway.suspend("mallory", &enrolment, true).await.unwrap());
    assert!(bench.gateway.suspend("alice", &enrolment, true).await.unwrap());
    assert!(!bench.gateway.suspend("alice", &enrolment, true).await.unwrap());
    assert_eq!(phone.inbox().await.status, EnrolmentState::Suspended);
    let receipt = phone.receipt(&phone.decide(&approval).await);
    assert_eq!((receipt.outcome, receipt.status), (Received::Policy, EnrolmentState::Suspended));
    assert_eq!(bench.outcome(&request_id).await, super::Outcome::Denied { reason: DenialReason::Policy });
    let rejected = bench.gateway.request_approval(super::new_request(super::RequestedBinding::None)).await.unwrap_err();
    assert!(matches!(rejected, crate::gateway::ApprovalRequestError::NoDevice));

    assert!(bench.gateway.suspend("alice", &enrolment, false).await.unwrap());
    bench.request_approval(super::RequestedBinding::None).await;
    let approval = phone.decision(&phone.waiting().await, DecisionKind::Approve);
    assert_eq!(phone.receipt(&phone.decide(&approval).await).outcome, Received::Accepted);
}

#[tokio::test]
async fn offer_works_for_one_app_once() {
    let bench = Bench::start().await;
    let (made, offer) = offered(&bench).await;
    let phone = bench.device();
    let enrol = phone.enrolment(&offer).await;

    let other_app = bench.device();
    let verifier = Nonce::random().unwrap();
    assert!(other_app.request_challenge(&offer, &verifier).await.is_rejected(), "tied to the first app");
    let again = phone.request_challenge(&offer, &enrol.verifier).await;
    assert_eq!(again.status, StatusCode::OK, "the first app may request it again");

    assert_eq!(phone.post_enrolment(&enrol).await.status, StatusCode::OK);
    assert!(other_app.request_challenge(&offer, &enrol.verifier).await.is_rejected(), "used");
    let second = Enrol { device: other_device(&enrol), ..enrol.clone() };
    assert!(phone.post_enrolment(&second).await.is_rejected(), "used");
    assert_eq!(bench.gateway.phones("alice").await.unwrap().len(), 1);
    drop(made);
}

fn other_device(enrol: &Enrol) -> DeviceInfo {
    DeviceInfo { model: "Other".to_owned(), ..enrol.device.clone() }
}

#[tokio::test]
async fn repeated_enrolment_returns_the_same_phone() {
    let bench = Bench::start().await;
    let (_, offer) = offered(&bench).await;
    let phone = bench.device();
    let compact = phone.enrolment(&offer).await.sign(&phone.dk).unwrap();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let reply = phone.post("/adp/v1/enrolments", compact.clone()).await;
        let enrolled: Enrolled = phone.read(&phone.unseal(&reply.text));
        ids.push((enrolled.sub, enrolled.confirm_nonce));
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(bench.gateway.phones("alice").await.unwrap().len(), 1);
}

#[tokio::test]
async fn offer_expires_after_five_minutes() {
    let bench = Bench::start().await;
    let (made, offer) = offered(&bench).await;
    let phone = bench.device();
    let enrol = phone.enrolment(&offer).await;
    bench.clock.shift(300);
    assert_eq!(bench.gateway.offer_state("alice", &made.id).await.unwrap(), Some(OfferState::Expired));
    assert!(phone.request_challenge(&offer, &enrol.verifier).await.is_rejected());
    assert!(phone.post_enrolment(&enrol).await.is_rejected());
}

#[tokio::test]
async fn invalid_enrolment_is_rejected_and_changes_nothing() {
    let bench = Bench::start().await;
    let (made, offer) = offered(&bench).await;
    let phone = bench.device();
    let right = phone.enrolment(&offer).await;
    let random = || Nonce::random().unwrap();
    let changed = |change: &dyn Fn(&mut Enrol)| {
        let mut enrol = right.clone();
        change(&mut enrol);
        enrol
    };
    let proof = |nonce: &Nonce, by: &SigningKey| {
        let keys = phone.keys().thumbprints();
        KeyProof { aud: phone.issuer(), nonce: nonce.clone(), keys }.sign(by).unwrap()
    };
    let cases = [
        ("verifier", changed(&|enrol| enrol.verifier = random())),
        ("code", changed(&|enrol| enrol.code = OfferCode::random().unwrap())),
        (
            "nonce",
            changed(&|enrol| {
                enrol.nonce = random();
                enrol.uv_proof = proof(&enrol.nonce, &phone.uvk);
            }),
        ),
        ("issuer", changed(&|enrol| enrol.aud = "https://other.example".parse().unwrap())),
        ("offer", changed(&|enrol| enrol.offer = "other".parse().unwrap())),
        ("iss", changed(&|enrol| enrol.iss = key().public().thumbprint())),
        ("proof by another key", changed(&|enrol| enrol.uv_proof = proof(&enrol.nonce, &phone.dk))),
        ("proof for another nonce", changed(&|enrol| enrol.uv_proof = proof(&random(), &phone.uvk))),
        ("uvk not proved", changed(&|enrol| enrol.keys.uvk = key().public().clone())),
        ("dk not the signer", changed(&|enrol| enrol.keys.dk = key().public().clone())),
        ("one key twice", changed(&|enrol| enrol.keys.ek = enrol.keys.uvk.clone())),
        ("description", changed(&|enrol| enrol.device.model = "x".repeat(101))),
        ("control characters", changed(&|enrol| enrol.device.app = "a\u{7}".to_owned())),
        ("push token", changed(&|enrol| enrol.push.token = Some("x".repeat(1025)))),
    ];
    for (what, enrol) in cases {
        assert!(phone.post_enrolment(&enrol).await.is_rejected(), "{what}");
    }
    let foreign = right.sign(&key()).unwrap();
    assert!(phone.post("/adp/v1/enrolments", foreign).await.is_rejected(), "signed by a foreign key");
    assert_eq!(bench.gateway.offer_state("alice", &made.id).await.unwrap(), Some(OfferState::Open));
    assert_eq!(phone.post_enrolment(&right).await.status, StatusCode::OK, "the right one still works");
}

#[tokio::test]
async fn enrolment_without_offer_needs_no_write_lock() {
    let bench = Bench::start().await;
    let (_, offer) = offered(&bench).await;
    let phone = bench.device();
    let right = phone.enrolment(&offer).await;
    let held = bench.store().begin().await.unwrap();
    let unknown = Enrol { offer: "other".parse().unwrap(), ..right.clone() };
    let unearned = Enrol { code: OfferCode::random().unwrap(), ..right.clone() };
    for enrol in [unknown, unearned] {
        assert!(phone.post_enrolment(&enrol).await.is_rejected());
    }
    drop(held);
    assert_eq!(phone.post_enrolment(&right).await.status, StatusCode::OK);
}

#[tokio::test]
async fn rejected_enrolment_uses_its_proof() {
    let bench = Bench::start().await;
    let (_, offer) = offered(&bench).await;
    let phone = bench.device();
    let enrol = phone.enrolment(&offer).await;
    assert_eq!(phone.post_enrolment(&enrol).await.status, StatusCode::OK);
    let used = Enrol { device: other_device(&enrol), ..enrol };
    let path = "/adp/v1/enrolments";
    let proof = phone.proof(&Method::POST, path);
    let signed = phone.sign_proof(&proof);
    let headers = [("dpop", signed.as_str()), ("content-type", super::device::JOSE)];
    let body = used.sign(&phone.dk).unwrap();
    assert!(phone.raw(Method::POST, path, &headers, body.clone()).await.is_rejected());
    let nonces = &bench.gateway.nonces;
    let period = nonces.accept(proof.nonce.as_deref().unwrap()).unwrap();
    assert_eq!(nonces.spend(period, &phone.dk.public().thumbprint(), &proof.jti), Use::Again);
    assert!(phone.raw(Method::POST, path, &headers, body).await.is_rejected());
}

#[tokio::test]
async fn device_key_enrols_once() {
    let bench = Bench::start().await;
    let phone = bench.device();
    let (_, first) = offered(&bench).await;
    let (_, second) = offered(&bench).await;
    assert_eq!(phone.post_enrolment(&phone.enrolment(&first).await).await.status, StatusCode::OK);
    assert!(phone.post_enrolment(&phone.enrolment(&second).await).await.is_rejected());
}

#[tokio::test]
async fn removed_phone_gets_its_status_and_can_do_nothing() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let request_id = bench.request_approval(super::entry()).await;
    let compact = phone.waiting().await;
    let enrolment = phone.id.clone().unwrap();
    assert!(!bench.gateway.unenrol("mallory", &enrolment).await.unwrap());
    assert!(!bench.gateway.unenrol("alice", &id("unknown")).await.unwrap());
    assert!(bench.gateway.unenrol("alice", &enrolment).await.unwrap());
    assert!(!bench.gateway.unenrol("alice", &enrolment).await.unwrap());
    assert_eq!(bench.outcome(&request_id).await, super::Outcome::Cancelled);

    let inbox = phone.inbox().await;
    assert_eq!((inbox.status, inbox.requests.len()), (EnrolmentState::Revoked, 0));
    let request: Request = phone.read(&compact);
    let reply = phone.get(&format!("/adp/v1/requests/{}", request.txn)).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::NOT_FOUND, "not_found"));
    assert_eq!(phone.stream().await.status(), StatusCode::FORBIDDEN);
    let late = phone.decision(&compact, DecisionKind::Deny);
    let receipt = phone.receipt(&phone.decide(&late).await);
    assert_eq!(receipt.outcome, Received::Cancelled);
    assert_eq!(receipt.status, EnrolmentState::Revoked);
}

#[tokio::test]
async fn audit_lists_removed_phones_with_the_time_of_enrolment() {
    let bench = Bench::start().await;
    let first = bench.phone().await;
    bench.clock.shift(60);
    let second = bench.phone().await;
    assert!(bench.gateway.unenrol("alice", first.id.as_ref().unwrap()).await.unwrap());
    let listed: Vec<_> = audit::phones(&bench.gateway.parts.store, "alice")
        .await
        .unwrap()
        .into_iter()
        .map(|phone| (phone.id, phone.state, phone.added.seconds()))
        .collect();
    let expected = [
        (first.id.clone().unwrap(), EnrolmentState::Revoked, super::START),
        (second.id.clone().unwrap(), EnrolmentState::Active, super::START + 60),
    ];
    assert_eq!(listed, expected);
    assert!(audit::phones(&bench.gateway.parts.store, "bob").await.unwrap().is_empty());
}

#[tokio::test]
async fn account_with_the_maximum_of_phones_gets_no_other() {
    let bench = Bench::with(RequestPolicy { phones_per_account: 2, ..RequestPolicy::default() }).await;
    let first = bench.phone().await;
    // Two offers while there is room for one phone.
    let ((_, one), (_, two)) = (offered(&bench).await, offered(&bench).await);
    let (phone, late) = (bench.device(), bench.device());
    assert_eq!(phone.post_enrolment(&phone.enrolment(&one).await).await.status, StatusCode::OK);
    let refused = late.post_enrolment(&late.enrolment(&two).await).await;
    assert_eq!((refused.status, refused.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many"));
    let offer = bench.gateway.offer("alice", "Alice").await;
    assert!(matches!(offer, Err(GatewayError::TooManyPhones(2))));
    bench.gateway.offer("bob", "Bob").await.unwrap();

    // Phones above the limit stay.
    let strict = bench.gateway_with(RequestPolicy { phones_per_account: 1, ..RequestPolicy::default() });
    assert_eq!(strict.phones("alice").await.unwrap().len(), 2);
    assert!(bench.gateway.unenrol("alice", first.id.as_ref().unwrap()).await.unwrap());
    bench.gateway.offer("alice", "Alice").await.unwrap();
}

#[tokio::test]
async fn account_has_a_maximum_of_unused_offers() {
    let bench = Bench::start().await;
    let (_, used) = offered(&bench).await;
    let phone = bench.device();
    assert_eq!(phone.post_enrolment(&phone.enrolment(&used).await).await.status, StatusCode::OK);
    for _ in 0..MAX_OPEN_OFFERS {
        offered(&bench).await;
    }
    for _ in 0..2 {
        let error = bench.gateway.offer("alice", "Alice").await.err();
        assert!(matches!(error, Some(GatewayError::TooManyOffers(MAX_OPEN_OFFERS))), "{error:?}");
    }
    bench.gateway.offer("bob", "Bob").await.unwrap();
    // They expire.
    bench.clock.shift(300);
    offered(&bench).await;
}

#[tokio::test]
async fn unconfirmed_phones_do_not_accumulate() {
    let bench = Bench::with(RequestPolicy { phones_per_account: 1, ..RequestPolicy::default() }).await;
    for _ in 0..3 {
        let (_, offer) = offered(&bench).await;
        let phone = bench.device();
        assert_eq!(phone.post_enrolment(&phone.enrolment(&offer).await).await.status, StatusCode::OK);
        let stored = bench.store().read().await.unwrap().enrolments_of_account("alice").await.unwrap();
        assert_eq!(stored.len(), 1, "earlier ones are revoked");
        bench.clock.shift(3_600);
    }
}
