//! Extended grapheme clusters (UAX 29 §3), which readers perceive as characters.

use super::{Cluster, class};

/// Returns the clusters of `text` in order.
pub(in crate::text) fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (cluster, after) = rest.split_at_checked(first(rest)).filter(|(cluster, _)| !cluster.is_empty())?;
        rest = after;
        Some(cluster)
    })
}

/// Returns the length of the first cluster of `text` in bytes.
fn first(text: &str) -> usize {
    let mut chars = text.char_indices().map(|(at, c)| (at, kind(c)));
    let Some((_, first)) = chars.next() else { return 0 };
    let mut before = Before::nothing().and(first);
    for (at, kind) in chars {
        if before.ends_at(kind) {
            return at;
        }
        before = before.and(kind);
    }
    text.len()
}

/// A [`Cluster`], and whether a Hangul syllable ends in a consonant.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Kind {
    cluster: Cluster,
    closed: bool,
}

fn kind(c: char) -> Kind {
    let cluster = class(c).cluster;
    // Each pair of leading consonant and vowel has 28 syllables. The first one, from U+AC00, has no
    // trailing consonant.
    Kind { cluster, closed: cluster == Cluster::Syllable && (u32::from(c) - 0xAC00) % 28 != 0 }
}

/// The state of the cluster so far.
struct Before {
    last: Option<Kind>,
    /// A pictograph and any Extend characters.
    pictograph: bool,
    /// A pictograph, any Extend characters and a joiner.
    joined: bool,
    /// An Indic consonant and its dependent characters.
    consonant: bool,
    /// An Indic consonant and its dependent characters with a linker.
    linked: bool,
    /// An odd number of regional indicators at the end.
    regional_odd: bool,
}

impl Before {
    fn nothing() -> Self {
        Self { last: None, pictograph: false, joined: false, consonant: false, linked: false, regional_odd: false }
    }

    fn and(self, next: Kind) -> Self {
        use Cluster::{ConjunctExtend, Consonant, Extend, Joiner, Linker, Pictograph, Regional};
        let extends = matches!(next.cluster, Extend | ConjunctExtend | Linker);
        let in_conjunct = matches!(next.cluster, ConjunctExtend | Linker | Joiner);
        Self {
            last: Some(next),
            pictograph: next.cluster == Pictograph || (self.pictograph && extends),
            joined: self.pictograph && next.cluster == Joiner,
            consonant: next.cluster == Consonant || (self.consonant && in_conjunct),
            linked: self.consonant && in_conjunct && (self.linked || next.cluster == Linker),
            regional_odd: next.cluster == Regional && !self.regional_odd,
        }
    }

    /// Returns whether the cluster ends before `next` (rules GB3 to GB999, in order).
    fn ends_at(&self, next: Kind) -> bool {
        use Cluster::{
            CarriageReturn, ConjunctExtend, Consonant, Control, Extend, Joiner, Leading, LineFeed, Linker, Pictograph,
            Prepend, Regional, SpacingMark, Syllable, Trailing, Vowel,
        };
        let Some(last) = self.last else { return false };
        let goes_on = match (last.cluster, next.cluster) {
            (CarriageReturn, LineFeed) => true,
            (Control | CarriageReturn | LineFeed, _) | (_, Control | CarriageReturn | LineFeed) => false,
            (Leading, Leading | Vowel | Syllable) => true,
            (Vowel, Vowel | Trailing) | (Trailing, Trailing) | (Syllable, Trailing) => true,
            (Syllable, Vowel) => !last.closed,
            (_, Extend | ConjunctExtend | Linker | Joiner | SpacingMark) | (Prepend, _) => true,
            (_, Consonant) => self.linked,
            (_, Pictograph) => self.joined,
            (Regional, Regional) => self.regional_odd,
            _ => false,
        };
        !goes_on
    }
}
