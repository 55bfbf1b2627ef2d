//! The server as a process: configuration, start, phones, and what it consumes.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use countersign_protocol::message::metadata::{self, Metadata};
use countersign_protocol::message::offer::Offer;
use countersign_server::Clock;
use serde_json::{Value, json};

use crate::Options;
use crate::device::Device;
use crate::serve;

/// The secret of each client.
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The number of accounts `user0`, `user1` and so on.
const ACCOUNTS: usize = 300;

/// The ticks per second of `/proc/<pid>/stat` on Linux.
const TICKS: u64 = 100;

/// A running server.
pub(crate) struct Bank {
    process: Process,
    /// The issuer URL, which is also the address.
    pub(crate) url: String,
    folder: tempfile::TempDir,
    http: reqwest::Client,
}

/// The process of the server with its input and output.
struct Process {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Bank {
    /// Starts a server on a new data folder.
    pub(crate) fn start(options: &Options) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let folder = tempfile::tempdir_in(&options.folder).unwrap();
        std::fs::write(folder.path().join("config.toml"), config(options)).unwrap();
        let process = Process::start(folder.path());
        let url = process.read()["url"].as_str().unwrap().to_owned();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { process, url, folder, http }
    }

    /// Stops the server, calls `between` with the path of the database, and starts it again on the
    /// same address.
    pub(crate) async fn restart(&mut self, between: impl AsyncFnOnce(PathBuf)) {
        self.process.stop();
        between(self.folder.path().join("data/countersign.db")).await;
        let path = self.folder.path().join("config.toml");
        let port = self.url.rsplit(':').next().unwrap();
        let text = std::fs::read_to_string(&path).unwrap().replace("127.0.0.1:0", &format!("127.0.0.1:{port}"));
        std::fs::write(&path, text).unwrap();
        self.process = Process::start(self.folder.path());
        assert_eq!(self.process.read()["url"], self.url);
    }

    /// Adds an active phone to the account.
    pub(crate) async fn phone(&self, account: &str) -> Device {
        let offer = self.process.call(&json!({ "account": account }));
        let link = offer["link"].as_str().unwrap();
        let published = self.http.get(format!("{}{}", self.url, metadata::PATH)).send().await.unwrap();
        let published = published.text().await.unwrap();
        let keys = Metadata::open(&published, &Offer::parse(link).unwrap().pins).unwrap().keys.keys;
        let mut phone = Device::of(self.url.clone(), self.url.clone(), keys, Clock::system());
        let enrolled = phone.enrol(link).await;
        let code = phone.confirmation_code(&enrolled);
        let confirmed = self.process.call(&json!({ "account": account, "offer": offer["offer"], "code": code }));
        assert_eq!(confirmed["confirmed"], "Active");
        phone
    }

    /// Returns a call without credentials.
    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    /// Returns a call of the client.
    pub(crate) fn call(&self, client: &str, path: &str, form: &[(&str, &str)]) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.url)).basic_auth(client, Some(SECRET)).form(form)
    }

    /// Returns the processor time that the server used since its start.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 1000 / TICKS)
    }

    /// Starts to count the fsyncs of the server.
    pub(crate) fn count_fsyncs(&self) -> Option<Fsyncs> {
        let events = "syscalls:sys_enter_fdatasync,syscalls:sys_enter_fsync";
        let pid = self.process.child.id().to_string();
        let perf =
            Command::new("perf").args(["stat", "-x", ",", "-e", events, "-p", &pid]).stderr(Stdio::piped()).spawn();
        perf.ok().map(Fsyncs)
    }
}

impl Process {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(serve::TASK).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let pipes = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, pipes: Mutex::new(pipes) }
    }

    fn read(&self) -> Value {
        let mut line = String::new();
        self.pipes.lock().unwrap().1.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the server has ended: {line}"))
    }

    fn call(&self, document: &Value) -> Value {
        writeln!(self.pipes.lock().unwrap().0, "{document}").unwrap();
        self.read()
    }

    fn stop(&mut self) {
        Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A running count of fsyncs.
pub(crate) struct Fsyncs(Child);

impl Fsyncs {
    /// Ends the count and returns it, or `None` if `perf` could not count.
    pub(crate) fn stop(self) -> Option<u64> {
        Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().ok()?;
        let out = self.0.wait_with_output().ok()?;
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        let counts =
            text.lines().filter(|line| line.contains("sync")).map(|line| line.split(',').next()?.parse::<u64>().ok());
        counts.sum()
    }
}

/// Returns a configuration whose rates do not limit the flows of a measurement.
fn config(options: &Options) -> String {
    let mut text = "issuer = \"http://127.0.0.1:0\"\nlisten = \"127.0.0.1:0\"\napp_link = \"http://127.0.0.1:8470\"\n\
        [policy]\nrequest_lifetime_s = 60\naccount_requests_per_minute = 100000\nclient_requests_per_minute = 100000\n\
        client_account_requests_per_minute = 100000\naccount_pending_requests = 16\n\
        client_account_pending_requests = 16\n"
        .to_owned();
    if !options.old {
        text.insert_str(0, "security_log = \"off\"\n");
        write!(
            text,
            "phone_calls_per_minute = {0}\nphone_calls_burst = {0}\nclient_calls_per_minute = {1}\n",
            options.phone_calls, options.client_calls
        )
        .unwrap();
    }
    for client in ["shop", "other"] {
        write!(
            text,
            "[[client]]\nid = \"{client}\"\nname = \"Shop\"\nauth = \"client_secret_basic\"\nsecret = \"{SECRET}\"\n\
             binding = \"none\"\nscopes = [\"openid\"]\n"
        )
        .unwrap();
    }
    // The gateway of an older server names an account by its user name, so both are the same.
    // Nobody signs in, so the hash is of an arbitrary password.
    let hash = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$9CyfQXHuMJ0vT7yNPJMcv8wZdrNxCwZKQ5Pqsgc8PbI";
    for number in 0..ACCOUNTS {
        write!(
            text,
            "[[account]]\nusername = \"user{number}\"\npassword = \"{hash}\"\nsub = \"user{number}\"\nname = \"User\"\n"
        )
        .unwrap();
    }
    text
}
