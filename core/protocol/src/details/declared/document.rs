//! The document that declares types. A document that passes these checks is safe to draw in every
//! language.

use serde::Deserialize;
use thiserror::Error;

use super::{DeclaredType, Importance, Kind, LocalizedText, Member};
use crate::{
    details::{account, payment},
    jose::json,
    message::claims::Locale,
    text::{self, Text, TextError},
};

/// The maximum size of a document in bytes.
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;
/// The maximum number of types in a document.
const MAX_TYPES: usize = 32;
/// The maximum number of members of a type.
const MAX_MEMBERS: usize = 16;
/// The maximum number of values of a choice.
const MAX_VALUES: usize = 32;
/// The maximum length of the name of a type, a member or a value in bytes.
const MAX_NAME_BYTES: usize = 100;
/// The types that this crate draws itself.
const RESERVED: [&str; 2] = [payment::TYPE, account::TYPE];

/// The reason why a document was rejected. `at` is the path of the error: type, member and value,
/// separated by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DetailTypesError {
    /// The JSON does not have the form of a document: a member is unknown, missing or duplicate, or
    /// has another JSON type.
    #[error("the document is malformed: {0}")]
    Malformed(String),
    /// The number of elements is out of range.
    #[error("{at}: use {min} to {max}")]
    Count {
        /// The counted elements.
        at: String,
        /// The minimum.
        min: usize,
        /// The maximum.
        max: usize,
    },
    /// The name of a type, member or value is not allowed.
    #[error("{at}: use a name of ASCII letters, digits and _ - . : / #, at most 100 characters")]
    Name {
        /// The path.
        at: String,
    },
    /// The type is built in, or a member is called `type`.
    #[error("{at}: the name is reserved, use another one")]
    Reserved {
        /// The path.
        at: String,
    },
    /// An earlier type, member or value has the same name.
    #[error("{at}: the name occurs twice, use another one")]
    Duplicate {
        /// The path.
        at: String,
    },
    /// The kind is unknown.
    #[error("{at}: the kind {kind:?} is unknown")]
    Kind {
        /// The path.
        at: String,
        /// The kind in the document.
        kind: String,
    },
    /// There are `values` without the kind `choice`, or the kind `choice` without `values`.
    #[error("{at}: values and the kind choice need each other")]
    Values {
        /// The path.
        at: String,
    },
    /// The wording is missing in a language.
    #[error("{at}: the wording in {locale} is missing")]
    NoWording {
        /// The path.
        at: String,
        /// The language.
        locale: Locale,
    },
    /// The wording has a flaw. A request with such a text could not be approved.
    #[error("{at}: the wording in {locale} cannot be shown: {flaw}")]
    Unsafe {
        /// The path.
        at: String,
        /// The language.
        locale: Locale,
        /// The flaw.
        flaw: TextError,
    },
    /// The wording would be drawn in another form: it has outer or double spaces, or is not in NFC.
    #[error("{at}: the wording in {locale} would be drawn as {shown:?}, use this form")]
    NotAsDrawn {
        /// The path.
        at: String,
        /// The language.
        locale: Locale,
        /// The form that would be drawn.
        shown: String,
    },
    /// Two members of a type, two values of a choice or two types have the same wording.
    #[error("{at}: another element has the same wording in {locale}")]
    SameWording {
        /// The path.
        at: String,
        /// The language.
        locale: Locale,
    },
}

impl DetailTypesError {
    /// Returns a stable code in snake case.
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
        return Err(DetailTypesError::Count { at: "bytes".to_owned(), min: 0, max: MAX_DOCUMENT_BYTES });
    }
    let wire: Vec<TypeEntry> =
        json::from_str(document).map_err(|error| DetailTypesError::Malformed(error.to_string()))?;
    check_count("types", wire.len(), 0, MAX_TYPES)?;
    let mut types: Vec<DeclaredType> = Vec::new();
    for entry in wire {
        let at = entry.r#type.clone();
        check_name(&at, &at, types.iter().map(|earlier| earlier.name.as_str()), &RESERVED)?;
        let declared = entry.read(&at)?;
        check_distinct(&at, &declared.title, types.iter().map(|earlier| &earlier.title))?;
        types.push(declared);
    }
    Ok(types)
}

impl TypeEntry {
    fn read(self, at: &str) -> Result<DeclaredType, DetailTypesError> {
        check_count(&format!("{at}: members"), self.members.len(), 1, MAX_MEMBERS)?;
        let title = check_wording(at, self.title, text::name)?;
        let mut members: Vec<Member> = Vec::new();
        for entry in self.members {
            let at = format!("{at}/{}", entry.name);
            check_name(&at, &entry.name, members.iter().map(|earlier| earlier.name.as_str()), &["type"])?;
            let member = entry.read(&at)?;
            check_distinct(&at, &member.label, members.iter().map(|earlier| &earlier.label))?;
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
        let label = check_wording(at, self.label, text::label)?;
        let importance = self.emphasis.unwrap_or_default();
        Ok(Member { name: self.name, label, kind, required: self.required, importance })
    }
}

fn choice(at: &str, wire: Vec<ValueEntry>) -> Result<Vec<(String, LocalizedText)>, DetailTypesError> {
    check_count(&format!("{at}: values"), wire.len(), 1, MAX_VALUES)?;
    let mut values: Vec<(String, LocalizedText)> = Vec::new();
    for ValueEntry { value, label } in wire {
        let at = format!("{at}/{value}");
        check_name(&at, &value, values.iter().map(|(earlier, _)| earlier.as_str()), &[])?;
        let label = check_wording(&at, label, text::name)?;
        check_distinct(&at, &label, values.iter().map(|(_, earlier)| earlier))?;
        values.push((value, label));
    }
    Ok(values)
}

fn check_count(at: &str, count: usize, min: usize, max: usize) -> Result<(), DetailTypesError> {
    if (min..=max).contains(&count) { Ok(()) } else { Err(DetailTypesError::Count { at: at.to_owned(), min, max }) }
}

fn check_name<'a>(
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

/// Checks a wording in each language. It must have no flaw and be drawn unchanged.
fn check_wording(at: &str, wire: Wording, as_text: fn(&str) -> Text) -> Result<LocalizedText, DetailTypesError> {
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
    Ok(LocalizedText([
        of(Locale::En, wire.en)?,
        of(Locale::De, wire.de)?,
        of(Locale::Fr, wire.fr)?,
        of(Locale::Es, wire.es)?,
        of(Locale::Ja, wire.ja)?,
    ]))
}

fn check_distinct<'a>(
    at: &str,
    text: &LocalizedText,
    mut earlier: impl Iterator<Item = &'a LocalizedText>,
) -> Result<(), DetailTypesError> {
    let same = |earlier: &LocalizedText| Locale::ALL.into_iter().find(|&locale| earlier.of(locale) == text.of(locale));
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
