//! What a library may export: the functions that the generated Kotlin and Swift call, each of them, and nothing of
//! its own beside them.

use std::collections::BTreeSet;

use crate::bindings::{self, BindingsError};
use crate::checkout::Checkout;

/// The header that declares the functions, inside the folder of the bindings.
const HEADER: &str = "swift/CountersignRust.h";
/// How the names of the functions begin.
const FUNCTIONS: [&str; 2] = ["ffi_countersign_", "uniffi_countersign_"];
/// How the names of uniffi's descriptions begin: what the generator reads, exported beside the functions.
const DESCRIPTIONS: &str = "UNIFFI_META_";

/// The functions that generated code calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Surface(BTreeSet<String>);

impl Surface {
    /// Generates the bindings and reads what they call. Both flavours have the same surface.
    pub(super) fn generated(checkout: &Checkout) -> Result<Self, BindingsError> {
        let path = bindings::make(checkout, false)?.join(HEADER);
        let header = std::fs::read_to_string(&path).map_err(|source| BindingsError::File { path, source })?;
        Ok(Self::declared(&header))
    }

    fn declared(header: &str) -> Self {
        let words = header.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        let functions = words.filter(|word| FUNCTIONS.iter().any(|start| word.starts_with(start)));
        Self(functions.map(str::to_owned).collect())
    }

    /// What is wrong with a library that exports these names; nothing when all is well.
    pub(super) fn wrong(&self, names: &[String]) -> Vec<String> {
        let strange = names.iter().filter(|name| !self.0.contains(*name) && !name.starts_with(DESCRIPTIONS));
        let strange = strange.map(|name| format!("exports {name}"));
        strange.chain(self.absent(names)).collect()
    }

    /// The functions that are not among these names.
    pub(super) fn absent(&self, names: &[String]) -> Vec<String> {
        if self.0.is_empty() {
            return vec!["the generated header declares no function".to_owned()];
        }
        let absent = self.0.iter().filter(|wanted| !names.contains(wanted));
        absent.map(|name| format!("does not export {name}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "#ifndef UNIFFI_FFIDEF_FFI_COUNTERSIGN_VERSION\n\
        uint32_t ffi_countersign_version(void\n    \n);\n\
        uint64_t uniffi_countersign_fn_new(RustBuffer keys, RustCallStatus *_Nonnull uniffi_out_err\n);\n\
        typedef void (*UniffiCallbackInterfaceKeyStoreMethod0)(uint64_t);\n";

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_declared_functions_and_nothing_else() {
        let surface = Surface::declared(HEADER);
        let whole = names(&["ffi_countersign_version", "uniffi_countersign_fn_new", "UNIFFI_META_NAMESPACE"]);
        assert!(surface.wrong(&whole).is_empty());
        let more = [whole.clone(), names(&["ring_core_add", "uniffi_countersign_fn_old"])].concat();
        assert_eq!(surface.wrong(&more), ["exports ring_core_add", "exports uniffi_countersign_fn_old"]);
        assert_eq!(surface.wrong(&whole[1..]), ["does not export ffi_countersign_version"]);
    }

    #[test]
    fn a_header_without_functions_shows_nothing() {
        let surface = Surface::declared("#pragma once\n");
        assert_eq!(surface.wrong(&[]), ["the generated header declares no function"]);
    }
}
