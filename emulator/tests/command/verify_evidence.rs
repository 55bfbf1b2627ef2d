//! Tests of `countersign verify-evidence` with evidence from a phone and a real server.

use std::io::Write as _;
use std::process::{Output, Stdio};

use serde_json::Value;

use super::support::{Running, countersign, failed, run};

/// Evidence of an approved payment, and the issuer's published keys.
struct Story {
    evidence: String,
    /// The thumbprints of the current and the next signing key, as an offer pins them.
    pins: Vec<String>,
}

fn story() -> Story {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("server");
    let server = Running::start(
        home.path(),
        &["server", "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--json"],
    );
    let folder = home.path().join("phone");
    let phone = Running::start(
        home.path(),
        &["phone", "--data", folder.to_str().unwrap(), "--listen", "127.0.0.1:0", "--json"],
    );
    let control = server.ready["control"].as_str().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    runtime.block_on(async {
        let client = reqwest::Client::new();
        let post = async |url: String, body: Value| -> Value {
            client.post(url).json(&body).send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
        };
        let get = async |path: &str| client.get(format!("{}{path}", phone.url())).send().await.unwrap();
        let offer = post(format!("{control}/offer"), serde_json::json!({ "account": "alice" })).await;
        let enrolled = post(format!("{}/api/enrol", phone.url()), serde_json::json!({ "offer": offer["link"] })).await;
        let confirm = serde_json::json!({ "offer": offer["offer"], "code": enrolled["confirm_code"] });
        post(format!("{control}/confirm"), confirm).await;
        let approval_request = serde_json::json!({
            "account": "alice", "client": { "id": "shop", "name": "ACME Shop" }, "binding": { "mode": "entry" }
        });
        let approval_request = post(format!("{control}/approval-requests"), approval_request).await;
        post(format!("{}/api/refresh", phone.url()), serde_json::json!({})).await;
        let state: Value = get("/api/state").await.json().await.unwrap();
        let request = state["requests"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/requests/{request}/evidence");
        assert_eq!(get(&path).await.status(), 409, "nothing was answered yet");
        let approve = serde_json::json!({ "value": approval_request["value"] });
        post(format!("{}/api/requests/{request}/approve", phone.url()), approve).await;
        let evidence = get(&path).await.text().await.unwrap();
        let id = state["enrolments"][0]["id"].as_str().unwrap();
        assert_eq!(get(&format!("/api/enrolments/{id}/evidence")).await.text().await.unwrap(), evidence);
        let link = offer["link"].as_str().unwrap();
        let pins = link.split_once("&p=").unwrap().1.split(',').map(str::to_owned).collect();
        Story { evidence, pins }
    })
}

/// Runs the command with this standard input.
fn piped(input: &str, arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = countersign(home.path(), arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn document(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn evidence_is_verified_from_the_file_alone() {
    let Story { evidence, pins } = story();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("evidence.json");
    std::fs::write(&file, &evidence).unwrap();
    let file = file.to_str().unwrap();

    let output = run(home.path(), &["verify-evidence", file]);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success() && text.contains("ACME Shop") && text.contains("approved"), "{text}");
    assert!(text.contains("--issuer-key"), "whose key it is cannot be told by the file: {text}");

    let known = run(home.path(), &["verify-evidence", file, "--json", "--issuer-key", &pins[0]]);
    let known = document(&known);
    assert_eq!((&known["ok"], &known["issuer_known"]), (&Value::Bool(true), &Value::Bool(true)));
    let record = &known["records"][0];
    assert_eq!(
        (&record["decision"], &record["outcome"], &record["number"]),
        (&"approve".into(), &"accepted".into(), &1.into())
    );
    assert_eq!((&record["counts"], &record["request_key"]), (&Value::Bool(true), &Value::from(pins[0].as_str())));
    let shown = record["display"].as_array().unwrap();
    assert!(shown.iter().any(|field| field["value"] == "ACME Shop"), "{shown:?}");

    let strange = run(home.path(), &["verify-evidence", file, "--json", "--issuer-key", &pins[1]]);
    assert_eq!(strange.status.code(), Some(1));
    assert_eq!(document(&strange)["problem"]["code"], "issuer_key");

    let mut changed: Value = serde_json::from_str(&evidence).unwrap();
    changed["records"][0]["link"]["number"] = 2.into();
    let changed = piped(&changed.to_string(), &["verify-evidence", "-", "--json"]);
    assert_eq!(changed.status.code(), Some(1));
    let changed = document(&changed);
    assert_eq!((&changed["ok"], &changed["problem"]["code"]), (&Value::Bool(false), &"link".into()));
    assert_eq!(changed["problem"]["record"], 1);
}

#[test]
fn invalid_evidence_is_rejected_with_a_reason() {
    for (input, code) in
        [("", "unreadable"), ("[]", "unreadable"), (r#"{"format":"countersign-evidence/1","records":[]}"#, "empty")]
    {
        let output = piped(input, &["verify-evidence", "-", "--json"]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(document(&output)["problem"]["code"], code, "{input}");
    }
    let home = tempfile::tempdir().unwrap();
    let (code, text) = failed(home.path(), &["verify-evidence", "nowhere.json"]);
    assert!(code == 2 && text.contains("nowhere.json"), "{text}");
    assert_eq!(failed(home.path(), &["verify-evidence"]).0, 2);
    assert_eq!(failed(home.path(), &["verify-evidence", "x", "--issuer-key", "no thumbprint"]).0, 2);
}

/// A declared type for the server, the phone and the verifier.
const TYPES: &str = r#"[{
    "type": "limit_change",
    "title": {"en": "New limit", "de": "Neues Limit", "fr": "Nouvelle limite", "es": "Nuevo límite", "ja": "新しい上限"},
    "members": [{
        "name": "limit", "kind": "amount", "required": true, "emphasis": "strong",
        "label": {"en": "Limit a day", "de": "Limit am Tag", "fr": "Par jour", "es": "Por día", "ja": "1日"}
    }]
}]"#;

#[test]
fn declared_type_is_verified_with_its_declaration() {
    let home = tempfile::tempdir().unwrap();
    let path = |name: &str| home.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("types.json"), TYPES).unwrap();
    let config = format!(
        "issuer = \"http://127.0.0.1:0\"\nlisten = \"127.0.0.1:0\"\napp_link = \"http://127.0.0.1:8470\"\n\
         declared_types = '''{TYPES}'''\n"
    );
    std::fs::write(path("config.toml"), config).unwrap();
    let (server, phone) = (path("server"), path("phone"));
    let server = Running::start(
        home.path(),
        &["server", "--data", &server, "--config", &path("config.toml"), "--control", "127.0.0.1:0", "--json"],
    );
    let types = path("types.json");
    let phone = Running::start(
        home.path(),
        &["phone", "--data", &phone, "--listen", "127.0.0.1:0", "--types", &types, "--json"],
    );
    let control = server.ready["control"].as_str().unwrap().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let evidence = runtime.block_on(async {
        let client = reqwest::Client::new();
        let post = async |url: String, body: Value| -> Value {
            client.post(url).json(&body).send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
        };
        let get = async |path: &str| client.get(format!("{}{path}", phone.url())).send().await.unwrap();
        let offer = post(format!("{control}/offer"), serde_json::json!({ "account": "alice" })).await;
        let enrolled = post(format!("{}/api/enrol", phone.url()), serde_json::json!({ "offer": offer["link"] })).await;
        let confirm = serde_json::json!({ "offer": offer["offer"], "code": enrolled["confirm_code"] });
        post(format!("{control}/confirm"), confirm).await;
        let limit = |amount: &str| {
            serde_json::json!({
                "account": "alice", "client": { "id": "bank", "name": "The Bank" },
                "details": [{ "type": "limit_change", "limit": { "currency": "EUR", "amount": amount } }]
            })
        };
        let refused = client.post(format!("{control}/approval-requests")).json(&limit("5000.5")).send().await.unwrap();
        assert!(refused.status().is_client_error(), "the server knows the type, and that this is no amount");
        post(format!("{control}/approval-requests"), limit("5000")).await;
        post(format!("{}/api/refresh", phone.url()), serde_json::json!({})).await;
        let state: Value = get("/api/state").await.json().await.unwrap();
        let request = state["requests"][0]["id"].as_str().unwrap().to_owned();
        let details: Value = get(&format!("/api/requests/{request}?locale=de")).await.json().await.unwrap();
        let fields = details["fields"].as_array().unwrap();
        let member = fields.iter().find(|field| field["id"] == "member.1.1").unwrap();
        assert_eq!((&member["label"], &member["value"]), (&"Limit am Tag".into(), &"5.000,00 EUR".into()));
        let url = format!("{}/api/requests/{request}/approve", phone.url());
        let answer = post(url, serde_json::json!({ "locale": "de" })).await;
        assert_eq!(answer["outcome"], "confirmed", "the server draws the same: {answer}");
        get(&format!("/api/requests/{request}/evidence")).await.text().await.unwrap()
    });
    std::fs::write(path("evidence.json"), evidence).unwrap();
    let verify = |more: &[&str]| {
        let evidence = path("evidence.json");
        let mut arguments = vec!["verify-evidence", evidence.as_str(), "--json"];
        arguments.extend(more);
        countersign(home.path(), &arguments).output().unwrap()
    };
    let document = |output: &Output| -> Value { serde_json::from_slice(&output.stdout).unwrap() };
    let proved = verify(&["--types", &types]);
    assert!(proved.status.success(), "{proved:?}");
    let shown = document(&proved)["records"][0]["display"].clone();
    let shown = shown.as_array().unwrap().iter().find(|field| field["id"] == "member.1.1").unwrap().clone();
    assert_eq!((&shown["label"], &shown["value"]), (&"Limit am Tag".into(), &"5.000,00 EUR".into()));
    let unproved = verify(&[]);
    assert!(!unproved.status.success());
    assert_eq!(document(&unproved)["problem"]["code"], "approval");
    std::fs::write(&types, TYPES.replace("Limit am Tag", "Limit im Monat")).unwrap();
    let other = verify(&["--types", &types]);
    assert_eq!(document(&other)["problem"]["code"], "display");
}
