//! Searches files of any length for every piece of every form.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::ops::Range;
use std::path::Path;

use crate::Trouble;
use crate::forms;
use crate::known::{Kind, Secret};

/// The number of bytes that are searched at once.
const WINDOW: usize = 16 << 20;
const HEAD: usize = 8;
const PAGE: usize = 4096;
static EMPTY: [u8; PAGE] = [0; PAGE];

/// A piece of a form, found by its first bytes.
struct Needle {
    kind: Kind,
    form: &'static str,
    piece: &'static str,
    bytes: Vec<u8>,
}

/// A position at which a piece was found.
pub(crate) struct Hit {
    pub(crate) kind: Kind,
    pub(crate) form: &'static str,
    pub(crate) piece: &'static str,
    /// The offset in the file.
    pub(crate) at: u64,
}

/// The pieces to search for.
pub(crate) struct Search {
    needles: Vec<Needle>,
    by_head: HashMap<[u8; HEAD], Vec<usize>>,
    /// True if a piece begins with these two bytes.
    begins: Vec<bool>,
    longest: usize,
    /// The number of forms and secrets.
    pub(crate) forms: usize,
}

impl Search {
    pub(crate) fn of(secrets: &[Secret]) -> Self {
        let mut search =
            Self { needles: Vec::new(), by_head: HashMap::new(), begins: vec![false; 1 << 16], longest: 0, forms: 0 };
        for secret in secrets {
            for form in forms::of(secret) {
                search.forms += 1;
                for (piece, bytes) in forms::pieces(&form.bytes) {
                    search.put(Needle { kind: secret.kind, form: form.name, piece, bytes });
                }
            }
        }
        search
    }

    fn put(&mut self, needle: Needle) {
        let Some(head) = needle.bytes.first_chunk::<HEAD>() else { return };
        self.by_head.entry(*head).or_default().push(self.needles.len());
        if let Some(begins) = self.begins.get_mut(usize::from(u16::from_be_bytes([head[0], head[1]]))) {
            *begins = true;
        }
        self.longest = self.longest.max(needle.bytes.len());
        self.needles.push(needle);
    }

    /// Returns the hits in a file, in order.
    pub(crate) fn file(&self, path: &Path) -> Result<Vec<Hit>, Trouble> {
        let mut file = File::open(path)?;
        let mut hits = Vec::new();
        let mut window: Vec<u8> = Vec::with_capacity(WINDOW + self.longest);
        let mut begin = 0_u64;
        loop {
            let room = u64::try_from(WINDOW + self.longest - window.len())?;
            let read = file.by_ref().take(room).read_to_end(&mut window)?;
            // At the end of the file, the remaining bytes are searched.
            let until = if read == 0 { window.len() } else { window.len().saturating_sub(self.longest) };
            self.window(&window, until, begin, &mut hits);
            if read == 0 {
                return Ok(hits);
            }
            window.drain(..until);
            begin += u64::try_from(until)?;
        }
    }

    fn window(&self, window: &[u8], until: usize, begin: u64, hits: &mut Vec<Hit>) {
        for begins in (0..until).step_by(PAGE) {
            let page = window.get(begins..until.min(begins + PAGE)).unwrap_or_default();
            // Large parts of a process's memory were never used. No piece begins with that many
            // zeros.
            if !EMPTY.starts_with(page) {
                self.page(window, begins..begins + page.len(), begin, hits);
            }
        }
    }

    fn page(&self, window: &[u8], page: Range<usize>, begin: u64, hits: &mut Vec<Hit>) {
        for (at, pair) in window.windows(2).enumerate().take(page.end).skip(page.start) {
            let &[first, second] = pair else { continue };
            if !self.begins.get(usize::from(u16::from_be_bytes([first, second]))).is_some_and(|begins| *begins) {
                continue;
            }
            let rest = window.get(at..).unwrap_or_default();
            let Some(indices) = rest.first_chunk::<HEAD>().and_then(|head| self.by_head.get(head)) else { continue };
            for needle in indices.iter().filter_map(|index| self.needles.get(*index)) {
                if rest.starts_with(&needle.bytes) {
                    let at = begin + u64::try_from(at).unwrap_or(u64::MAX);
                    hits.push(Hit { kind: needle.kind, form: needle.form, piece: needle.piece, at });
                }
            }
        }
    }
}
