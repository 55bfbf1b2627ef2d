//! Tests of the control interface: the whole flow of an app without a browser, a relying party or a
//! push service.

use std::collections::BTreeMap;
use std::path::Path;

use countersign_core::message::decision::DenyReason;
use countersign_core::message::status::EnrolmentState;
use countersign_core::{Authenticator, Outcome, Received};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::phone;
use super::support::{Running, failed};

/// A server with its control interface.
pub(super) struct Ruled {
    server: Running,
    http: Client,
}

impl Ruled {
    pub(super) fn start(home: &Path, listen: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = Running::start(home, &["server", "--json", "--listen", listen, "--control", "127.0.0.1:0"]);
        Self { server, http: Client::builder().no_proxy().build().unwrap() }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.server.ready["control"].as_str().unwrap())
    }

    async fn send(&self, call: RequestBuilder) -> (StatusCode, Value) {
        let response = call.send().await.unwrap();
        let (status, kind) = (response.status(), response.headers()["content-type"].clone());
        let expected = if status.is_success() { "application/json" } else { "application/problem+json" };
        assert_eq!(kind, expected);
        (status, response.json().await.unwrap())
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(self.http.post(self.at(path)).json(&body)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.send(self.http.get(self.at(path))).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    /// Returns status and code of an error.
    async fn refused(&self, path: &str, body: Value) -> (u16, String) {
        let (status, problem) = self.send(self.http.post(self.at(path)).json(&body)).await;
        assert_eq!(problem["status"], status.as_u16());
        assert!(problem["detail"].as_str().unwrap().len() > 20, "{problem}");
        (status.as_u16(), problem["code"].as_str().unwrap().to_owned())
    }

    async fn pushes(&self, token: &str) -> Vec<BTreeMap<String, String>> {
        let taken = self.post("/pushes", json!({ "token": token, "wait_ms": 10_000 })).await;
        serde_json::from_value(taken["pushes"].clone()).unwrap()
    }

    async fn outcome(&self, approval_request: &Value) -> Value {
        self.get(&format!("/outcome/{}", approval_request["approval_request"].as_str().unwrap())).await
    }

    /// Enrols an active phone with this account and push token.
    pub(super) async fn phone(&self, folder: &Path, account: &str, token: &str) -> Authenticator {
        let offer = self.post("/offer", json!({ "account": account })).await;
        let device = phone::open(folder);
        let code = phone::enrol(&device, offer["link"].as_str().unwrap(), token).await;
        assert_eq!(self.post("/confirm", json!({ "offer": offer["offer"], "code": code })).await["state"], "active");
        let pushes = self.pushes(token).await;
        assert!(matches!(device.receive(&pushes[0]).unwrap(), Received::Status(_, EnrolmentState::Active)));
        device
    }
}

fn question(account: &str, binding: Value) -> Value {
    json!({ "account": account, "client": { "id": "shop", "name": "ACME Shop" }, "binding": binding, "expires_in": 120 })
}

#[tokio::test]
async fn phone_enrols_and_decides_over_push_service() {
    let home = tempfile::tempdir().unwrap();
    let bank = Ruled::start(home.path(), "127.0.0.1:0");
    let phone = bank.phone(&home.path().join("app"), "alice", "token").await;

    let entry = question("alice", json!({ "mode": "entry" }));
    let approval_request = bank.post("/approval-requests", entry).await;
    assert_eq!(bank.outcome(&approval_request).await, json!({ "outcome": "pending" }));
    let pushes = bank.pushes("token").await;
    let [push] = pushes.as_slice() else { panic!("{pushes:?}") };
    let request = phone::request(&phone, push);
    let outcome = phone::approve(&phone, request.txn(), approval_request["value"].as_str()).await;
    assert_eq!(outcome, Outcome::Confirmed);
    assert_eq!(bank.outcome(&approval_request).await, json!({ "outcome": "approved" }));

    let none = question("alice", json!({ "mode": "none" }));
    let approval_request = bank.post("/approval-requests", none.clone()).await;
    phone::request(&phone, &bank.pushes("token").await[0]).deny(DenyReason::NotMe).await.unwrap();
    assert_eq!(bank.outcome(&approval_request).await, json!({ "outcome": "denied", "reason": "not_me" }));

    let approval_request = bank.post("/approval-requests", none.clone()).await;
    bank.post("/cancel", json!({ "approval_request": approval_request["approval_request"] })).await;
    assert_eq!(bank.outcome(&approval_request).await, json!({ "outcome": "cancelled" }));
    assert_eq!(
        bank.refused("/cancel", json!({ "approval_request": approval_request["approval_request"] })).await,
        (409, "not_pending".to_owned())
    );

    let approval_request = bank.post("/approval-requests", none).await;
    let now = bank.post("/clock", json!({ "shift_seconds": 60 })).await["now"].as_i64().unwrap();
    assert_eq!(bank.outcome(&approval_request).await, json!({ "outcome": "pending" }));
    let later = bank.post("/clock", json!({ "shift_seconds": 120 })).await["now"].as_i64().unwrap();
    assert!((60..70).contains(&(later - now)), "a shift is from the computer's clock, not from the last one");
    assert_eq!(bank.outcome(&approval_request).await, json!({ "outcome": "expired" }));
}

#[tokio::test]
async fn large_details_become_wake_only_push_per_account() {
    let home = tempfile::tempdir().unwrap();
    let bank = Ruled::start(home.path(), "127.0.0.1:0");
    let phone = bank.phone(&home.path().join("app"), "somebody else", "token").await;
    let mut large = question("somebody else", json!({ "mode": "choice", "value": "W4SCT" }));
    assert_eq!(
        bank.refused("/approval-requests", question("alice", json!({ "mode": "none" }))).await,
        (409, "no_device".to_owned())
    );
    large["details"] = json!([{ "type": "long", "text": "x".repeat(3000) }]);
    bank.post("/approval-requests", large).await;
    let pushes = bank.pushes("token").await;
    assert!(pushes[0].contains_key("w"), "{pushes:?}");
    let Received::Fetch(enrolment, txn) = phone.receive(&pushes[0]).unwrap() else { panic!("not a wake") };
    phone.fetch(&enrolment, &txn).await.unwrap();

    let listed = bank.get("/phones?account=somebody%20else").await;
    assert_eq!((&listed["phones"][0]["state"], &listed["phones"][0]["name"]), (&json!("active"), &json!("Test phone")));
    let id = &listed["phones"][0]["enrolment"];
    for (suspended, state) in [(true, EnrolmentState::Suspended), (false, EnrolmentState::Active)] {
        bank.post("/suspend", json!({ "enrolment": id, "suspended": suspended })).await;
        let received = phone.receive(&bank.pushes("token").await[0]).unwrap();
        assert!(matches!(received, Received::Status(_, now) if now == state));
    }
    bank.post("/unenrol", json!({ "enrolment": id })).await;
    let received = phone.receive(&bank.pushes("token").await[0]).unwrap();
    assert!(matches!(received, Received::Status(_, EnrolmentState::Revoked)));
    assert_eq!(bank.get("/phones?account=somebody%20else").await, json!({ "phones": [] }));
    assert_eq!(bank.refused("/unenrol", json!({ "enrolment": id })).await, (409, "phone_state".to_owned()));
}

#[tokio::test]
async fn request_signed_before_rotation_is_approved() {
    let home = tempfile::tempdir().unwrap();
    let bank = Ruled::start(home.path(), "127.0.0.1:0");
    let folder = home.path().join("app");
    let phone = bank.phone(&folder, "alice", "token").await;
    let approval_request = bank.post("/approval-requests", question("alice", json!({ "mode": "none" }))).await;
    assert_eq!(bank.post("/rotate-keys", json!({})).await, json!({ "epoch": 2 }));
    assert_eq!(bank.refused("/rotate-keys", json!({})).await, (409, "too_soon".to_owned()));
    let address = bank.server.url().trim_start_matches("http://").to_owned();
    drop((bank, phone));

    let (bank, phone) = (Ruled::start(home.path(), &address), phone::open(&folder));
    let refreshed = phone.refresh().await.unwrap();
    let [txn] = refreshed.new.as_slice() else { panic!("{:?}", refreshed.failed) };
    assert_eq!(phone::approve(&phone, txn, None).await, Outcome::Confirmed);
    assert_eq!(bank.outcome(&approval_request).await, json!({ "outcome": "approved" }));
    bank.post("/approval-requests", question("alice", json!({ "mode": "none" }))).await;
    // The restarted server may repeat the push of the first request, which is decided.
    let pushes = bank.pushes("token").await;
    if !pushes.iter().any(|push| phone::brings_request(&phone, push)) {
        let pushes = bank.pushes("token").await;
        assert!(pushes.iter().any(|push| phone::brings_request(&phone, push)), "no push brings the new request");
    }
}

#[tokio::test]
async fn invalid_calls_are_rejected_with_a_code() {
    let home = tempfile::tempdir().unwrap();
    let bank = Ruled::start(home.path(), "127.0.0.1:0");
    let offer = bank.post("/offer", json!({ "account": "alice" })).await;
    let device = phone::open(&home.path().join("app"));
    let confirm = |code: &str| json!({ "offer": offer["offer"], "code": code });
    assert_eq!(bank.refused("/confirm", confirm("000000")).await, (409, "not_enrolled".to_owned()));
    let code = phone::enrol(&device, offer["link"].as_str().unwrap(), "token").await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for expected in [(422, "wrong_code"), (422, "wrong_code"), (409, "offer_over"), (409, "offer_over")] {
        assert_eq!(bank.refused("/confirm", confirm(wrong)).await, (expected.0, expected.1.to_owned()));
    }
    for (path, body, status, code) in [
        ("/offer", json!({ "account": "" }), 422, "bad_account"),
        ("/offer", json!({ "name": "alice" }), 422, "bad_body"),
        ("/confirm", json!({ "offer": "x", "code": "1" }), 404, "unknown_offer"),
        ("/approval-requests", question("alice", json!({ "mode": "entry", "value": "1" })), 422, "bad_binding"),
        ("/approval-requests", question("alice", json!({ "mode": "sign" })), 422, "bad_body"),
        ("/cancel", json!({ "approval_request": "x" }), 404, "unknown_approval_request"),
        ("/unenrol", json!({ "enrolment": "x" }), 404, "unknown_enrolment"),
        ("/suspend", json!({ "enrolment": "x", "suspended": true }), 404, "unknown_enrolment"),
        ("/clock", json!({ "shift_seconds": i64::MIN }), 422, "bad_shift"),
        ("/pushes", json!({ "token": "t", "wait_ms": 60_001 }), 422, "bad_wait"),
        ("/nothing", json!({}), 404, "not_found"),
    ] {
        assert_eq!(bank.refused(path, body).await, (status, code.to_owned()), "{path}");
    }
    assert_eq!(
        bank.post("/pushes", json!({ "token": "t" })).await,
        json!({ "pushes": [] }),
        "without `wait_ms` at once"
    );
}

#[tokio::test]
async fn browsers_and_foreign_hosts_are_rejected() {
    let home = tempfile::tempdir().unwrap();
    let bank = Ruled::start(home.path(), "127.0.0.1:0");
    let own = bank.at("");
    for (name, value, code) in [
        ("origin", own.as_str(), "browser"),
        ("origin", "null", "browser"),
        ("sec-fetch-site", "same-origin", "browser"),
        ("host", "evil.example", "foreign_host"),
    ] {
        let call = bank.http.get(bank.at("/phones?account=alice")).header(name, value);
        let (status, problem) = bank.send(call).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!(code)), "{name}: {value}");
    }
    let form = bank.http.post(bank.at("/offer")).body("account=alice");
    assert_eq!(bank.send(form).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let taken = bank.at("").trim_start_matches("http://").to_owned();
    let (code, text) = failed(home.path(), &["server", "--listen", "127.0.0.1:0", "--control", &taken]);
    assert!(code == 1 && text.contains("is taken") && text.contains("--control"), "{text}");
}

/// The table of the guide lists exactly the calls of the interface.
#[tokio::test]
async fn guide_lists_every_call() {
    let home = tempfile::tempdir().unwrap();
    let bank = Ruled::start(home.path(), "127.0.0.1:0");
    let guide = include_str!("../../../docs/apps/testing.md");
    let mut listed = Vec::new();
    for line in guide.lines() {
        let Some((method, rest)) = line.strip_prefix("| `").and_then(|line| line.split_once(" /")) else { continue };
        let path = rest.split([' ', '?', '`']).next().unwrap();
        let call = match method {
            "GET" => bank.http.get(bank.at(&format!("/{path}"))),
            _ => bank.http.post(bank.at(&format!("/{path}"))).json(&json!({ "no such member": 1 })),
        };
        let (status, problem) = bank.send(call).await;
        let known =
            ["bad_body", "bad_query", "unknown_approval_request"].map(|code| json!(code)).contains(&problem["code"]);
        assert!(known, "{method} /{path}: {status} {problem}");
        listed.push(path);
    }
    assert_eq!(listed.len(), 13, "{listed:?}");
}
