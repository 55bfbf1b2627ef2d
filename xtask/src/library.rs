//! The exports of a built library and its alignment.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use object::read::archive::ArchiveFile;
use object::read::elf::ElfFile64;
use object::{Architecture, LittleEndian, Object, ObjectSegment, ObjectSymbol, SymbolScope};

/// The largest page size of Android devices, in bytes.
pub(crate) const LARGE_PAGE_BYTES: u64 = 16 * 1024;
/// A name that every static library of Rust defines.
const RUST_RUNTIME: &str = "rust_eh_personality";
/// The prefix of names in Rust's own mangling.
const RUST_MANGLED: &str = "_R";

/// A shared library for Linux or Android.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) architecture: Architecture,
    /// The names that others can link to, sorted.
    pub(crate) exports: Vec<String>,
    /// Of each segment: the place in the file and in memory, and the alignment, in bytes.
    segments: Vec<(u64, u64, u64)>,
}

impl Shared {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        Self::parse(&bytes).with_context(|| format!("{} is not a little-endian ELF64 library", file.display()))
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let elf = ElfFile64::<LittleEndian>::parse(bytes)?;
        let exported = elf.dynamic_symbols().filter(|it| it.is_definition() && it.scope() == SymbolScope::Dynamic);
        let names = exported.map(|symbol| Ok(symbol.name()?.to_owned()));
        let mut exports = names.collect::<Result<Vec<String>>>()?;
        exports.sort();
        let segments = elf.segments().map(|it| (it.file_range().0, it.address(), it.align())).collect();
        Ok(Self { architecture: elf.architecture(), exports, segments })
    }

    /// The reasons why a loader cannot map this library on a device with pages of this size.
    pub(crate) fn misaligned(&self, page: u64) -> Vec<String> {
        if self.segments.is_empty() {
            return vec!["no LOAD segment".to_owned()];
        }
        let fits = |(offset, address, align): &(u64, u64, u64)| {
            *align >= page && align.is_power_of_two() && offset.checked_rem(page) == address.checked_rem(page)
        };
        let wrong = self.segments.iter().filter(|segment| !fits(segment));
        wrong.map(|(.., align)| format!("a LOAD segment is aligned to {align} bytes, not {page}")).collect()
    }
}

/// The names that a static library for iOS defines for the whole app, as C spells them, without
/// those of Rust itself.
pub(crate) fn archive_exports(file: &Path) -> Result<Vec<String>> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut names = Vec::new();
    let mut objects = 0_usize;
    for member in ArchiveFile::parse(&*bytes)?.members() {
        // A member may be metadata of Rust or bitcode instead of an object.
        let Ok(object) = object::File::parse(member?.data(&*bytes)?) else { continue };
        objects += 1;
        for symbol in object.symbols().filter(|it| it.is_definition() && it.scope() == SymbolScope::Dynamic) {
            let name = symbol.name()?.strip_prefix('_').unwrap_or_default();
            if !symbol.is_weak() && name != RUST_RUNTIME && !name.starts_with(RUST_MANGLED) {
                names.push(name.to_owned());
            }
        }
    }
    ensure!(objects > 0, "{} holds no object file", file.display());
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_or_shifted_segments_are_found() {
        let large = LARGE_PAGE_BYTES;
        let misaligned = |offset, address, align| {
            let segments = vec![(offset, address, align)];
            Shared { architecture: Architecture::Aarch64, exports: Vec::new(), segments }.misaligned(large).len()
        };
        assert_eq!([misaligned(0, 0, large), misaligned(100, large + 100, large)], [0, 0]);
        assert_eq!([misaligned(0, 0, 4096), misaligned(100, large + 4196, large)], [1, 1]);
        assert!(Shared::parse(b"text").is_err());
    }

    #[test]
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    fn program_of_this_test_is_read() {
        let program = Shared::read(&std::env::current_exe().unwrap()).unwrap();
        assert_eq!((program.architecture, program.segments.is_empty()), (Architecture::X86_64, false));
    }
}
