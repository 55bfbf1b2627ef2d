//! The document that declares types, checked once: what passes here is safe to draw in every language.

use serde::Deserialize;
use thiserror::Error;

use super::{DeclaredType, Importance, Kind, Member, Words};
use crate::{
    details::{account, payment},
    jose::json,
    message::claims::Locale,
    text::{self, Text, TextError},
};

/// Most bytes of a document.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;
/// Most types in a document.
const MAX_TYPES: usize = 32;
/// Most members of a type.
const MAX_MEMBERS: usize = 16;
/// Most values of a choice.
const MAX_VALUES: usize = 32;
/// Longest name of a type, a member or a value, in bytes.
const MAX_NAME_BYTES: usize = 100;
/// The types that this crate draws itself.
const RESERVED: [&str; 2] = [payment::TYPE, account::TYPE];

/// Why a document declares nothing. `at` says where: the type, then the member, then the value, with `/` between them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DetailTypesError {
    /// Not the JSON that a document is: an unknown, missing or duplicate member, or one of another JSON type.
    #[error("not a document of types: {0}")]
    Malformed(String),
    /// More than a document may hold, or nothing where there must be something.
    #[error("{at}: from {least} to {most} are allowed")]
    Count {
        /// What is counted.
        at: String,
        /// Fewest.
        least: usize,
        /// Most.
        most: usize,
    },
    /// A type, member or value whose name is no name: ASCII letters, digits and `_ - . : / #`, at most 100.
    #[error("{at}: a name is made of ASCII letters, digits and _ - . : / #")]
    Name {
        /// Where.
        at: String,
    },
    /// A type that is drawn already, or a member called `type`.
    #[error("{at}: this name is taken")]
    Reserved {
        /// Where.
        at: String,
    },
    /// A type, member or value of the same name came before.
    #[error("{at}: this name is used twice")]
    Duplicate {
        /// Where.
        at: String,
    },
    /// A kind that is none.
    #[error("{at}: unknown kind {kind:?}")]
    Kind {
        /// Where.
        at: String,
        /// As written.
        kind: String,
    },
    /// `values` without the kind `choice`, or the other way round.
    #[error("{at}: values belong to the kind choice")]
    Values {
        /// Where.
        at: String,
    },
    /// A language has no wording.
    #[error("{at}: no wording in {locale}")]
    NoWording {
        /// Where.
        at: String,
        /// The language.
        locale: Locale,
    },
    /// A wording that no request could show either.
    #[error("{at}: the wording in {locale} cannot be shown: {flaw}")]
    Unsafe {
        /// Where.
        at: String,
        /// The language.
        locale: Locale,
        /// Why.
        flaw: TextError,
    },
    /// A wording that would be drawn in another form: with spaces around it or twice in it, or not in NFC.
    #[error("{at}: the wording in {locale} would be drawn as {shown:?}: write that")]
    NotAsDrawn {
        /// Where.
        at: String,
        /// The language.
        locale: Locale,
        /// What would be drawn.
        shown: String,
    },
    /// Two members of a type, two values of a choice or two types read the same.
    #[error("{at}: another has the same wording in {locale}")]
    SameWording {
        /// Where.
        at: String,
        /// The language.
        locale: Locale,
    },
}

impl DetailTypesError {
    /// A stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "malformed",
            Self::Count { .. } => "count",
            Self::Name { .. } => "name",
            Self::Reserved { .. } => "reserved",
            Self::Duplicate { .. } => "duplicate",
            Self::Kind { .. } => "kind",
            Self::Values { .. } => "values",
            Self::NoWording { .. } => "no_wording",
            Self::Unsafe { .. } => "unsafe",
            Self::NotAsDrawn { .. } => "not_as_drawn",
            Self::SameWording { .. } => "same_wording",
        }
    }
}

pub(super) fn read(document: &str) -> Result<Vec<DeclaredType>, DetailTypesError> {
    if document.len() > MAX_DOCUMENT_BYTES {
        return Err(DetailTypesError::Count { at: "bytes".to_owned(), least: 0, most: MAX_DOCUMENT_BYTES });
    }
    let wire: Vec<TypeEntry> =
        json::from_str(document).map_err(|error| DetailTypesError::Malformed(error.to_string()))?;
    counted("types", wire.len(), 0, MAX_TYPES)?;
    let mut types: Vec<DeclaredType> = Vec::new();
    for entry in wire {
        let at = entry.r#type.clone();
        named(&at, &at, types.iter().map(|earlier| earlier.name.as_str()), &RESERVED)?;
        let declared = entry.read(&at)?;
        told_apart(&at, &declared.title, types.iter().map(|earlier| &earlier.title))?;
        types.push(declared);
    }
    Ok(types)
}

impl TypeEntry {
    fn read(self, at: &str) -> Result<DeclaredType, DetailTypesError> {
        counted(&format!("{at}: members"), self.members.len(), 1, MAX_MEMBERS)?;
        let title = worded(at, self.title, text::name)?;
        let mut members: Vec<Member> = Vec::new();
        for entry in self.members {
            let at = format!("{at}/{}", entry.name);
            named(&at, &entry.name, members.iter().map(|earlier| earlier.name.as_str()), &["type"])?;
            let member = entry.read(&at)?;
            told_apart(&at, &member.label, members.iter().map(|earlier| &earlier.label))?;
            members.push(member);
        }
        Ok(DeclaredType { name: self.r#type, title, members })
    }
}

impl MemberEntry {
    fn read(self, at: &str) -> Result<Member, DetailTypesError> {
        let kind = match (self.kind.as_str(), self.values) {
            ("choice", Some(values)) => Kind::Choice(choice(at, values)?),
            ("choice", None) | (_, Some(_)) => return Err(DetailTypesError::Values { at: at.to_owned() }),
            ("name", None) => Kind::Name,
            ("identifier", None) => Kind::Identifier,
            ("message", None) => Kind::Message,
            ("amount", None) => Kind::Amount,
            ("date", None) => Kind::Date,
            ("iban", None) => Kind::Iban,
            ("bic", None) => Kind::Bic,
            _ => return Err(DetailTypesError::Kind { at: at.to_owned(), kind: self.kind }),
        };
        let label = worded(at, self.label, text::label)?;
        let importance = self.emphasis.unwrap_or_default();
        Ok(Member { name: self.name, label, kind, required: self.required, importance })
    }
}

fn choice(at: &str, wire: Vec<ValueEntry>) -> Result<Vec<(String, Words)>, DetailTypesError> {
    counted(&format!("{at}: values"), wire.len(), 1, MAX_VALUES)?;
    let mut values: Vec<(String, Words)> = Vec::new();
    for ValueEntry { value, label } in wire {
        let at = format!("{at}/{value}");
        named(&at, &value, values.iter().map(|(earlier, _)| earlier.as_str()), &[])?;
        let label = worded(&at, label, text::name)?;
        told_apart(&at, &label, values.iter().map(|(_, earlier)| earlier))?;
        values.push((value, label));
    }
    Ok(values)
}

fn counted(at: &str, count: usize, least: usize, most: usize) -> Result<(), DetailTypesError> {
    if (least..=most).contains(&count) {
        Ok(())
    } else {
        Err(DetailTypesError::Count { at: at.to_owned(), least, most })
    }
}

fn named<'a>(
    at: &str,
    name: &str,
    mut earlier: impl Iterator<Item = &'a str>,
    reserved: &[&str],
) -> Result<(), DetailTypesError> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_-.:/#".contains(&b);
    let at = || at.to_owned();
    if !(1..=MAX_NAME_BYTES).contains(&name.len()) || !name.bytes().all(allowed) {
        Err(DetailTypesError::Name { at: at() })
    } else if reserved.contains(&name) {
        Err(DetailTypesError::Reserved { at: at() })
    } else if earlier.any(|earlier| earlier == name) {
        Err(DetailTypesError::Duplicate { at: at() })
    } else {
        Ok(())
    }
}

/// A wording in each language, safe and written as it will be drawn.
fn worded(at: &str, wire: Wording, as_text: fn(&str) -> Text) -> Result<Words, DetailTypesError> {
    let of = |locale: Locale, wording: Option<String>| {
        let at = || at.to_owned();
        let wording = wording.ok_or_else(|| DetailTypesError::NoWording { at: at(), locale })?;
        let text = as_text(&wording);
        if let Some(flaw) = text.flaw() {
            return Err(DetailTypesError::Unsafe { at: at(), locale, flaw: flaw.clone() });
        }
        if text.shown() != wording {
            return Err(DetailTypesError::NotAsDrawn { at: at(), locale, shown: text.shown().to_owned() });
        }
        Ok(wording)
    };
    Ok(Words([
        of(Locale::En, wire.en)?,
        of(Locale::De, wire.de)?,
        of(Locale::Fr, wire.fr)?,
        of(Locale::Es, wire.es)?,
        of(Locale::Ja, wire.ja)?,
    ]))
}

fn told_apart<'a>(
    at: &str,
    words: &Words,
    mut earlier: impl Iterator<Item = &'a Words>,
) -> Result<(), DetailTypesError> {
    let same = |earlier: &Words| Locale::ALL.into_iter().find(|&locale| earlier.of(locale) == words.of(locale));
    match earlier.find_map(same) {
        Some(locale) => Err(DetailTypesError::SameWording { at: at.to_owned(), locale }),
        None => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TypeEntry {
    r#type: String,
    title: Wording,
    members: Vec<MemberEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberEntry {
    name: String,
    label: Wording,
    kind: String,
    required: bool,
    emphasis: Option<Importance>,
    values: Option<Vec<ValueEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueEntry {
    value: String,
    label: Wording,
}

/// A wording by language.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    en: Option<String>,
    de: Option<String>,
    fr: Option<String>,
    es: Option<String>,
    ja: Option<String>,
}
