//! Tests of the command: exit codes, JSON documents and error texts.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that failed"
)]

mod control;
mod offline;
mod phone;
mod phones;
mod rotate_keys;
mod service;
mod support;
mod verify_evidence;

use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::Value;

use support::{Running, countersign, failed, run};

#[test]
fn headless_demo_passes_and_prints_one_document() {
    let home = tempfile::tempdir().unwrap();
    let output = run(home.path(), &["demo", "--headless", "--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = document["checks"].as_array().unwrap();
    let failed: Vec<_> = checks.iter().filter(|check| check["ok"] != true).collect();
    assert!(failed.is_empty() && output.status.success(), "{failed:?}");
    assert!(checks.len() >= 80, "{} checks", checks.len());
    let names: std::collections::BTreeSet<_> = checks.iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), checks.len(), "two checks have one name");
    assert_eq!(document["enrolment"]["state"], "active");
    assert_eq!(document["push"]["sealed"], true);
    assert_eq!(document["binding"]["mode"], "entry");
    assert_eq!(document["decision"]["decision"], "approve");
    assert_eq!(document["receipt"]["outcome"], "accepted");
    assert_eq!(document["tokens"]["id_token_claims"]["aud"], "shop");
    assert!(document["tokens"]["access_token"].as_str().unwrap().starts_with("redacted"));
    assert!(document["display"].as_array().unwrap().iter().any(|field| field["value"] == "42.50 EUR"));
    for time in ["enrol", "request_to_display", "approve_to_token", "total"] {
        assert!(document["ms"][time].is_u64(), "{time}");
    }
    assert!(std::fs::read_dir(home.path()).unwrap().next().is_none(), "a demo leaves no files in the home folder");
}

#[test]
fn invalid_usage_exits_with_2_and_says_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    for (arguments, says) in [
        (&["frobnicate"][..], "Usage"),
        (&["phone", "--listen", "0.0.0.0:0"], "--listen 127.0.0.1"),
        (&["login", "--pay", "42,50 EUR"], "42.50 EUR to ACME"),
        (&["login"], "--client-secret"),
        (&["login", "--server", "notaurl"], "is not a URL"),
        (&["server", "--listen", "0.0.0.0:9999"], "--listen 127.0.0.1:9999"),
        (&["server", "--control", "0.0.0.0:9999"], "--control 127.0.0.1:9999"),
        (&["server", "--listen", "127.0.0.1:0", "rotate-keys"], "rotate-keys"),
        (&["demo", "--port-base", "65530"], "at most"),
    ] {
        let (code, text) = failed(home.path(), arguments);
        assert_eq!(code, 2, "{arguments:?}");
        assert!(text.contains(says), "{text}");
    }
}

#[test]
fn empty_secret_in_environment_is_ignored() {
    let home = tempfile::tempdir().unwrap();
    let output = countersign(home.path(), &["login"]).env("COUNTERSIGN_CLIENT_SECRET", "").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && text.contains("the secret of client shop is not known"), "{text}");
}

#[cfg(unix)]
#[test]
fn data_folder_without_home_is_printed() {
    let here = tempfile::tempdir().unwrap();
    let mut command = countersign(here.path(), &["login", "--json"]);
    let output = command.env_remove("HOME").env_remove("XDG_DATA_HOME").current_dir(here.path()).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let folder = here.path().canonicalize().unwrap().join("countersign").join("server");
    assert!(text.contains(folder.to_str().unwrap()) && text.contains("--server-data"), "{text}");
}

#[test]
fn headless_demo_passes_twice_in_one_folder() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("demo");
    for _ in 0..2 {
        let output = run(home.path(), &["demo", "--headless", "--data", data.to_str().unwrap()]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
    }
}

/// Ends the command at different points of its work.
#[cfg(unix)]
#[test]
fn stopped_demo_leaves_no_folder() {
    for arguments in [&["demo", "--port-base", "0"][..], &["demo", "--headless"]] {
        let temporary = tempfile::tempdir().unwrap();
        let mut command = countersign(temporary.path(), arguments);
        let mut child = command.env("TMPDIR", temporary.path()).stdout(Stdio::null()).spawn().unwrap();
        let is_empty = || std::fs::read_dir(temporary.path()).unwrap().next().is_none();
        while is_empty() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        child.wait().unwrap();
        assert!(is_empty(), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn unwritable_document_is_a_failure() {
    let home = tempfile::tempdir().unwrap();
    let mut command = countersign(home.path(), &["phone", "--json", "--listen", "127.0.0.1:0"]);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("standard output"), "{text}");
}

#[test]
fn taken_port_and_missing_server_are_explained() {
    let home = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for part in ["phone", "server"] {
        let (code, text) = failed(home.path(), &[part, "--listen", &address]);
        assert_eq!(code, 1);
        assert!(text.contains("is taken") && text.contains("--listen"), "{text}");
    }
    drop(taken);
    let (code, text) =
        failed(home.path(), &["login", "--server", &format!("http://{address}"), "--client-secret", "x"]);
    assert_eq!(code, 1);
    assert!(text.contains("countersign server"), "{text}");
}

#[test]
fn folder_in_use_is_rejected_until_the_end() {
    let home = tempfile::tempdir().unwrap();
    for part in ["phone", "server"] {
        let arguments = [part, "--json", "--listen", "127.0.0.1:0"];
        let first = Running::start(home.path(), &arguments);
        let (code, text) = failed(home.path(), &arguments);
        assert_eq!(code, 1);
        assert!(text.contains("in use"), "{text}");
        drop(first);
        Running::start(home.path(), &arguments);
    }
}

#[test]
fn damaged_files_are_reported_and_unchanged() {
    let home = tempfile::tempdir().unwrap();
    for (part, file) in
        [("phone", "state"), ("phone", "secrets/sealing-key"), ("server", "countersign.db"), ("server", "keys.json")]
    {
        let folder = home.path().join(format!("{part}-{file}"));
        std::fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        std::fs::write(folder.join(file), b"damaged").unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(folder.join(file), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let (code, text) = failed(home.path(), &[part, "--listen", "127.0.0.1:0", "--data", folder.to_str().unwrap()]);
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("left as "), "{text}");
        assert_eq!(std::fs::read(folder.join(file)).unwrap(), b"damaged");
    }
}

#[test]
fn login_finds_local_secret_and_needs_a_phone() {
    let home = tempfile::tempdir().unwrap();
    let server = Running::start(home.path(), &["server", "--json", "--listen", "127.0.0.1:0"]);
    assert!(server.ready.get("control").is_none(), "the control interface is off by default");
    let (code, text) = failed(home.path(), &["login", "--server", server.url()]);
    assert_eq!(code, 1);
    assert!(text.contains("has no phone") && text.contains("countersign phone"), "{text}");
}
