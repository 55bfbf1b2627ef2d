//! The `countersign` command, as the tests build it anyway: the README's release build would compile everything once more.

use std::path::PathBuf;
use std::time::Duration;

use crate::checkout::Checkout;
use crate::job;

/// A cold build on a machine with two cores.
const BOUND: Duration = Duration::from_secs(45 * 60);

/// Builds the JOSE suite as a filter, if it is not up to date, and returns its path.
pub(super) fn jose(checkout: &Checkout) -> Result<PathBuf, String> {
    let mut cargo = checkout.cargo(["build", "-p", "countersign-core", "--example", "jose_lines"]);
    match job::stream(&mut cargo, BOUND, checkout.prose) {
        Ok(ended) if ended.status.success() => checkout.jose_lines().map_err(|problem| problem.to_string()),
        Ok(_) => Err("`cargo build -p countersign-core --example jose_lines` failed".to_owned()),
        Err(problem) => Err(problem.to_string()),
    }
}

/// Builds the search for secrets, if it is not up to date, and returns its path.
pub(crate) fn secrets(checkout: &Checkout) -> Result<PathBuf, String> {
    let mut cargo = checkout.cargo(["build", "-p", "countersign-tests", "--example", "secrets"]);
    match job::stream(&mut cargo, BOUND, checkout.prose) {
        Ok(ended) if ended.status.success() => checkout.secrets().map_err(|problem| problem.to_string()),
        Ok(_) => Err("`cargo build -p countersign-tests --example secrets` failed".to_owned()),
        Err(problem) => Err(problem.to_string()),
    }
}

/// Builds the command, if it is not up to date, and returns its path.
pub(crate) fn build(checkout: &Checkout) -> Result<PathBuf, String> {
    match job::stream(&mut checkout.cargo(["build", "-p", "countersign"]), BOUND, checkout.prose) {
        Ok(ended) if ended.status.success() => checkout.countersign().map_err(|problem| problem.to_string()),
        Ok(_) => Err("`cargo build -p countersign` failed".to_owned()),
        Err(problem) => Err(problem.to_string()),
    }
}
