//! Unicode properties of code points that the rules of `text` use, NFC and grapheme clusters.
//!
//! The file `table.rs` is generated from the crates that contain Unicode's data. The tests compare
//! every code point with them. `docs/adr/0010-one-table-for-unicode.md` explains why the crates are
//! not used directly. After an update of one of the crates the tests fail until the table is
//! generated again:
//!
//! ```text
//! COUNTERSIGN_WRITE_TABLE=1 cargo test -p countersign-protocol --lib unicode_table_matches_crates
//! ```

mod clusters;
mod nfc;
mod table;

pub(super) use clusters::clusters;
pub(super) use nfc::nfc;

/// The general category (UAX 44), in the groups that the rules need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    /// Cc, Zl and Zp.
    Control,
    /// Cf.
    Format,
    /// Co.
    PrivateUse,
    /// Cn. No `char` is in Cs.
    Unassigned,
    /// Zs.
    Space,
    /// Mn and Me.
    Mark,
    /// Mc.
    SpacingMark,
    /// L.
    Letter,
    /// Nd.
    Digit,
    /// Every other category.
    Other,
}

/// Grapheme_Cluster_Break (UAX 29), with Indic_Conjunct_Break where the rules for clusters need it.
/// All Hangul syllables share one value. The code computes whether a syllable has a trailing
/// consonant.
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

/// The properties that the code points of a run share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Class {
    category: Category,
    cluster: Cluster,
    /// Canonical_Combining_Class.
    combining: u8,
    /// The index into [`table::SCRIPTS`].
    scripts: u8,
    in_identifiers: bool,
    like_ascii: bool,
}

/// The class of code points in no run. The table has no such code point.
const UNKNOWN: Class = Class {
    category: Category::Unassigned,
    cluster: Cluster::Control,
    combining: 0,
    scripts: 0,
    in_identifiers: false,
    like_ascii: false,
};

/// The shift of a run's first code point, which leaves room for the index of its class.
const CLASS_BITS: u32 = 11;

fn class(c: char) -> Class {
    let last_of_c = (u32::from(c) + 1) << CLASS_BITS;
    let runs_up_to_c = table::RUNS.partition_point(|&run| run < last_of_c);
    let run = runs_up_to_c.checked_sub(1).and_then(|at| table::RUNS.get(at));
    let number = run.map(|run| run & ((1 << CLASS_BITS) - 1));
    let class = number.and_then(|number| usize::try_from(number).ok()).and_then(|number| table::CLASSES.get(number));
    class.copied().unwrap_or(UNKNOWN)
}

/// Returns the general category of `c`.
pub(super) fn category(c: char) -> Category {
    class(c).category
}

/// Returns whether `c` is allowed in identifiers (UTS 39 §3.1, Identifier_Status).
pub(super) fn in_identifiers(c: char) -> bool {
    class(c).in_identifiers
}

/// Returns whether the skeleton of `c` (UTS 39 §4) has only ASCII letters and digits, or is empty.
pub(super) fn like_ascii(c: char) -> bool {
    class(c).like_ascii
}

/// A set of writing systems: the scripts with which a character is used (Script_Extensions, UAX
/// 24), and the three systems that combine several scripts (UTS 39 §5.1). Characters of all
/// scripts, such as digits, have all bits set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scripts(u128);

impl Scripts {
    /// All writing systems.
    pub(super) const ALL: Self = Self(u128::MAX);
    /// Latin.
    pub(super) const LATIN: Self = Self(table::LATIN);
    /// Han with Bopomofo, Japanese and Korean.
    pub(super) const EAST_ASIAN: Self = Self(table::EAST_ASIAN);
    /// The recommended scripts (UAX 31) except Latin, Cyrillic and Greek.
    pub(super) const BESIDE_LATIN: Self = Self(table::BESIDE_LATIN);

    /// Returns the writing systems of `c` if it is allowed in identifiers. For other characters,
    /// returns only whether Latin is among them.
    pub(super) fn of(c: char) -> Self {
        Self(table::SCRIPTS.get(usize::from(class(c).scripts)).copied().unwrap_or(0))
    }

    /// Returns the systems that are in both sets.
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns whether the set is empty.
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether the set has exactly one system.
    pub(super) fn is_one(self) -> bool {
        self.0.count_ones() == 1
    }
}

#[cfg(test)]
mod checked;
#[cfg(test)]
mod generator;
