//! Proofs of possession, content types and sizes: checks before a message is read.

use countersign_protocol::jose::base64url;
use countersign_protocol::message::claims::Jti;
use countersign_protocol::message::dpop::{self, Proof};
use countersign_protocol::message::request::Request;
use reqwest::{Method, StatusCode};

use super::device::{Device, JOSE, Reply, key};
use super::{Bench, START};
use crate::policy::RequestPolicy;

const INBOX: &str = "/adp/v1/requests?nonce=n";

async fn inbox(phone: &Device, proof: &str) -> Reply {
    phone.raw(Method::GET, INBOX, &[("dpop", proof)], String::new()).await
}

#[tokio::test]
async fn call_without_nonce_gets_one() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let fresh = Proof { nonce: None, ..phone.proof(&Method::GET, INBOX) };
    let reply = inbox(&phone, &phone.sign_proof(&fresh)).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "use_dpop_nonce"));
    assert!(reply.headers["www-authenticate"].to_str().unwrap().starts_with("DPoP error=\"use_dpop_nonce\""));
    let nonce = Some(reply.headers["dpop-nonce"].to_str().unwrap().to_owned());
    let reply = inbox(&phone, &phone.sign_proof(&Proof { nonce, ..fresh })).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.headers.contains_key("dpop-nonce"), "each response has one");
    assert_eq!(reply.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn old_and_foreign_nonces_are_rejected() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let old = phone.proof(&Method::GET, INBOX);
    bench.clock.shift(240);
    for nonce in [old.nonce.clone(), Some("AAAA".to_owned())] {
        let stale = Proof { nonce, jti: Jti::random().unwrap(), ..old.clone() };
        assert_eq!(inbox(&phone, &phone.sign_proof(&stale)).await.code(), "use_dpop_nonce");
    }
}

#[tokio::test]
async fn proof_is_accepted_once() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let proof = phone.sign_proof(&phone.proof(&Method::GET, INBOX));
    assert_eq!(inbox(&phone, &proof).await.status, StatusCode::OK);
    assert!(inbox(&phone, &proof).await.is_rejected());
}

#[tokio::test]
async fn proof_is_bound_to_method_and_url_not_to_the_clock() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let right = phone.proof(&Method::GET, INBOX);
    let base = phone.base.clone();
    let changed = |change: &dyn Fn(&mut Proof)| {
        let mut proof = Proof { jti: Jti::random().unwrap(), ..right.clone() };
        change(&mut proof);
        phone.sign_proof(&proof)
    };
    let wrong_ones = [
        changed(&|proof| proof.htm = "POST".to_owned()),
        changed(&|proof| proof.htm = "get".to_owned()),
        changed(&|proof| proof.htu = format!("{base}/adp/v1/decisions")),
        changed(&|proof| proof.htu = "https://other.example/adp/v1/requests".to_owned()),
        changed(&|proof| proof.htu = "/adp/v1/requests".to_owned()),
    ];
    for proof in wrong_ones {
        assert!(inbox(&phone, &proof).await.is_rejected());
    }
    let with_query = changed(&|proof| proof.htu = format!("{base}{INBOX}#x"));
    assert_eq!(inbox(&phone, &with_query).await.status, StatusCode::OK, "query and fragment are ignored");
    const YEARS: i64 = 10 * 365 * 86_400;
    for off in [-START, -YEARS, -7_200, YEARS] {
        let wrong_clock = changed(&|proof| proof.iat = proof.iat.plus(off));
        assert_eq!(inbox(&phone, &wrong_clock).await.status, StatusCode::OK, "the nonce limits the age: {off}");
    }
}

#[tokio::test]
async fn proof_needs_the_exact_form_and_an_enrolled_key() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let right = phone.proof(&Method::GET, INBOX);
    let input = right.signing_input(phone.dk.public()).unwrap();
    let (header, claims) = input.split_once('.').unwrap();
    let header = String::from_utf8(base64url::decode(header).unwrap()).unwrap();
    let signed = |header: String, claims: &str| {
        let input = format!("{}.{claims}", base64url::encode(header));
        dpop::finish(&input, &phone.dk.sign(input.as_bytes()).unwrap())
    };
    let mut more: serde_json::Value = serde_json::from_slice(&base64url::decode(claims).unwrap()).unwrap();
    more["ath"] = "x".into();
    let stranger = key();
    let foreign = right.signing_input(stranger.public()).unwrap();
    let cases = [
        signed(header.replace("dpop+jwt", "jwt"), claims),
        signed(header.replace("ES256", "none"), claims),
        signed(header.replace("ES256", "RS256"), claims),
        signed(header.replace("{\"typ\"", "{\"kid\":\"x\",\"typ\""), claims),
        signed(header.clone(), &base64url::encode(more.to_string())),
        dpop::finish(&foreign, &stranger.sign(foreign.as_bytes()).unwrap()),
        dpop::finish(&input, &stranger.sign(input.as_bytes()).unwrap()),
        "x".to_owned(),
        "a".repeat(3000),
    ];
    for proof in cases {
        assert!(inbox(&phone, &proof).await.is_rejected(), "{proof}");
    }
    let proof = phone.sign_proof(&right);
    let twice = [("dpop", proof.as_str()), ("dpop", proof.as_str())];
    let reply = phone.raw(Method::GET, INBOX, &twice, String::new()).await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "two proofs are rejected");
    assert_eq!(phone.raw(Method::GET, INBOX, &[], String::new()).await.code(), "use_dpop_nonce");
    assert_eq!(inbox(&phone, &proof).await.status, StatusCode::OK, "the right one still works");
}

#[tokio::test]
async fn body_needs_its_content_type_and_a_limited_size() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    phone.inbox().await;
    let path = "/adp/v1/decisions";
    for kind in ["application/json", "application/jose; charset=utf-8", "text/plain"] {
        let proof = phone.sign_proof(&phone.proof(&Method::POST, path));
        let headers = [("dpop", proof.as_str()), ("content-type", kind)];
        let reply = phone.raw(Method::POST, path, &headers, "a.b.c".to_owned()).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (415, "unsupported_media_type"), "{kind}");
    }
    let proof = phone.sign_proof(&phone.proof(&Method::POST, path));
    let headers = [("dpop", proof.as_str()), ("content-type", JOSE), ("content-encoding", "gzip")];
    assert_eq!(phone.raw(Method::POST, path, &headers, "a.b.c".to_owned()).await.status.as_u16(), 415);

    for (path, size) in [(path, 8 * 1024), ("/adp/v1/device", 64 * 1024), ("/adp/v1/enrolments", 64 * 1024)] {
        let reply = phone.post(path, "a".repeat(size + 1)).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (413, "too_large"), "{path}");
        assert!(phone.post(path, "a".repeat(size)).await.is_rejected(), "{path}");
    }
    let kind = [("content-type", "application/json")];
    let challenge = "/adp/v1/enrolments/challenge";
    let reply = phone.raw(Method::POST, challenge, &kind, "x".repeat(513)).await;
    assert_eq!(reply.code(), "too_large");
    for body in ["", "{}", "[]", r#"{"offer":"x","verifier_hash":"x"}"#, r#"{"offer":"x","offer":"x"}"#] {
        assert!(phone.raw(Method::POST, challenge, &kind, body.to_owned()).await.is_rejected(), "{body}");
    }
}

#[tokio::test]
async fn inbox_needs_exactly_one_nonce() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    for query in ["", "?nonce=", "?nonce=a&nonce=b", "?nonce=a%20b", "?other=a", "?nonce=a&x=1"] {
        let reply = phone.get(&format!("/adp/v1/requests{query}")).await;
        assert_eq!((reply.status.as_u16(), reply.code().as_str()), (400, "bad_request"), "{query}");
    }
}

#[tokio::test]
async fn proof_from_before_a_restart_is_not_accepted() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    let used = phone.proof(&Method::GET, INBOX);
    assert_eq!(inbox(&phone, &phone.sign_proof(&used)).await.status, StatusCode::OK);
    let restarted = bench.gateway_with(RequestPolicy::default());
    assert_eq!(restarted.nonces.accept(used.nonce.as_deref().unwrap()), None);
}

#[tokio::test]
async fn call_that_reads_does_not_wait_for_writers() {
    let bench = Bench::start().await;
    let phone = bench.phone().await;
    bench.request_approval(super::entry()).await;
    let txn = phone.read::<Request>(&phone.waiting().await).txn;
    let writer = bench.store().begin().await.unwrap();
    assert_eq!(phone.get(&format!("/adp/v1/requests/{txn}")).await.status, StatusCode::OK);
    assert_eq!(phone.get("/adp/v1/requests/unknown").await.code(), "not_found");
    drop(writer);
}

#[tokio::test]
async fn calls_above_the_budget_of_a_phone_are_rejected() {
    let policy = RequestPolicy { phone_calls_per_minute: 1, phone_calls_burst: 3, ..RequestPolicy::default() };
    let bench = Bench::with(policy).await;
    // The enrolment is the first call.
    let (hostile, other) = (bench.phone().await, bench.phone().await);
    hostile.inbox().await;
    hostile.inbox().await;
    // No budget, so nothing is written: not even the lock of the writer is needed.
    let writer = bench.store().begin().await.unwrap();
    for _ in 0..2 {
        let reply = hostile.get(INBOX).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many"));
        let seconds: u64 = reply.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=61).contains(&seconds), "{seconds}");
    }
    drop(writer);
    other.inbox().await;
}

#[tokio::test]
async fn rejected_proofs_take_nothing_from_the_budget() {
    let policy = RequestPolicy { phone_calls_per_minute: 1, phone_calls_burst: 2, ..RequestPolicy::default() };
    let bench = Bench::with(policy).await;
    let phone = bench.phone().await;
    for _ in 0..5 {
        let foreign = Proof { htm: "POST".to_owned(), ..phone.proof(&Method::GET, INBOX) };
        assert!(inbox(&phone, &phone.sign_proof(&foreign)).await.is_rejected());
    }
    phone.inbox().await;
}

#[tokio::test]
async fn repeated_proofs_take_nothing_from_the_budget() {
    let policy = RequestPolicy { phone_calls_per_minute: 1, phone_calls_burst: 3, ..RequestPolicy::default() };
    let bench = Bench::with(policy).await;
    let phone = bench.phone().await;
    let proof = phone.sign_proof(&phone.proof(&Method::GET, INBOX));
    assert_eq!(inbox(&phone, &proof).await.status, StatusCode::OK);
    for _ in 0..5 {
        assert!(inbox(&phone, &proof).await.is_rejected());
    }
    phone.inbox().await;
}
