//! Maps positions in a core dump to memory regions.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::Trouble;

/// The segments of a core dump and the kernel's names of their regions.
pub(crate) struct Maps {
    segments: Vec<Segment>,
}

struct Segment {
    at: u64,
    length: u64,
    address: u64,
    name: String,
}

impl Maps {
    /// Reads the headers of an ELF core file and the text of `/proc/PID/maps`.
    pub(crate) fn read(core: &Path, maps: &str) -> Result<Self, Trouble> {
        let mut head = Vec::new();
        File::open(core)?.take(1 << 20).read_to_end(&mut head)?;
        let word = |at: usize| head.get(at..)?.first_chunk().copied().map(u64::from_le_bytes);
        let half = |at: usize| head.get(at..)?.first_chunk().copied().map(u16::from_le_bytes).map(usize::from);
        let (Some(table), Some(size), Some(count)) = (word(32), half(54), half(56)) else {
            return Err("a core dump is no ELF file".into());
        };
        let table = usize::try_from(table)?;
        let segment = |number: usize| {
            let at = table + number * size;
            let kind: [u8; 4] = *head.get(at..)?.first_chunk()?;
            let (offset, address, length) = (word(at + 8)?, word(at + 16)?, word(at + 32)?);
            // PT_LOAD
            (u32::from_le_bytes(kind) == 1).then(|| Segment { at: offset, length, address, name: name(maps, address) })
        };
        Ok(Self { segments: (0..count).filter_map(segment).collect() })
    }

    /// Returns the name of the region at this file position.
    pub(crate) fn place(&self, at: u64) -> String {
        let within = |segment: &&Segment| (segment.at..segment.at + segment.length).contains(&at);
        self.segments.iter().find(within).map_or_else(
            || "registers".to_owned(),
            |segment| format!("{:#x} {}", segment.address + (at - segment.at), segment.name),
        )
    }
}

/// Returns the last column of the line with this address. A region without a name is a thread's
/// stack or memory of the allocator.
fn name(maps: &str, address: u64) -> String {
    let found = maps.lines().find_map(|line| {
        let (from, rest) = line.split_once('-')?;
        let (to, rest) = rest.split_once(' ')?;
        let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
        (from..to).contains(&address).then(|| rest.split_whitespace().nth(4).unwrap_or("without a name").to_owned())
    });
    found.unwrap_or_else(|| "unknown".to_owned())
}
