//! What an ELF64 shared library says of itself: how it is laid out in memory, what it exports, what it needs.

use std::path::Path;

use thiserror::Error;

/// The page size that Android devices may have, in bytes.
pub(crate) const LARGE_PAGE: u64 = 16 * 1024;

/// `e_machine` of arm64.
pub(crate) const ARM64: u16 = 183;
/// `e_machine` of x86-64.
pub(crate) const X86_64: u16 = 62;

const LOAD: u32 = 1;
const DYNAMIC: u32 = 6;
const DYNAMIC_SYMBOLS: u32 = 11;
const NEEDED: u64 = 1;
const SYMBOL: usize = 24;
const DYNAMIC_ENTRY: usize = 16;

/// Why a file could not be read as a library.
#[derive(Debug, Error)]
pub(crate) enum ElfError {
    /// The file itself could not be read.
    #[error("{file}: {source}")]
    Read { file: String, source: std::io::Error },
    /// Something else than a little-endian ELF64 file.
    #[error("not a little-endian ELF64 file")]
    Other,
    /// A table that the header promises lies outside the file.
    #[error("the file ends before its {0}")]
    Short(&'static str),
}

/// A part of the file that is mapped into memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) offset: u64,
    pub(crate) address: u64,
    pub(crate) align: u64,
}

/// A shared library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Elf {
    pub(crate) machine: u16,
    pub(crate) loads: Vec<Load>,
    /// The names that others can link to, sorted.
    pub(crate) exports: Vec<String>,
    /// The libraries it asks the loader for, in their order.
    pub(crate) needs: Vec<String>,
}

impl Elf {
    /// Reads a library from a file.
    pub(crate) fn read(file: &Path) -> Result<Self, ElfError> {
        let bytes =
            std::fs::read(file).map_err(|source| ElfError::Read { file: file.display().to_string(), source })?;
        Self::parse(&bytes)
    }

    /// Reads a library from its bytes.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, ElfError> {
        // 0x7f ELF, 64 bit, little-endian.
        if !bytes.starts_with(&[0x7f, b'E', b'L', b'F', 2, 1]) {
            return Err(ElfError::Other);
        }
        let machine = u16_at(bytes, 18).ok_or(ElfError::Short("header"))?;
        let loads = loads(bytes).ok_or(ElfError::Short("program headers"))?;
        let sections = sections(bytes).ok_or(ElfError::Short("section headers"))?;
        let mut exports = exports(bytes, &sections).ok_or(ElfError::Short("dynamic symbols"))?;
        exports.sort();
        let needs = needs(bytes, &sections).ok_or(ElfError::Short("dynamic section"))?;
        Ok(Self { machine, loads, exports, needs })
    }

    /// What keeps a loader from mapping this library on a device with pages of this size; nothing when all is well.
    pub(crate) fn misaligned(&self, page: u64) -> Vec<String> {
        if self.loads.is_empty() {
            return vec!["no LOAD segment".to_owned()];
        }
        let fits = |load: &Load| {
            let (offset, address) = (load.offset.checked_rem(page), load.address.checked_rem(page));
            load.align >= page && load.align.is_power_of_two() && offset == address
        };
        let wrong = self.loads.iter().enumerate().filter(|(_, load)| !fits(load));
        wrong.map(|(number, load)| format!("LOAD {number} is aligned to {}, {page} is needed", load.align)).collect()
    }
}

/// A section header, as far as it is used here.
struct Section {
    kind: u32,
    offset: u64,
    size: u64,
    link: u32,
}

impl Section {
    fn bytes<'a>(&self, file: &'a [u8]) -> Option<&'a [u8]> {
        let start = usize::try_from(self.offset).ok()?;
        file.get(start..start.checked_add(usize::try_from(self.size).ok()?)?)
    }
}

fn loads(file: &[u8]) -> Option<Vec<Load>> {
    let mut loads = Vec::new();
    for at in table(file, 32, 54)? {
        if u32_at(file, at)? == LOAD {
            let word = |inside: usize| u64_at(file, at.checked_add(inside)?);
            loads.push(Load { offset: word(8)?, address: word(16)?, align: word(48)? });
        }
    }
    Some(loads)
}

fn sections(file: &[u8]) -> Option<Vec<Section>> {
    let mut sections = Vec::new();
    for at in table(file, 40, 58)? {
        sections.push(Section {
            kind: u32_at(file, at.checked_add(4)?)?,
            offset: u64_at(file, at.checked_add(24)?)?,
            size: u64_at(file, at.checked_add(32)?)?,
            link: u32_at(file, at.checked_add(40)?)?,
        });
    }
    Some(sections)
}

/// Where each entry of a header table begins: the table's place stands at `place`, the size of an entry and their
/// number at `shape`.
fn table(file: &[u8], place: usize, shape: usize) -> Option<Vec<usize>> {
    let start = usize::try_from(u64_at(file, place)?).ok()?;
    let (size, count) = (usize::from(u16_at(file, shape)?), usize::from(u16_at(file, shape.checked_add(2)?)?));
    let _whole = file.get(start..start.checked_add(size.checked_mul(count)?)?)?;
    (0..count).map(|number| start.checked_add(number.checked_mul(size)?)).collect()
}

fn exports(file: &[u8], sections: &[Section]) -> Option<Vec<String>> {
    let mut exports = Vec::new();
    for section in sections.iter().filter(|section| section.kind == DYNAMIC_SYMBOLS) {
        let names = linked(file, sections, section)?;
        for symbol in section.bytes(file)?.chunks_exact(SYMBOL) {
            let (info, other) = (*symbol.get(4)?, *symbol.get(5)?);
            let local = info >> 4 == 0;
            // Default or protected: what a version script made local is hidden or not in this table at all.
            let visible = matches!(other & 3, 0 | 3);
            if !local && visible && u16_at(symbol, 6)? != 0 {
                exports.push(text(names, u32_at(symbol, 0)?)?);
            }
        }
    }
    Some(exports)
}

fn needs(file: &[u8], sections: &[Section]) -> Option<Vec<String>> {
    let mut needs = Vec::new();
    for section in sections.iter().filter(|section| section.kind == DYNAMIC) {
        let names = linked(file, sections, section)?;
        for entry in section.bytes(file)?.chunks_exact(DYNAMIC_ENTRY) {
            if u64_at(entry, 0)? == NEEDED {
                needs.push(text(names, u32::try_from(u64_at(entry, 8)?).ok()?)?);
            }
        }
    }
    Some(needs)
}

/// The string table that a section names.
fn linked<'a>(file: &'a [u8], sections: &[Section], section: &Section) -> Option<&'a [u8]> {
    sections.get(usize::try_from(section.link).ok()?)?.bytes(file)
}

fn text(names: &[u8], at: u32) -> Option<String> {
    let rest = names.get(usize::try_from(at).ok()?..)?;
    Some(String::from_utf8_lossy(rest.split(|byte| *byte == 0).next()?).into_owned())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library with two LOAD segments of this alignment and these dynamic symbols: name, info, other, section.
    fn library(align: u64, symbols: &[(&str, u8, u8, u16)]) -> Vec<u8> {
        let (mut names, mut table) = (b"\0libc.so\0".to_vec(), vec![0; SYMBOL]);
        for (name, info, other, section) in symbols {
            table.extend(u32::try_from(names.len()).unwrap().to_le_bytes());
            table.extend([*info, *other]);
            table.extend(section.to_le_bytes());
            table.extend([0; 16]);
            names.extend(name.as_bytes());
            names.push(0);
        }
        let dynamic: Vec<u8> = [NEEDED, 1, 0, 0].iter().flat_map(|word| word.to_le_bytes()).collect();
        let bodies = [&names, &table, &dynamic];
        let headers: usize = 64 + 2 * 56;
        let mut file = vec![0x7f, b'E', b'L', b'F', 2, 1];
        file.resize(64, 0);
        file[18..20].copy_from_slice(&ARM64.to_le_bytes());
        file[32..40].copy_from_slice(&64_u64.to_le_bytes());
        let length: usize = bodies.iter().map(|body| body.len()).sum();
        file[40..48].copy_from_slice(&u64::try_from(headers + length).unwrap().to_le_bytes());
        for (at, value) in [(54, 56_u16), (56, 2), (58, 64), (60, 4)] {
            file[at..at + 2].copy_from_slice(&value.to_le_bytes());
        }
        for number in 0..2_u64 {
            file.extend([1, 0, 0, 0, 5, 0, 0, 0]);
            let words = [number * 100, number * (align + 100), 0, 0, 0, align];
            file.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        }
        let mut at = headers;
        let mut sections = vec![0; 64];
        for (body, (kind, link)) in bodies.iter().zip([(3_u32, 0_u32), (DYNAMIC_SYMBOLS, 1), (DYNAMIC, 1)]) {
            let mut section = vec![0; 64];
            section[4..8].copy_from_slice(&kind.to_le_bytes());
            section[24..32].copy_from_slice(&u64::try_from(at).unwrap().to_le_bytes());
            section[32..40].copy_from_slice(&u64::try_from(body.len()).unwrap().to_le_bytes());
            section[40..44].copy_from_slice(&link.to_le_bytes());
            sections.extend(section);
            file.extend(body.iter());
            at += body.len();
        }
        file.extend(sections);
        file
    }

    #[test]
    fn reads_what_a_library_exports_and_needs() {
        let symbols = [
            ("exported", 0x12, 0, 7),
            ("weak_export", 0x22, 0, 7),
            ("imported", 0x12, 0, 0),
            ("local", 0x02, 0, 7),
            ("hidden", 0x12, 2, 7),
        ];
        let elf = Elf::parse(&library(LARGE_PAGE, &symbols)).unwrap();
        assert_eq!(elf.machine, ARM64);
        assert_eq!(elf.exports, ["exported", "weak_export"]);
        assert_eq!(elf.needs, ["libc.so"]);
    }

    #[test]
    fn small_pages_are_found() {
        let large = Elf::parse(&library(LARGE_PAGE, &[])).unwrap();
        assert_eq!(large.loads.len(), 2);
        assert!(large.misaligned(LARGE_PAGE).is_empty());
        let small = Elf::parse(&library(4096, &[])).unwrap();
        assert!(small.misaligned(4096).is_empty());
        assert_eq!(small.misaligned(LARGE_PAGE).len(), 2);
    }

    #[test]
    fn a_segment_whose_place_in_the_file_does_not_match_is_found() {
        let mut elf = Elf::parse(&library(LARGE_PAGE, &[])).unwrap();
        elf.loads[1].address += 4096;
        assert_eq!(elf.misaligned(LARGE_PAGE).len(), 1);
        elf.loads.clear();
        assert_eq!(elf.misaligned(LARGE_PAGE), ["no LOAD segment"]);
    }

    #[test]
    fn no_prefix_of_a_library_is_read_as_one() {
        let whole = library(LARGE_PAGE, &[("exported", 0x12, 0, 7)]);
        for length in 0..whole.len() {
            assert!(Elf::parse(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn the_program_that_runs_this_test_can_be_read() {
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            let elf = Elf::read(&std::env::current_exe().unwrap()).unwrap();
            assert_eq!(elf.machine, X86_64);
            assert!(elf.needs.iter().any(|name| name.starts_with("libc.so")));
        }
    }
}
