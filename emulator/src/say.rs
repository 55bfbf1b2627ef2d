//! Everything the program writes to the terminal. With `--json`, standard output holds JSON only and prose goes to standard
//! error; a reader that has gone away is no reason to fail.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Where prose goes, and whether there is JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    json: bool,
}

impl Voice {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// A line for people.
    pub(crate) fn say(self, line: impl AsRef<str>) {
        let line = line.as_ref();
        // Nobody is left to tell if the terminal is gone.
        let _ = if self.json { writeln!(io::stderr(), "{line}") } else { writeln!(io::stdout(), "{line}") };
    }

    /// A document for programs, on one line; nothing without `--json`. One that cannot be written is a failure, unless its
    /// reader has gone away.
    pub(crate) fn document(self, document: &impl Serialize) -> Result<(), Failure> {
        if !self.json {
            return Ok(());
        }
        let mut out = io::stdout();
        let written = serde_json::to_string(document)
            .map_err(io::Error::from)
            .and_then(|text| writeln!(out, "{text}"))
            .and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::Failed(format!("standard output cannot be written: {error}. Direct it elsewhere")))
            }
            _ => Ok(()),
        }
    }

    /// Says why the program ends, and gives its exit code.
    pub(crate) fn failed(self, failure: &Failure) -> ExitCode {
        #[derive(Serialize)]
        struct Failed<'a> {
            error: &'a str,
        }
        if let Some(text) = failure.text() {
            let _ = writeln!(io::stderr(), "countersign: {text}");
            // The exit code says it too.
            let _ = self.document(&Failed { error: text });
        }
        failure.exit_code()
    }

    /// Whether prose may be coloured.
    pub(crate) fn in_colour(self) -> bool {
        !self.json && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }
}

/// Warnings and errors of every part go to standard error; `COUNTERSIGN_LOG=debug` shows more.
pub(crate) fn start_log() {
    let filter = EnvFilter::try_from_env("COUNTERSIGN_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Only a second log in one process is an error.
    let _ = log.with_ansi(io::stderr().is_terminal()).try_init();
}
