//! Where text for people goes. The only module that writes to the terminal.

use std::io::Write;

use serde_json::Value;

/// The stream that carries prose: stdout, or stderr when stdout belongs to a JSON document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prose {
    Stdout,
    Stderr,
}

impl Prose {
    /// Writes one line. A closed terminal is no reason to stop a test run, so a failed write is passed over.
    pub(crate) fn line(self, text: &str) {
        let _closed = match self {
            Self::Stdout => writeln!(std::io::stdout().lock(), "{text}"),
            Self::Stderr => writeln!(std::io::stderr().lock(), "{text}"),
        };
    }

    /// Announces a part of a run.
    pub(crate) fn heading(self, text: &str) {
        self.line(&format!("\n== {text}"));
    }
}

/// Writes the one JSON document of a command to stdout.
pub(crate) fn document(value: &Value) {
    let _closed = writeln!(std::io::stdout().lock(), "{value:#}");
}
