//! Tests of `countersign verify-evidence` with evidence from a phone and a real server.

use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::support::{Running, countersign, failed, run};

/// Evidence of an approved payment, and the issuer's published keys.
struct Story {
    evidence: String,
    /// The thumbprints of the current and the next signing key, as an offer pins them.
    pins: Vec<String>,
}

/// A server and an enrolled phone, as processes.
struct Pair {
    _server: Running,
    phone: Running,
    /// The URL of the server's control interface.
    control: String,
    client: reqwest::Client,
    /// The link of the offer with which the phone was enrolled.
    link: String,
}

/// Stands for the URL of the server in the options of the phone.
const SERVER: &str = "the URL of the server";

impl Pair {
    /// Starts both in the folders `server` and `phone` of `home`, with these additional options.
    async fn start(home: &Path, server: &[&str], phone: &[&str]) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let start = |name: &str, options: &[&str]| {
            let data = home.join(name);
            let mut words = vec![name, "--data", data.to_str().unwrap(), "--json"];
            words.extend(options);
            Running::start(home, &words)
        };
        let server = start("server", &[server, &["--control", "127.0.0.1:0"]].concat());
        let phone = phone.iter().map(|option| if *option == SERVER { server.url() } else { *option });
        let phone: Vec<&str> = phone.chain(["--listen", "127.0.0.1:0"]).collect();
        let phone = start("phone", &phone);
        let control = server.ready["control"].as_str().unwrap().to_owned();
        let mut pair = Self { _server: server, phone, control, client: reqwest::Client::new(), link: String::new() };
        let offer = pair.post_control("offer", &json!({ "account": "alice" })).await;
        pair.link = offer["link"].as_str().unwrap().to_owned();
        let enrolled = pair.post_phone("enrol", &json!({ "offer": pair.link })).await;
        let confirm = json!({ "offer": offer["offer"], "code": enrolled["confirm_code"] });
        pair.post_control("confirm", &confirm).await;
        pair
    }

    async fn post(&self, url: String, body: &Value) -> Value {
        self.client.post(url).json(body).send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    async fn post_control(&self, path: &str, body: &Value) -> Value {
        self.post(format!("{}/{path}", self.control), body).await
    }

    async fn post_phone(&self, path: &str, body: &Value) -> Value {
        self.post(format!("{}/api/{path}", self.phone.url()), body).await
    }

    async fn get_phone(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}/api/{path}", self.phone.url())).send().await.unwrap()
    }

    /// Receives the pending requests. Returns the phone's state.
    async fn refreshed(&self) -> Value {
        self.post_phone("refresh", &json!({})).await;
        self.get_phone("state").await.json().await.unwrap()
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn story() -> Story {
    let home = tempfile::tempdir().unwrap();
    let pair = Pair::start(home.path(), &["--listen", "127.0.0.1:0"], &[]).await;
    let approval_request = json!({
        "account": "alice", "client": { "id": "shop", "name": "ACME Shop" }, "binding": { "mode": "entry" }
    });
    let approval_request = pair.post_control("approval-requests", &approval_request).await;
    let state = pair.refreshed().await;
    let request = state["requests"][0]["id"].as_str().unwrap();
    let path = format!("requests/{request}/evidence");
    assert_eq!(pair.get_phone(&path).await.status(), 409, "nothing was answered yet");
    pair.post_phone(&format!("requests/{request}/approve"), &json!({ "value": approval_request["value"] })).await;
    let evidence = pair.get_phone(&path).await.text().await.unwrap();
    let id = state["enrolments"][0]["id"].as_str().unwrap();
    let of_enrolment = pair.get_phone(&format!("enrolments/{id}/evidence")).await;
    assert_eq!(of_enrolment.text().await.unwrap(), evidence);
    let pins = pair.link.split_once("&p=").unwrap().1.split(',').map(str::to_owned).collect();
    Story { evidence, pins }
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
    let Story { evidence, pins } = block_on(story());
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
        (&record["decision"], &record["outcome"], &record["position"]),
        (&"approve".into(), &"accepted".into(), &0.into())
    );
    assert_eq!(record["phone_key"], record["user_verification_key"], "the key that the receipt names approved");
    assert_eq!((&known["history"]["earlier"], &known["history"]["withheld"]), (&0.into(), &json!([])));
    assert_eq!((&record["counts"], &record["request_key"]), (&Value::Bool(true), &Value::from(pins[0].as_str())));
    let shown = record["display"].as_array().unwrap();
    assert!(shown.iter().any(|field| field["value"] == "ACME Shop"), "{shown:?}");

    let strange = run(home.path(), &["verify-evidence", file, "--json", "--issuer-key", &pins[1]]);
    assert_eq!(strange.status.code(), Some(1));
    assert_eq!(document(&strange)["problem"]["code"], "issuer_key");

    let mut changed: Value = serde_json::from_str(&evidence).unwrap();
    changed["history"]["enrol_hash"] = "A".repeat(43).into();
    let changed = piped(&changed.to_string(), &["verify-evidence", "-", "--json"]);
    assert_eq!(changed.status.code(), Some(1));
    let changed = document(&changed);
    assert_eq!((&changed["ok"], &changed["problem"]["code"]), (&Value::Bool(false), &"proved".into()));
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
    let types = path("types.json");
    let evidence = block_on(async {
        let pair =
            Pair::start(home.path(), &["--config", &path("config.toml")], &["--issuer", SERVER, "--types", &types])
                .await;
        let limit = |amount: &str| {
            json!({
                "account": "alice", "client": { "id": "bank", "name": "The Bank" },
                "details": [{ "type": "limit_change", "limit": { "currency": "EUR", "amount": amount } }]
            })
        };
        let invalid = pair.client.post(format!("{}/approval-requests", pair.control)).json(&limit("5000.5"));
        let rejected = invalid.send().await.unwrap();
        assert!(rejected.status().is_client_error(), "the server knows the type, and that this is no amount");
        pair.post_control("approval-requests", &limit("5000")).await;
        let state = pair.refreshed().await;
        let request = state["requests"][0]["id"].as_str().unwrap();
        let details: Value = pair.get_phone(&format!("requests/{request}?locale=de")).await.json().await.unwrap();
        let fields = details["fields"].as_array().unwrap();
        let member = fields.iter().find(|field| field["id"] == "member.1.1").unwrap();
        assert_eq!((&member["label"], &member["value"]), (&"Limit am Tag".into(), &"5.000,00 EUR".into()));
        let answer = pair.post_phone(&format!("requests/{request}/approve"), &json!({ "locale": "de" })).await;
        assert_eq!(answer["outcome"], "confirmed", "the server draws the same: {answer}");
        pair.get_phone(&format!("requests/{request}/evidence")).await.text().await.unwrap()
    });
    std::fs::write(path("evidence.json"), evidence).unwrap();
    let verify = |more: &[&str]| {
        let evidence = path("evidence.json");
        let mut arguments = vec!["verify-evidence", evidence.as_str(), "--json"];
        arguments.extend(more);
        countersign(home.path(), &arguments).output().unwrap()
    };
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
