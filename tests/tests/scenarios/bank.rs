//! A server process and its control interface.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The developer's account.
pub(crate) const USER: &str = "alice";

/// How long the server may take to stop.
const END: Duration = Duration::from_secs(20);

/// A `countersign server` with its own data folder.
pub(crate) struct Bank {
    process: Child,
    /// The issuer URL.
    pub(crate) url: String,
    control: String,
    http: reqwest::Client,
    _folder: TempDir,
}

impl Bank {
    /// Starts a server and waits until it is ready.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (program, says) = (program(), folder.path().join("says"));
        let mut command = Command::new(&program);
        command.args(["server", "--listen", "127.0.0.1:0", "--json", "--control", "127.0.0.1:0", "--data"]);
        command.arg(folder.path().join("server")).stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(File::create(&says).unwrap());
        let mut process = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the server does not start: {}", std::fs::read_to_string(&says).unwrap()));
        assert_eq!(ready["ready"], true);
        let text = |name: &str| ready[name].as_str().unwrap_or_else(|| panic!("no {name} in {line:?}")).to_owned();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { url: text("url"), control: text("control"), process, http, _folder: folder }
    }

    /// Ends the server with SIGTERM and checks its exit code.
    pub(crate) fn stop(mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let end = Instant::now() + END;
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < end, "the server does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "the server ended with {status}");
    }

    /// Makes a control call that must succeed.
    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, &body).await;
        assert_eq!(status, 200, "POST {path}: {answer}");
        answer
    }

    /// Makes a control call that must be rejected, and returns the code.
    pub(crate) async fn refused(&self, path: &str, body: Value) -> String {
        let (status, answer) = self.post(path, &body).await;
        assert!((400..500).contains(&status), "POST {path} answered {status}: {answer}");
        text(&answer, "code")
    }

    /// Creates an approval request.
    pub(crate) async fn ask(&self, approval_request: &Value) -> Asked<'_> {
        Asked {
            bank: self,
            id: text(&self.control("/approval-requests", approval_request.clone()).await, "approval_request"),
        }
    }

    /// Waits for pushes for this token and returns them.
    pub(crate) async fn pushes(&self, token: &str) -> Vec<crate::data::Push> {
        let answer = self.control("/pushes", json!({ "token": token, "wait_ms": 10_000 })).await;
        serde_json::from_value(answer["pushes"].clone()).unwrap()
    }

    /// Returns enrolment and state of the account's phones that are not revoked.
    pub(crate) async fn phones(&self) -> Vec<(String, String)> {
        let answer = self.get(&format!("/phones?account={USER}")).await;
        let phones = answer["phones"].as_array().unwrap().iter();
        let phones = phones.map(|phone| (text(phone, "enrolment"), text(phone, "state")));
        phones.filter(|(_, state)| state != "revoked").collect()
    }

    /// Removes every phone of the account.
    pub(crate) async fn forget_phones(&self) {
        for (enrolment, _) in self.phones().await {
            self.control("/unenrol", json!({ "enrolment": enrolment })).await;
        }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.control)).send().await.unwrap();
        let (status, body) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.http.post(format!("{}{path}", self.control)).json(body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            let _ = self.process.kill();
            let _ = self.process.wait();
        }
    }
}

/// An approval request on the server.
pub(crate) struct Asked<'a> {
    bank: &'a Bank,
    id: String,
}

impl Asked<'_> {
    /// Returns the outcome and its reason.
    pub(crate) async fn outcome(&self) -> (String, Option<String>) {
        let answer = self.bank.get(&format!("/outcome/{}", self.id)).await;
        (text(&answer, "outcome"), answer["reason"].as_str().map(str::to_owned))
    }

    /// Returns the requests that the other screen shows to a phone without network.
    pub(crate) async fn shown(&self) -> Vec<String> {
        let answer = self.bank.get(&format!("/show/{}", self.id)).await;
        serde_json::from_value(answer["requests"].clone()).unwrap()
    }

    /// Submits a decision that the other screen scanned, and returns the receipt's outcome.
    pub(crate) async fn scanned(&self, decision: &str) -> String {
        text(
            &self.bank.control("/scanned", json!({ "approval_request": self.id, "decision": decision })).await,
            "outcome",
        )
    }

    /// Asserts the outcome.
    pub(crate) async fn is(&self, outcome: &str) {
        assert_eq!(self.outcome().await.0, outcome);
    }

    /// Asserts a denial with this reason.
    pub(crate) async fn is_because(&self, outcome: &str, reason: &str) {
        assert_eq!(self.outcome().await, (outcome.to_owned(), Some(reason.to_owned())));
    }
}

/// Returns `COUNTERSIGN_BIN`, or the program that cargo built beside this test.
pub(crate) fn program() -> PathBuf {
    if let Some(program) = std::env::var_os("COUNTERSIGN_BIN") {
        return program.into();
    }
    let this = std::env::current_exe().unwrap();
    let profile = this.parent().and_then(Path::parent).unwrap();
    let program = profile.join(format!("countersign{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "there is no {}: run `cargo build` first, or set COUNTERSIGN_BIN", program.display());
    program
}

fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_else(|| panic!("no {name} in {json}")).to_owned()
}
