//! Searches logs and memory for secrets. The program runs a server, a phone and a login as separate
//! processes with the most detailed logs. It dumps the memory of server and phone at several
//! moments, and searches logs and dumps for every secret of the run in every form. It prints one
//! JSON document. It fails if it finds something that `rules` does not allow, or if the search does
//! not find its markers.
//!
//! Usage: `secrets --program COUNTERSIGN --gcore GCORE [--smoke]`. `cargo xtask secrets` starts it.

mod bank;
mod forms;
mod known;
mod maps;
mod montgomery;
mod person;
mod process;
mod report;
mod rules;
mod scan;
mod scenario;
mod wire;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// An error that ends the run.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// The command line.
pub(crate) struct Options {
    /// The program whose processes are examined.
    pub(crate) program: PathBuf,
    /// The program that dumps a process.
    pub(crate) gcore: PathBuf,
    /// Take one dump of each process and run fewer steps.
    pub(crate) smoke: bool,
}

impl Options {
    fn read() -> Result<Self, Trouble> {
        let (mut program, mut gcore, mut smoke) = (None, None, false);
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--program" => program = words.next().map(PathBuf::from),
                "--gcore" => gcore = words.next().map(PathBuf::from),
                "--smoke" => smoke = true,
                other => return Err(format!("{other} is not known here").into()),
            }
        }
        Ok(Self { program: program.ok_or("--program is missing")?, gcore: gcore.ok_or("--gcore is missing")?, smoke })
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let told = match Options::read() {
        Ok(options) => scenario::run(&options).await,
        Err(trouble) => Err(trouble),
    };
    let (document, green) = match told {
        Ok(report) => (report.json(), report.green()),
        Err(trouble) => (serde_json::json!({ "ok": false, "problem": trouble.to_string() }), false),
    };
    let written = writeln!(std::io::stdout(), "{document}");
    if green && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
