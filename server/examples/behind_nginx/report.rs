//! The result of the checks.

use std::process::ExitCode;

/// Counts checks and prints their names.
#[derive(Default)]
pub(crate) struct Report {
    passed: u32,
    failed: u32,
}

impl Report {
    /// Records a check.
    pub(crate) fn check(&mut self, name: &str, passed: bool) {
        println!("{} {name}", if passed { "ok    " } else { "FAILED" });
        *if passed { &mut self.passed } else { &mut self.failed } += 1;
    }

    /// Prints the counts and returns the exit code.
    pub(crate) fn end(self) -> ExitCode {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
