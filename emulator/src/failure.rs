//! The reason why a command failed, and its exit code.

use std::fmt::Display;
use std::process::ExitCode;

/// A failed command. Each text says what is wrong and what to do.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The work failed: exit code 1.
    Failed(String),
    /// The work failed and the output already says why: exit code 1.
    Reported,
    /// The command line is invalid: exit code 2.
    Usage(String),
}

impl Failure {
    /// Wraps an error whose text already says what to do.
    pub(crate) fn of(error: impl Display) -> Self {
        Self::Failed(error.to_string())
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Failed(text) | Self::Usage(text) => Some(text),
            Self::Reported => None,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Failed(_) | Self::Reported => ExitCode::from(1),
            Self::Usage(_) => ExitCode::from(2),
        }
    }
}
