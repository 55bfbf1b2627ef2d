//! Terminal output. With `--json`, standard output carries only JSON and prose is written to
//! standard error. A closed reader is not an error.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;

/// Selects where prose is written and whether JSON is printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    json: bool,
}

impl Voice {
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a line for people.
    pub(crate) fn say(self, line: impl AsRef<str>) {
        let line = line.as_ref();
        // A write error is ignored: the terminal is closed.
        let _ = if self.json { writeln!(io::stderr(), "{line}") } else { writeln!(io::stdout(), "{line}") };
    }

    /// Prints a JSON document on one line if `--json` is set.
    ///
    /// # Errors
    /// [`Failure::Failed`] if standard output cannot be written. A closed reader is not an error.
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
                Err(Failure::Failed(format!("standard output cannot be written: {error}. Redirect it to another file")))
            }
            _ => Ok(()),
        }
    }

    /// Prints why the command failed and returns its exit code.
    pub(crate) fn failed(self, failure: &Failure) -> ExitCode {
        #[derive(Serialize)]
        struct Failed<'a> {
            error: &'a str,
        }
        if let Some(text) = failure.text() {
            let _ = writeln!(io::stderr(), "countersign: {text}");
            // An error here is ignored: the exit code reports the failure too.
            let _ = self.document(&Failed { error: text });
        }
        failure.exit_code()
    }

    /// Returns whether prose may be coloured.
    pub(crate) fn in_colour(self) -> bool {
        !self.json && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }
}

/// Starts the log on standard error with warnings and errors. `COUNTERSIGN_LOG=debug` shows more.
pub(crate) fn start_log() {
    let filter = EnvFilter::try_from_env("COUNTERSIGN_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Starting fails only if this process already has a log.
    let _ = log.with_ansi(io::stderr().is_terminal()).try_init();
}
