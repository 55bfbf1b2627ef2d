//! Looks for secrets where none may be. Runs a server, a phone and a login as processes of their own with the most
//! talkative logs there are, takes core dumps of server and phone at several moments, and searches logs and dumps for every
//! secret of that run in every form that it could have there. Prints one JSON document; ends with an error if something was
//! found that `rules` does not allow, or if the search is not seen to work.
//!
//! `secrets --program COUNTERSIGN --gcore GCORE [--smoke]`; started by `cargo xtask secrets`.

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
mod story;
mod wire;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// What keeps the run from its end; told and no more.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// What can be said on the command line.
pub(crate) struct Options {
    /// The command whose processes are looked at.
    pub(crate) program: PathBuf,
    /// What dumps a process.
    pub(crate) gcore: PathBuf,
    /// One dump of each process and a shorter story.
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
        Ok(options) => story::run(&options).await,
        Err(trouble) => Err(trouble),
    };
    let (document, green) = match told {
        Ok(report) => (report.json(), report.green()),
        Err(trouble) => (serde_json::json!({ "ok": false, "problem": trouble.to_string() }), false),
    };
    let written = writeln!(std::io::stdout(), "{document}");
    if green && written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
