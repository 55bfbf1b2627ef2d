//! Evidence as a file that an app stores or forwards.

use countersign_core as core;
use countersign_core::evidence::Evidence;

pub(crate) fn file(evidence: Option<Evidence>) -> Result<Option<String>, core::AuthenticatorError> {
    evidence.map(|evidence| evidence.text().map_err(|_| core::AuthenticatorError::Broken)).transpose()
}
