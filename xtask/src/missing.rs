//! A program that the tests need and that cannot be installed here.

use thiserror::Error;

/// A program that is not installed and cannot be installed here.
#[derive(Debug, Error)]
#[error("{what} is not installed. {remedy}")]
pub(crate) struct Missing {
    pub(crate) what: String,
    pub(crate) remedy: String,
}
