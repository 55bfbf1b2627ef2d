//! Tests of `countersign server rotate-keys`.

use serde_json::{Value, json};

use super::support::{Running, failed, run};

/// Returns the last line of the security log on standard error, without its time.
fn last_event(output: &std::process::Output) -> Value {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let mut lines = text.lines().filter(|line| line.starts_with('{'));
    let mut event: Value = serde_json::from_str(lines.next_back().unwrap()).unwrap();
    event.as_object_mut().unwrap().remove("time").unwrap();
    event
}

#[test]
fn rotation_needs_a_stopped_server() {
    let home = tempfile::tempdir().unwrap();
    let start = ["server", "--json", "--listen", "127.0.0.1:0"];
    let rotate = ["server", "rotate-keys", "--json"];
    let (code, text) = failed(home.path(), &rotate);
    assert!(code == 1 && text.contains("contains no server keys") && text.contains("--data"), "{text}");

    let server = Running::start(home.path(), &start);
    let keys = home.path().join("countersign/server/keys.json");
    let before = std::fs::read(&keys).unwrap();
    let (code, text) = failed(home.path(), &rotate);
    assert!(code == 1 && text.contains("in use"), "{text}");
    drop(server);

    let output = run(home.path(), &rotate);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success() && told == json!({ "epoch": 2 }), "{told}");
    assert_eq!(last_event(&output), json!({ "event": "keys_rotated", "outcome": "success", "epoch": 2 }));
    let file = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
    let (before, after) = (file(&before), file(&std::fs::read(&keys).unwrap()));
    assert_eq!((&after["device"], &after["epoch"]), (&before["next"], &json!(2)));

    let (code, text) = failed(home.path(), &rotate);
    assert!(code == 1 && text.contains("min_rotation_days"), "{text}");
    assert!(text.contains("\"event\":\"key_rotation_refused\"") && text.contains("\"too_soon\""), "{text}");
    let config = keys.with_file_name("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let log = home.path().join("security.log");
    let text = format!("security_log = {:?}\n{text}\n[keys]\nmin_rotation_days = 0\n", log.to_str().unwrap());
    std::fs::write(&config, text).unwrap();
    let output = run(home.path(), &rotate);
    assert_eq!(file(&output.stdout), json!({ "epoch": 3 }));
    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.contains("\"keys_rotated\"") && logged.contains("\"epoch\":3"), "{logged}");

    let before = file(&std::fs::read(&keys).unwrap());
    let output = run(home.path(), &["server", "rotate-keys", "--id-token", "--json"]);
    let told = file(&output.stdout);
    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.contains("\"id_token_key_rotated\"") && logged.contains("\"former\":\"published\""), "{logged}");
    let after = file(&std::fs::read(&keys).unwrap());
    assert!(told["kid"].is_string(), "{told}");
    assert_eq!((&after["id_token"], &after["epoch"]), (&before["id_token_next"], &json!(3)));
    assert_eq!(after["id_token_retired"].as_array().unwrap().len(), 1);
    let output = run(home.path(), &["server", "rotate-keys", "--id-token", "--withdraw", "--json"]);
    assert!(output.status.success());
    let withdrawn = file(&std::fs::read(&keys).unwrap());
    assert!(withdrawn.get("id_token_retired").is_none() && withdrawn["id_token"] != after["id_token_next"]);
    Running::start(home.path(), &start);
}
