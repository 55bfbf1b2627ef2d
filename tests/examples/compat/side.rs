//! The server and the scenario runner of one commit.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;

/// The files of one commit.
pub(crate) struct Side {
    /// The program with the server.
    pub(crate) program: PathBuf,
    /// The runner, which contains the phone.
    pub(crate) runner: PathBuf,
    /// The data of the scenarios.
    pub(crate) data: PathBuf,
}

impl Side {
    /// Builds the sources of a commit.
    pub(crate) fn build(sources: &Path, target: &Path) -> Result<Self, Failure> {
        succeed(&mut cargo(sources, target, &["-p", "countersign", "--bin", "countersign"]), "build the server")?;
        let runner = ["-p", "countersign-tests", "--test", "scenarios", "--message-format", "json"];
        let built = cargo(sources, target, &runner).stderr(Stdio::inherit()).output()?;
        if !built.status.success() {
            return Err(format!("could not build the scenario runner: {}", built.status).into());
        }
        let runner = executable(&String::from_utf8(built.stdout)?).ok_or("cargo built no scenario runner")?;
        let program = target.join("debug/countersign").with_extension(std::env::consts::EXE_EXTENSION);
        Ok(Self { program, runner, data: sources.join("tests/scenarios") })
    }
}

fn cargo(sources: &Path, target: &Path, arguments: &[&str]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The outer cargo describes another package in its variables.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            cargo.env_remove(name);
        }
    }
    cargo.current_dir(sources).env("CARGO_TARGET_DIR", target).args(["build", "--locked"]).args(arguments);
    cargo
}

/// Finds the runner in the messages of cargo.
fn executable(messages: &str) -> Option<PathBuf> {
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let runner = messages.filter(|message| message.pointer("/target/name").is_some_and(|name| name == "scenarios"));
    let mut executables = runner.filter_map(|message| Some(message.get("executable")?.as_str()?.into()));
    executables.next()
}

/// Runs a command that must succeed.
pub(crate) fn succeed(command: &mut Command, aim: &str) -> Result<(), Failure> {
    let status = command.stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("could not {aim}: {status}").into()) }
}
