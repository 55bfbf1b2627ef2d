//! Every developer command beyond plain cargo. Each prints prose for people; with `--json` it prints one JSON
//! document on stdout and the prose goes to stderr. The exit code tells the outcome.

mod aar;
mod bench;
mod bindings;
mod checkout;
mod cli;
mod crash;
mod elf;
mod files;
mod fuzz;
mod job;
mod kotlin;
mod loc;
mod mobile;
mod mutants;
mod prose;
mod provision;
mod secrets;
mod size;
mod soak;
mod suites;
mod swift_bindings;
mod swift_root;
mod tally;
mod tested;
mod vectors;
mod xcframework;

use std::process::ExitCode;

use clap::Parser;

use crate::checkout::Checkout;
use crate::cli::{Cli, Command};
use crate::prose::Prose;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.command.json();
    let prose = if json { Prose::Stderr } else { Prose::Stdout };
    let checkout = match Checkout::find(prose) {
        Ok(checkout) => checkout,
        Err(problem) => {
            Prose::Stderr.line(&problem.to_string());
            return ExitCode::FAILURE;
        }
    };
    let green = match cli.command {
        Command::Test { require_all, only, .. } => tested::run(&checkout, &only, require_all, json),
        Command::Interop { name, messages, .. } => suites::interop::run(&checkout, name, messages, json),
        Command::Bench { .. } => bench::run(&checkout, json),
        Command::Soak { cycles, .. } => soak::run(&checkout, cycles, json),
        Command::Bindings { release, .. } => bindings::run(&checkout, release, json),
        Command::Aar { .. } => aar::run(&checkout, json),
        Command::Xcframework { .. } => xcframework::run(&checkout, json),
        Command::Mobile { only, .. } => mobile::run(&checkout, &only, json),
        Command::Size { .. } => size::run(&checkout, json),
        Command::Vectors { generate, .. } => vectors::run(&checkout, generate, json),
        Command::Fuzz { seconds, keep, only, .. } => fuzz::run(&checkout, &fuzz::Asked { seconds, keep, only }, json),
        Command::Mutants { only, .. } => mutants::run(&checkout, &only, json),
        Command::Secrets { .. } => secrets::run(&checkout, json),
        Command::Crash { .. } => crash::run(&checkout, json),
        Command::Loc { .. } => loc::run(&checkout, json),
    };
    if green { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
