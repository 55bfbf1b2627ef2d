//! The `countersign` command: server, virtual phone and relying party, each alone or all in one
//! process.
//!
//! | command | module | what runs |
//! |---|---|---|
//! | `demo` | `demo` | server, virtual phone and shop in one process; `--headless` plays the person too |
//! | `server` | `server` | the OpenID Provider with its device gateway |
//! | `server --control` | `control` | the server with a control interface for tests |
//! | `server rotate-keys` | `rotate_keys` | replaces the signing key while no server runs |
//! | `server check` | `check` | checks the whole database while no server runs |
//! | `server phones` | `phones` | suspends, reinstates and removes phones of a running server |
//! | `phone` | `phone` | the device core behind a web page and an automation API |
//! | `login` | `login` | a relying party: starts an authentication request, shows the code, polls,
//! verifies the ID token |
//! | `verify-evidence` | `verify_evidence` | verifies a file of evidence |
mod check;
mod cli;
mod control;
mod demo;
mod failure;
mod folders;
mod listener;
mod login;
mod pages;
mod phone;
mod phones;
mod qr;
mod rotate_keys;
mod rp;
mod say;
mod server;
mod shop;
mod signals;
mod verify_evidence;
mod web;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command, ServerTask};
use crate::failure::Failure;
use crate::say::Voice;

/// Overwrites memory when it is freed. Buffers of the HTTP library have held tokens, passwords and
/// one-time codes.
#[global_allocator]
static WIPED: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    let cli = Cli::parse();
    let voice = Voice::new(cli.command.json());
    say::start_log();
    // Installing fails only if another provider is already installed. That provider is used then.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return voice.failed(&Failure::Failed(format!(
                "the program cannot start its threads: {error}. Check the process limits"
            )));
        }
    };
    let result = runtime.block_on(run(cli.command, voice));
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => voice.failed(&failure),
    }
}

async fn run(command: Command, voice: Voice) -> Result<(), Failure> {
    match command {
        Command::Demo(options) => demo::run(options, voice).await,
        Command::Server(cli::Server { task: Some(ServerTask::RotateKeys(options)), .. }) => {
            rotate_keys::run(options, voice)
        }
        Command::Server(cli::Server { task: Some(ServerTask::Check(options)), .. }) => check::run(options, voice).await,
        Command::Server(cli::Server { task: Some(ServerTask::Phones(options)), .. }) => {
            phones::run(options.task, voice).await
        }
        Command::Server(options) => server::run(options, voice).await,
        Command::Phone(options) => phone::run(options, voice).await,
        Command::Login(options) => login::run(options, voice).await,
        Command::VerifyEvidence(options) => verify_evidence::run(&options, voice),
    }
}
