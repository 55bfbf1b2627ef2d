//! What a static library for iOS defines for others.

use std::io::{Error, Result};
use std::path::Path;
use std::time::Duration;

use crate::job;
use crate::mobile::toolchain::Toolchain;

const BOUND: Duration = Duration::from_secs(120);
/// How every row of a listing begins: an address of so many digits.
const ADDRESS: usize = 16;
/// What a row says of a name that only the same library sees.
const HIDDEN: &str = ".hidden";
/// A name that every static library of Rust defines.
const RUNTIME: &str = "rust_eh_personality";
/// How Rust spells names that are not for others: each holds its crate's fingerprint.
const MANGLED: &str = "_R";

/// The names that a static library defines for the whole app, as C spells them, without those of Rust itself.
pub(super) fn defined(toolchain: &Toolchain, library: &Path) -> Result<Vec<String>> {
    // Not `llvm-nm`: it reads the bitcode that one of the objects carries, which an older LLVM does not understand.
    let mut objdump = toolchain.llvm("llvm-objdump");
    objdump.arg("--syms").arg(library);
    let ended = job::capture(&mut objdump, BOUND).map_err(Error::other)?;
    if !ended.status.success() {
        return Err(Error::other(ended.last_words()));
    }
    Ok(visible(&ended.stdout).into_iter().filter(|name| name != RUNTIME && !name.starts_with(MANGLED)).collect())
}

/// The names of a listing that are global, defined and not hidden, without the underscore that Mach-O puts before each.
fn visible(listing: &str) -> Vec<String> {
    listing.lines().filter_map(name).map(str::to_owned).collect()
}

/// `00000000000394ac g     F __TEXT,__text .hidden _name`; `l` is local, `w` weak.
fn name(row: &str) -> Option<&str> {
    let mut words = row.split_whitespace();
    let address = words.next()?;
    if address.len() != ADDRESS || !address.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    if words.next()? != "g" || words.any(|word| word == HIDDEN) {
        return None;
    }
    row.split_whitespace().last()?.strip_prefix('_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_whole_app_sees() {
        let listing = "libcountersign.a(one.o):\tfile format mach-o arm64\n\nSYMBOL TABLE:\n\
            00000000000394ac g     F __TEXT,__text _ffi_countersign_version\n\
            00000000001f9ae0 g     O __DATA,__const __RNvNtCs1_3std5EMPTY\n\
            0000000000002100 g     F __TEXT,__text .hidden _ring_core_0_17_14__x25519\n\
            0000000000000010 w     F __TEXT,__text _memcpy\n\
            0000000000000020 l     F __TEXT,__text _local\n\
            0000000000000000         *UND* _CFRelease\n";
        assert_eq!(visible(listing), ["ffi_countersign_version", "_RNvNtCs1_3std5EMPTY"]);
    }
}
