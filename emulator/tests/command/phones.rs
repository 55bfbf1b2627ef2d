//! Tests of `countersign server phones`, and of what the server reports about its configuration.

use serde_json::{Value, json};

use super::support::{Running, failed, run};

fn document(home: &std::path::Path, arguments: &[&str]) -> Value {
    let output = run(home, &[&["server", "phones"], arguments, &["--json"]].concat());
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[cfg(unix)]
#[tokio::test]
async fn phones_are_changed_while_the_server_runs() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let (code, text) = failed(home, &["server", "phones", "list"]);
    assert!(code == 1 && text.contains("no server runs on the data folder"), "{text}");

    let bank = super::control::Ruled::start(home, "127.0.0.1:0");
    let _phone = bank.phone(&home.join("app"), "alice", "token").await;
    assert_eq!(document(home, &["list"]), json!([]));
    let listed = document(home, &["list", "--account", "alice"]);
    assert_eq!((&listed[0]["state"], &listed[0]["device"]), (&json!("active"), &json!("Test phone")));
    let enrolment = listed[0]["enrolment"].as_str().unwrap();
    assert_eq!(document(home, &["suspend", enrolment])["state"], "suspended");
    assert_eq!(document(home, &["list"])[0]["suspended_reason"], "issuer");
    let (code, text) = failed(home, &["server", "phones", "suspend", enrolment]);
    assert!(code == 1 && text.contains("the phone is suspended, so nothing was changed"), "{text}");
    assert_eq!(document(home, &["reinstate", enrolment])["state"], "active");
    assert_eq!(document(home, &["remove", enrolment])["state"], "revoked");
    let (code, text) = failed(home, &["server", "phones", "remove", "unknown"]);
    assert!(code == 1 && text.contains("no phone with this enrolment"), "{text}");
}

#[test]
fn first_start_prints_no_client_secret() {
    let home = tempfile::tempdir().unwrap();
    let server = Running::start(home.path(), &["server", "--json", "--listen", "127.0.0.1:0"]);
    let config = std::fs::read_to_string(home.path().join("countersign/server/config.toml")).unwrap();
    let (_, rest) = config.split_once("secret = \"").unwrap();
    let (secret, _) = rest.split_once('"').unwrap();
    let output = server.prose();
    assert!(output.contains("config.toml") && !output.contains(secret), "{output}");
}

#[test]
fn rejected_configuration_is_reported_as_security_event() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    std::fs::write(&file, "issuer = 7").unwrap();
    let (code, text) = failed(home.path(), &["server", "--config", file.to_str().unwrap()]);
    let line = text.lines().find(|line| line.starts_with('{')).unwrap();
    let event: Value = serde_json::from_str(line).unwrap();
    assert_eq!((code, &event["event"], &event["line"]), (1, &json!("configuration_rejected"), &json!(1)));
}
