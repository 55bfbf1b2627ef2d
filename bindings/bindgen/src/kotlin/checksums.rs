//! Compares the library's checksums before its functions are bound. uniffi compares them later, so
//! that functions of a library of another build can be called.

use crate::source::{Patched, Source};

pub(super) fn patch(source: &mut Source) -> Patched {
    source.replace(
        "    init {\n        Native.register(UniffiLib::class",
        "    init {\n        IntegrityCheckingUniffiLib.ensureInitialized()\n        Native.register(UniffiLib::class",
    )
}
