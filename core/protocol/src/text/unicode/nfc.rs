//! Normalization Form C (UAX 15).

use super::{class, table};

/// The shift of the first half of a pair, which leaves room for the index of its second half.
pub(super) const SECOND_BITS: u32 = 8;
/// The mark of a decomposition that is never composed again (UAX 15, Composition Exclusion).
pub(super) const ONE_WAY: u32 = 1 << 31;

/// Returns `text` in NFC.
pub(in crate::text) fn nfc(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut chars = Vec::with_capacity(text.len());
    for c in text.chars() {
        decompose(c, &mut chars);
    }
    // Sorts each run of marks by combining class. The sort must be stable.
    for marks in chars.chunk_by_mut(|_, second| second.combining != 0) {
        let starters = usize::from(marks.first().is_some_and(|first| first.combining == 0));
        if let Some(marks) = marks.get_mut(starters..) {
            marks.sort_by_key(|mark| mark.combining);
        }
    }
    compose(&chars)
}

/// A code point and its combining class.
struct Decomposed {
    c: char,
    combining: u8,
}

impl Decomposed {
    fn new(c: char) -> Self {
        Self { c, combining: class(c).combining }
    }
}

/// Decomposes `c`. Hangul syllables are left whole, because composition would restore them.
fn decompose(c: char, out: &mut Vec<Decomposed>) {
    match decomposition(c) {
        Some((first, second)) => {
            decompose(first, out);
            out.extend(second.map(Decomposed::new));
        }
        None => out.push(Decomposed::new(c)),
    }
}

/// Returns the one or two code points of one decomposition step.
fn decomposition(c: char) -> Option<(char, Option<char>)> {
    let parts = *table::PARTS.get(table::COMPOSED.binary_search(&u32::from(c)).ok()?)?;
    let first = char::from_u32((parts & !ONE_WAY) >> SECOND_BITS)?;
    let number = usize::try_from(parts & ((1 << SECOND_BITS) - 1)).ok()?;
    // The index 0 means that there is no second code point.
    let second = number.checked_sub(1).and_then(|number| table::SECONDS.get(number));
    Some((first, second.and_then(|&second| char::from_u32(second))))
}

/// Returns the code point that the two compose to.
fn composition(first: char, second: char) -> Option<char> {
    if let Some(syllable) = hangul::compose(first, second) {
        return Some(syllable);
    }
    let number = table::SECONDS.binary_search(&u32::from(second)).ok()?;
    let parts = u32::from(first) << SECOND_BITS | u32::try_from(number + 1).ok()?;
    let at = table::PARTS.iter().position(|&made| made == parts)?;
    char::from_u32(*table::COMPOSED.get(at)?)
}

/// Composes what can be composed (UAX 15 §1.3). A mark joins the starter before it unless a
/// character of the same or a higher class is between them.
fn compose(chars: &[Decomposed]) -> String {
    let mut out = String::with_capacity(chars.len());
    let mut starter = None;
    let mut marks = String::new();
    let mut last = 0;
    for &Decomposed { c, combining } in chars {
        let blocked = !marks.is_empty() && last >= combining;
        let composed = starter.filter(|_| !blocked).and_then(|starter| composition(starter, c));
        if composed.is_some() {
            starter = composed;
        } else if combining == 0 {
            out.extend(starter.replace(c));
            out.push_str(&std::mem::take(&mut marks));
        } else {
            marks.push(c);
            last = combining;
        }
    }
    out.extend(starter);
    out + &marks
}

/// Arithmetic composition of Hangul syllables (Unicode, §3.12).
mod hangul {
    const SYLLABLES: u32 = 0xAC00;
    const LEADING: u32 = 0x1100;
    const VOWELS: u32 = 0x1161;
    /// One before the first trailing consonant, because no consonant has the index 0.
    const TRAILING: u32 = 0x11A7;
    const LEADING_COUNT: u32 = 19;
    const VOWEL_COUNT: u32 = 21;
    const TRAILING_COUNT: u32 = 28;
    const SYLLABLE_COUNT: u32 = LEADING_COUNT * VOWEL_COUNT * TRAILING_COUNT;

    /// Returns the index of `c` in a range of `count`.
    fn place(c: char, first: u32, count: u32) -> Option<u32> {
        u32::from(c).checked_sub(first).filter(|&place| place < count)
    }

    /// Returns the syllable of two letters, or of a syllable and a trailing consonant.
    pub(super) fn compose(first: char, second: char) -> Option<char> {
        let syllable = match place(first, LEADING, LEADING_COUNT) {
            Some(leading) => (leading * VOWEL_COUNT + place(second, VOWELS, VOWEL_COUNT)?) * TRAILING_COUNT,
            None => {
                let open = place(first, SYLLABLES, SYLLABLE_COUNT).filter(|open| open % TRAILING_COUNT == 0)?;
                open + place(second, TRAILING, TRAILING_COUNT).filter(|&trailing| trailing != 0)?
            }
        };
        char::from_u32(SYLLABLES + syllable)
    }
}
