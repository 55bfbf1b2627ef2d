//! The command as a process.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use serde_json::Value;

pub(super) fn countersign(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.args(arguments).env("HOME", home).env("XDG_DATA_HOME", home).env_remove("COUNTERSIGN_CLIENT_SECRET");
    command.stdin(Stdio::null());
    command
}

pub(super) fn run(home: &Path, arguments: &[&str]) -> Output {
    countersign(home, arguments).output().unwrap()
}

/// Runs the command and returns exit code and standard error.
pub(super) fn failed(home: &Path, arguments: &[&str]) -> (i32, String) {
    let output = run(home, arguments);
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// A running command that is ended when this is dropped.
pub(super) struct Running {
    child: Child,
    /// The file with the standard error of the command.
    prose: PathBuf,
    /// The document that it printed when it was ready.
    pub(super) ready: Value,
}

impl Running {
    /// Starts the command and waits until it is ready.
    pub(super) fn start(home: &Path, arguments: &[&str]) -> Self {
        let prose = home.join(format!("{}.err", arguments.first().copied().unwrap_or_default()));
        Self::of(countersign(home, arguments), prose)
    }

    /// Starts a command and waits until it is ready. `prose` gets its standard error.
    pub(super) fn of(mut command: Command, prose: PathBuf) -> Self {
        let errors = File::create(&prose).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(errors).stdin(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(ready["ready"], true);
        Self { child, prose, ready }
    }

    /// Returns what the command wrote for people.
    pub(super) fn prose(&self) -> String {
        std::fs::read_to_string(&self.prose).unwrap()
    }

    /// Returns the identifier of the process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end of the process.
    pub(super) fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Returns the URL of the command.
    pub(super) fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
