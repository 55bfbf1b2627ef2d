//! Gives `AuthenticatorException` the member `reason`, and makes every error of the library one of
//! its family, also a panic and a call of a closed object.

use crate::source::{PatchError, Patched, Source};

const CLASS: &str = "sealed class AuthenticatorException: kotlin.Exception() {\n";
const CONVERTER: &str = "internal object FfiConverterTypeAuthenticatorError";
const MEMBERS: &str = "    /** What happened and what to do, in English, for developers. */
    abstract val reason: String
";

pub(super) fn patch(source: &mut Source) -> Patched {
    let missing = || PatchError::new("AuthenticatorException of the known form");
    if !source.has("        val `reason`:") {
        return Err(missing());
    }
    source.edit(CLASS, CONVERTER, |body| {
        let body = body.replace("        val `reason`:", "        override val `reason`:");
        format!("{CLASS}{MEMBERS}{body}")
    })?;
    source.replace(
        "throw IllegalStateException(\"${this.javaClass.simpleName} object has already been destroyed\")",
        "throw AuthenticatorException.Used(UsedReason.CLOSED, \"this ${javaClass.simpleName} was closed\")",
    )?;
    source.replace(
        "throw InternalException(FfiConverterString.lift(status.error_buf))",
        "throw AuthenticatorException.Internal(InternalReason.PANIC, FfiConverterString.lift(status.error_buf))",
    )?;
    source.replace(
        "throw InternalException(\"Rust panic\")",
        "throw AuthenticatorException.Internal(InternalReason.PANIC, \"a bug in the library\")",
    )
}
