//! Reports everything that a callback throws as a failed callback. uniffi catches only `Exception`:
//! an `Error` counts as success or leaves the caller waiting, and so does a result that cannot be
//! carried over.

use crate::source::{Patched, Source};

const HANDLE_SUCCESS: &str = "        handleSuccess(callResult)\n";
const HANDLE_SUCCESS_OR_FAIL: &str = "        try {
            handleSuccess(callResult)
        } catch(e: Throwable) {
            handleError(UniffiRustCallStatus.create(UNIFFI_CALL_UNEXPECTED_ERROR, \
             FfiConverterString.lower(e.toString())))
        }
";

pub(super) fn patch(source: &mut Source) -> Patched {
    source.replace_any("try { e.stackTraceToString() } catch(_: Throwable) { \"\" }", "e.toString()");
    source.replace("} catch(e: kotlin.Exception) {", "} catch(e: Throwable) {")?;
    source.replace_any(HANDLE_SUCCESS, HANDLE_SUCCESS_OR_FAIL);
    Ok(())
}
