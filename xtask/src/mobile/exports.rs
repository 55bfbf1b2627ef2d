//! The exports of a library: every function that the generated Kotlin and Swift call, and no other.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::bindings;
use crate::checkout::Checkout;

/// The header that declares the functions, inside the folder of the bindings.
const HEADER: &str = "swift/CountersignRust.h";
/// The prefixes of the functions' names.
const FUNCTIONS: [&str; 2] = ["ffi_countersign_", "uniffi_countersign_"];
/// The prefix of uniffi's metadata, which the generator reads.
const METADATA: &str = "UNIFFI_META_";

pub(super) type Surface = BTreeSet<String>;

/// Generates the bindings and returns the functions that they call. Both flavours have the same.
pub(super) fn declared(checkout: &Checkout) -> Result<Surface> {
    Ok(functions(&checkout.text(bindings::make(checkout, false)?.join(HEADER))?))
}

fn functions(header: &str) -> Surface {
    let words = header.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let functions = words.filter(|word| FUNCTIONS.iter().any(|start| word.starts_with(start)));
    functions.map(str::to_owned).collect()
}

/// The differences between these names and the surface.
pub(super) fn differences(surface: &Surface, names: &[String]) -> Vec<String> {
    let strange = names.iter().filter(|name| !surface.contains(*name) && !name.starts_with(METADATA));
    let absent = surface.iter().filter(|wanted| !names.contains(wanted)).map(|name| format!("does not export {name}"));
    let empty = surface.is_empty().then(|| "the generated header declares no function".to_owned());
    strange.map(|name| format!("exports {name}")).chain(absent).chain(empty).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn library_exports_exactly_the_declared_functions() {
        let surface = functions(
            "#ifndef UNIFFI_FFIDEF_FFI_COUNTERSIGN_VERSION\nuint32_t ffi_countersign_version(void);\n\
             uint64_t uniffi_countersign_fn_new(RustBuffer keys, RustCallStatus *_Nonnull uniffi_out_err);\n",
        );
        let wrong = |names: &[&str]| differences(&surface, &names.iter().map(ToString::to_string).collect::<Vec<_>>());
        let whole = ["ffi_countersign_version", "uniffi_countersign_fn_new", "UNIFFI_META_NAMESPACE"];
        assert!(wrong(&whole).is_empty());
        assert_eq!(wrong(&[&whole[..], &["ring_core_add"]].concat()), ["exports ring_core_add"]);
        assert_eq!(wrong(&whole[1..]), ["does not export ffi_countersign_version"]);
        assert_eq!(differences(&functions("#pragma once\n"), &[]), ["the generated header declares no function"]);
    }
}
