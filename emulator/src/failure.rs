//! Why a command ends without having done its work, and with which exit code.

use std::fmt::Display;
use std::process::ExitCode;

/// Every text says what is wrong and what to do instead.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It did not work: exit code 1.
    Failed(String),
    /// Everything is told already: exit code 1.
    Told,
    /// The command line asks for something that cannot be: exit code 2.
    Usage(String),
}

impl Failure {
    /// An error that already says what to do.
    pub(crate) fn of(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Failed(text) | Self::Usage(text) => Some(text),
            Self::Told => None,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) | Self::Told => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
        }
    }
}
