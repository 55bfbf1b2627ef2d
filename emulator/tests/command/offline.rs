//! Tests of approval without network: request and decision are exchanged as QR codes.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::support::Running;

/// A server with its control interface and an enrolled phone of alice.
struct Pair {
    _home: tempfile::TempDir,
    server: Running,
    phone: Running,
    http: reqwest::Client,
}

impl Pair {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let home = tempfile::tempdir().unwrap();
        let folder = |part: &str| home.path().join(part).to_str().unwrap().to_owned();
        let local = "127.0.0.1:0";
        let server = ["server", "--data", &folder("server"), "--listen", local, "--control", local, "--json"];
        let server = Running::start(home.path(), &server);
        let phone = Running::start(home.path(), &["phone", "--data", &folder("phone"), "--listen", local, "--json"]);
        let pair = Self { _home: home, server, phone, http: reqwest::Client::new() };
        let offer = pair.control("offer", json!({ "account": "alice" })).await;
        let enrolled = pair.phone("enrol", json!({ "offer": offer["link"] })).await;
        pair.control("confirm", json!({ "offer": offer["offer"], "code": enrolled["confirm_code"] })).await;
        pair.phone("refresh", json!({})).await;
        pair
    }

    async fn post(&self, url: String, body: Value) -> (StatusCode, Value) {
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn get(&self, url: String) -> (StatusCode, String) {
        let answer = self.http.get(url).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    fn at_phone(&self, path: &str) -> String {
        format!("{}/api/{path}", self.phone.url())
    }

    fn at_control(&self, path: &str) -> String {
        format!("{}/{path}", self.server.ready["control"].as_str().unwrap())
    }

    async fn phone(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(self.at_phone(path), body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    async fn control(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(self.at_control(path), body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }
}

#[tokio::test]
async fn offline_phone_scans_shows_and_is_confirmed_later() {
    let pair = Pair::start().await;
    pair.phone("network", json!({ "online": false })).await;
    let client = json!({ "id": "shop", "name": "ACME Shop" });
    let approval_request = json!({ "account": "alice", "client": client, "binding": { "mode": "scan" } });
    let approval_request = pair.control("approval-requests", approval_request).await;
    let name = approval_request["approval_request"].as_str().unwrap();
    let (status, shown) = pair.get(pair.at_control(&format!("show/{name}"))).await;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((status, shown["requests"].as_array().unwrap().len()), (StatusCode::OK, 1), "{shown}");

    let (status, refused) = pair.post(pair.at_phone("scan"), json!({ "text": "https://bank.example/enrol#v=1" })).await;
    assert_eq!((status, &refused["code"]), (StatusCode::BAD_GATEWAY, &json!("rejected")));
    let request = pair.phone("scan", json!({ "text": shown["requests"][0] })).await;
    let path = format!("requests/{}", request["id"].as_str().unwrap());
    let (status, early) = pair.get(pair.at_phone(&format!("{path}/decision"))).await;
    assert!(status == StatusCode::CONFLICT && early.contains("undecided"), "{early}");

    // Scanning an offer by mistake changes nothing. The secret is accepted afterwards.
    let approve = format!("{path}/approve");
    let (status, refused) = pair.post(pair.at_phone(&approve), json!({ "value": "https://bank.example" })).await;
    assert_eq!((status.as_u16(), &refused["code"]), (422, &json!("binding_not_the_code")));
    let answered = pair.phone(&approve, json!({ "value": approval_request["value"] })).await;
    assert_eq!(answered["outcome"], "queued");
    let (_, answer) = pair.get(pair.at_phone(&format!("{path}/decision"))).await;
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let (status, picture) = pair.get(pair.at_phone(&format!("{path}/decision.svg"))).await;
    assert!(status == StatusCode::OK && picture.contains("<svg"));

    let wrong = json!({ "approval_request": name, "decision": shown["requests"][0] });
    let (status, refused) = pair.post(pair.at_control("scanned"), wrong).await;
    assert_eq!((status.as_u16(), &refused["code"]), (422, &json!("rejected")));
    let taken = pair.control("scanned", json!({ "approval_request": name, "decision": answer["decision"] })).await;
    assert_eq!(taken, json!({ "outcome": "accepted" }));
    let (_, outcome) = pair.get(pair.at_control(&format!("outcome/{name}"))).await;
    assert_eq!(outcome, r#"{"outcome":"approved"}"#);

    pair.phone("network", json!({ "online": true })).await;
    let (_, state) = pair.get(pair.at_phone("state")).await;
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(
        (&state["requests"][0]["state"], &state["requests"][0]["outcome"]),
        (&json!("confirmed"), &json!("accepted"))
    );
    let (status, settled) = pair.get(pair.at_phone(&format!("{path}/decision"))).await;
    assert!(status == StatusCode::CONFLICT && settled.contains("settled"), "{settled}");
}
