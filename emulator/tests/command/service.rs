//! Tests of the server as a service: signals, limits of the process, permissions, checks.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::support::{Running, countersign, failed, run};

const START: [&str; 4] = ["server", "--json", "--listen", "127.0.0.1:0"];

/// Sends a call on a connection of its own and returns the response.
fn call(url: &str, head: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{head}\r\nhost: {address}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n").unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn ready(server: &Running) -> Value {
    let response = call(server.url(), "GET /readyz HTTP/1.1");
    let report: Value = serde_json::from_str(response.split_once("\r\n\r\n").unwrap().1).unwrap();
    let status = if report["ready"] == true { "HTTP/1.1 200" } else { "HTTP/1.1 503" };
    assert!(response.starts_with(status), "{response}");
    report
}

fn signal(server: &Running, name: &str) {
    let status = Command::new("kill").args([name, &server.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn hangup_does_not_end_a_service() {
    let home = tempfile::tempdir().unwrap();
    let mut server = Running::start(home.path(), &START);
    signal(&server, "-HUP");
    assert_eq!(ready(&server)["ready"], true);
    signal(&server, "-HUP");
    signal(&server, "-TERM");
    assert!(server.ended().success());
}

#[test]
fn idle_connections_leave_files_for_the_database() {
    let home = tempfile::tempdir().unwrap();
    let program = countersign(home.path(), &START);
    // 300 files at most: 172 connections.
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -Sn 200 && ulimit -Hn 300 && exec \"$0\" \"$@\""]);
    limited
        .arg(program.get_program())
        .args(program.get_args())
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path());
    let server = Running::of(limited, home.path().join("server.err"));
    let address = server.url().strip_prefix("http://").unwrap();
    let _idle: Vec<TcpStream> = (0..400).map(|_| TcpStream::connect(address).unwrap()).collect();
    for _ in 0..20 {
        let response = call(server.url(), "POST /token HTTP/1.1");
        assert!(response.starts_with("HTTP/1.1 4"), "{response}");
    }
    let failed = |name: &str| {
        ready(&server)["checks"].as_array().unwrap().iter().any(|check| check["name"] == name && check["ok"] == false)
    };
    assert!(!failed("database"));

    let mut few = Command::new("sh");
    few.args(["-c", "ulimit -n 100 && exec \"$0\" \"$@\""]);
    few.arg(program.get_program())
        .args(program.get_args())
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("other"));
    let output = few.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("LimitNOFILE=8192"), "{text}");
}

#[test]
fn deleted_database_makes_the_server_unready() {
    let home = tempfile::tempdir().unwrap();
    let server = Running::start(home.path(), &START);
    assert_eq!(ready(&server)["ready"], true);
    assert!(call(server.url(), "GET /livez HTTP/1.1").ends_with("ok\n"));
    fs::remove_file(home.path().join("countersign/server/countersign.db")).unwrap();
    // A result is used for a second.
    while ready(&server)["ready"] == true {}
    let report = ready(&server);
    assert_eq!((&report["checks"][0]["name"], &report["checks"][0]["ok"]), (&"database".into(), &false.into()));
    assert!(call(server.url(), "GET /livez HTTP/1.1").starts_with("HTTP/1.1 200"));
}

#[test]
fn exposed_files_are_rejected_with_the_command_that_helps() {
    let home = tempfile::tempdir().unwrap();
    drop(Running::start(home.path(), &START));
    let data = home.path().join("countersign/server");
    let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    for (file, open, closed, says) in [
        (data.join("keys.json"), 0o644, 0o600, "chmod 600"),
        (data.join("countersign.db"), 0o666, 0o600, "chmod 600"),
        (data.clone(), 0o777, 0o700, "chmod go-w"),
    ] {
        set(&file, open);
        let (code, text) = failed(home.path(), &START);
        assert!(code == 1 && text.contains(says) && text.contains(file.to_str().unwrap()), "{text}");
        set(&file, closed);
    }
    Running::start(home.path(), &START);
}

#[test]
fn control_interface_needs_an_issuer_on_loopback() {
    let home = tempfile::tempdir().unwrap();
    drop(Running::start(home.path(), &START));
    let config = home.path().join("config.toml");
    let text = fs::read_to_string(home.path().join("countersign/server/config.toml")).unwrap();
    fs::write(&config, text.replacen("http://127.0.0.1:8460", "https://login.bank.example", 1)).unwrap();
    let control = ["--config", config.to_str().unwrap(), "--control", "127.0.0.1:0"];
    let (code, text) = failed(home.path(), &[&START[..], &control].concat());
    assert!(code == 2 && text.contains("--control") && text.contains("login.bank.example"), "{text}");
    Running::start(home.path(), &[&START[..], &control[..2]].concat());
}

#[test]
fn check_finds_a_damaged_page_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let check = ["server", "check", "--json"];
    let (code, text) = failed(home.path(), &check);
    assert!(code == 1 && text.contains("contains no database"), "{text}");
    let server = Running::start(home.path(), &START);
    let (code, text) = failed(home.path(), &check);
    assert!(code == 1 && text.contains("in use"), "{text}");
    let mut server = server;
    signal(&server, "-TERM");
    assert!(server.ended().success());
    let output = run(home.path(), &check);
    assert!(output.status.success() && output.stdout == b"{\"ok\":true}\n", "{output:?}");

    let file = home.path().join("countersign/server/countersign.db");
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() - 4096;
    bytes[last..].fill(0x5a);
    fs::write(&file, &bytes).unwrap();
    let (code, text) = failed(home.path(), &check);
    assert!(code == 1 && text.contains("is damaged"), "{text}");
    assert_eq!(fs::read(&file).unwrap(), bytes);
}
