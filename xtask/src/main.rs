//! Developer commands beyond plain cargo. Each prints text. With `--json` it prints one JSON
//! document on stdout and the text on stderr. The exit code is 0 if the command succeeded.

mod aar;
mod bench;
mod bindings;
mod checkout;
mod cli;
mod crash;
mod files;
mod fuzz;
mod job;
mod junit;
mod library;
mod loc;
mod memory;
mod mobile;
mod mutants;
mod provision;
mod read;
mod report;
mod secrets;
mod size;
mod suites;
mod swift_root;
mod tally;
mod tested;
mod vectors;
mod xcframework;

use std::process::ExitCode;

use clap::Parser;

use crate::checkout::Checkout;
use crate::cli::{Cli, Command};
use crate::report::{Prose, Report};

fn main() -> ExitCode {
    let Cli { command, json } = Cli::parse();
    let prose = if json { Prose::Stderr } else { Prose::Stdout };
    let report = Checkout::find(prose).and_then(|checkout| match command {
        Command::Test { require_all, only } => Ok(tested::run(&checkout, &only, require_all)),
        Command::Interop { name, messages } => Ok(Report::of(&suites::interop::run(&checkout, name, messages))),
        Command::Bench => Ok(bench::run(&checkout)),
        Command::Soak { cycles } => Ok(bench::soak(&checkout, cycles)),
        Command::Bindings { release } => bindings::run(&checkout, release),
        Command::Aar => aar::run(&checkout),
        Command::Xcframework => xcframework::run(&checkout),
        Command::Mobile { only } => mobile::run(&checkout, &only),
        Command::Size => Ok(size::run(&checkout)),
        Command::Vectors { generate } => vectors::run(&checkout, generate),
        Command::Fuzz { seconds, keep, only } => fuzz::run(&checkout, seconds, keep, &only),
        Command::Mutants { only } => mutants::run(&checkout, &only),
        Command::Secrets => secrets::run(&checkout),
        Command::Crash => crash::run(&checkout),
        Command::Loc => loc::run(&checkout),
    });
    let report = report.unwrap_or_else(|error| {
        let mut report = Report::default();
        report.fail(format!("error: {error:#}"));
        report.value("error", format!("{error:#}"));
        report
    });
    if report.print(prose, json) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
