//! The patches of the generated Kotlin, in their order.

mod android;
mod callbacks;
mod checksums;
mod closed_arguments;
mod closing;
mod errors;
mod log_safe;
mod speed;
mod visibility;

use crate::source::{PatchError, Source};

/// Patches Kotlin for the JVM.
///
/// # Errors
///
/// If the generated code differs from the code that a patch knows.
pub fn kotlin(generated: &str) -> Result<String, PatchError> {
    let mut source = Source::new(generated);
    visibility::patch(&mut source)?;
    closing::patch(&mut source)?;
    closed_arguments::patch(&mut source)?;
    callbacks::patch(&mut source)?;
    speed::patch(&mut source)?;
    checksums::patch(&mut source)?;
    if source.has("sealed class AuthenticatorException") {
        errors::patch(&mut source)?;
        log_safe::patch(&mut source)?;
    }
    Ok(source.text)
}

/// Patches Kotlin that was generated with `android = true`.
///
/// # Errors
///
/// If the generated code differs from the code that a patch knows.
pub fn kotlin_for_android(generated: &str) -> Result<String, PatchError> {
    kotlin(&android::without_androidx(generated)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_generated_code_is_an_error() {
        assert!(kotlin("package org.countersign\n").is_err());
    }
}
