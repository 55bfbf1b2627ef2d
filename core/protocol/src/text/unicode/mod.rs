//! What Unicode says of a code point, as far as the rules of `text` ask, and the two algorithms that need it: NFC and grapheme
//! clusters.
//!
//! `table.rs` is generated from the crates that keep Unicode's data in Rust; the tests here hold every code point against
//! them. Why it is not those crates themselves: docs/adr/0010-one-table-for-unicode.md. After an update of one of them the
//! tests fail until the table is made again:
//!
//! ```text
//! COUNTERSIGN_WRITE_TABLE=1 cargo test -p countersign-core --lib the_table_is
//! ```

mod clusters;
mod nfc;
mod table;

pub(super) use clusters::clusters;
pub(super) use nfc::nfc;

/// The general category (UAX 44), as coarse as the rules are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    /// Cc, Zl, Zp.
    Control,
    /// Cf.
    Format,
    /// Co.
    PrivateUse,
    /// Cn, and Cs, which no `char` has.
    Unassigned,
    /// Zs.
    Space,
    /// Mn, Me.
    Mark,
    /// Mc.
    SpacingMark,
    /// L.
    Letter,
    /// Nd.
    Digit,
    /// Every other.
    Other,
}

/// Grapheme_Cluster_Break (UAX 29), with Indic_Conjunct_Break where the rules for clusters need it. Hangul syllables stand
/// under one name: whether one has a trailing consonant is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cluster {
    Any,
    CarriageReturn,
    LineFeed,
    Control,
    /// Extend, outside Indic conjuncts.
    Extend,
    /// Extend, within an Indic conjunct.
    ConjunctExtend,
    /// Extend, and a virama that joins consonants.
    Linker,
    Joiner,
    Prepend,
    SpacingMark,
    Leading,
    Vowel,
    Trailing,
    Syllable,
    Regional,
    Pictograph,
    Consonant,
}

/// What the code points of a run have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Class {
    category: Category,
    cluster: Cluster,
    /// Canonical_Combining_Class.
    combining: u8,
    /// Index into [`table::SCRIPTS`].
    scripts: u8,
    in_identifiers: bool,
    like_ascii: bool,
}

/// The class of code points that are in no run. There are none.
const UNKNOWN: Class = Class {
    category: Category::Unassigned,
    cluster: Cluster::Control,
    combining: 0,
    scripts: 0,
    in_identifiers: false,
    like_ascii: false,
};

/// How far a run's first code point is shifted to leave room for its class.
const CLASS_BITS: u32 = 11;

fn class(c: char) -> Class {
    let last_of_c = (u32::from(c) + 1) << CLASS_BITS;
    let runs_up_to_c = table::RUNS.partition_point(|&run| run < last_of_c);
    let run = runs_up_to_c.checked_sub(1).and_then(|at| table::RUNS.get(at));
    let number = run.map(|run| run & ((1 << CLASS_BITS) - 1));
    let class = number.and_then(|number| usize::try_from(number).ok()).and_then(|number| table::CLASSES.get(number));
    class.copied().unwrap_or(UNKNOWN)
}

/// The general category of `c`.
pub(super) fn category(c: char) -> Category {
    class(c).category
}

/// Whether `c` may stand in identifiers (UTS 39 section 3.1, Identifier_Status).
pub(super) fn in_identifiers(c: char) -> bool {
    class(c).in_identifiers
}

/// Whether `c` alone looks like ASCII letters and digits, or like nothing: its skeleton (UTS 39 section 4) holds nothing
/// else.
pub(super) fn like_ascii(c: char) -> bool {
    class(c).like_ascii
}

/// Writing systems: the scripts that a character is used with (Script_Extensions, UAX 24), and the three systems that are
/// made of several (UTS 39 section 5.1). A character of every script, such as a digit, has them all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scripts(u128);

impl Scripts {
    /// All of them.
    pub(super) const ALL: Self = Self(u128::MAX);
    /// Latin.
    pub(super) const LATIN: Self = Self(table::LATIN);
    /// Han with Bopomofo, Japanese, Korean.
    pub(super) const EAST_ASIAN: Self = Self(table::EAST_ASIAN);
    /// The recommended scripts (UAX 31) but Latin, Cyrillic and Greek.
    pub(super) const BESIDE_LATIN: Self = Self(table::BESIDE_LATIN);

    /// The writing systems of `c` if it may stand in identifiers; of any other character, only whether Latin is among them.
    pub(super) fn of(c: char) -> Self {
        Self(table::SCRIPTS.get(usize::from(class(c).scripts)).copied().unwrap_or(0))
    }

    /// Those that are in both.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there are none.
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether there is exactly one.
    pub(super) fn is_one(self) -> bool {
        self.0.count_ones() == 1
    }
}

#[cfg(test)]
mod checked;
#[cfg(test)]
mod generator;
