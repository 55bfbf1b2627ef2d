//! Types of `authorization_details` that a bank declares as data, so that its app draws them
//! without code of its own.
//!
//! The document is a JSON array. The app and the server use the same document.
//!
//! ```json
//! [{
//!   "type": "https://bank.example/new_payee",
//!   "title": {"en": "New payee", "de": "…", "fr": "…", "es": "…", "ja": "…"},
//!   "members": [
//!     {"name": "payee", "label": {"en": "Payee", …}, "kind": "name", "required": true,
//!      "emphasis": "strong"},
//!     {"name": "limit", "label": {"en": "Daily limit", …}, "kind": "amount", "required": false},
//!     {"name": "speed", "label": {"en": "Transfers", …}, "kind": "choice", "required": true,
//!      "values": [{"value": "instant", "label": {"en": "Instant", …}},
//!                 {"value": "normal", "label": {"en": "Normal", …}}]}
//!   ]
//! }]
//! ```
//!
//! | `kind` | in the detail | drawn as |
//! |---|---|---|
//! | `name` | a string | [`crate::text::name`] |
//! | `identifier` | a string | [`crate::text::label`] |
//! | `message` | a string | [`crate::text::message`] |
//! | `amount` | `{"currency": "EUR", "amount": "42.50"}` | [`super::Money`] |
//! | `date` | `"2026-01-31"` | [`super::Date`] |
//! | `iban` | `"DE02…"` | [`super::Iban`] |
//! | `bic` | `"DEUTDEFF"` | [`super::Bic`] |
//! | `choice` | one of `values` | the label of the value |
//!
//! Title and labels are drawn and hashed exactly as declared. A decision names the document by its
//! digest. If a type changes, the server keeps the earlier document as long as phones have it
//! ([`DetailTypes::with_earlier`]).

mod document;
mod value;

pub use document::DetailTypesError;
pub use value::{Choice, DeclaredDetail, DeclaredMember, DeclaredValue};

use serde::Deserialize;

use crate::{jose::Digest, message::claims::Locale};

/// The types that a bank declares. The default has no types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DetailTypes {
    types: Vec<DeclaredType>,
    digest: Option<Digest>,
    earlier: Vec<Self>,
}

impl DetailTypes {
    /// No types.
    pub const NONE: Self = Self { types: Vec::new(), digest: None, earlier: Vec::new() };

    /// Parses and checks a document.
    ///
    /// # Errors
    /// [`DetailTypesError`] with the first rule that the document breaks.
    pub fn parse(document: &str) -> Result<Self, DetailTypesError> {
        let types = document::read(document)?;
        let digest = (!types.is_empty()).then(|| Digest::of(document.as_bytes()));
        Ok(Self { types, digest, earlier: Vec::new() })
    }

    /// Adds documents that phones with an earlier version of the app can still have.
    #[must_use]
    pub fn with_earlier(self, earlier: Vec<Self>) -> Self {
        Self { earlier, ..self }
    }

    /// Returns the SHA-256 of the document, or `None` if there are no types.
    #[must_use]
    pub const fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Returns the document with this digest: this one or an earlier one. If there is none, this
    /// document is returned. A display that uses no declared type is the same under each document,
    /// and any other display then has another hash.
    #[must_use]
    pub fn named(&self, digest: Option<Digest>) -> &Self {
        self.earlier.iter().find(|earlier| digest.is_some() && earlier.digest == digest).unwrap_or(self)
    }

    /// Returns the names of the types in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|declared| declared.name.as_str())
    }

    pub(super) fn find(&self, name: &str) -> Option<&DeclaredType> {
        self.types.iter().find(|declared| declared.name == name)
    }
}

/// A declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeclaredType {
    name: String,
    title: LocalizedText,
    members: Vec<Member>,
}

/// A member of a declared type.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    name: String,
    label: LocalizedText,
    kind: Kind,
    required: bool,
    importance: Importance,
}

/// The kind of value that a member has.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Name,
    Identifier,
    Message,
    Amount,
    Date,
    Iban,
    Bic,
    /// The declared values with their wordings.
    Choice(Vec<(String, LocalizedText)>),
}

/// The importance of a member: `emphasis` in the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Importance {
    /// The member is essential for the decision.
    Strong,
    /// The member has normal importance.
    #[default]
    Normal,
    /// The member has little importance.
    Muted,
}

/// A wording in every language.
#[derive(Debug, Clone, PartialEq, Eq)]
struct LocalizedText([String; Locale::ALL.len()]);

impl LocalizedText {
    fn of(&self, locale: Locale) -> &str {
        let [en, de, fr, es, ja] = &self.0;
        match locale {
            Locale::En => en,
            Locale::De => de,
            Locale::Fr => fr,
            Locale::Es => es,
            Locale::Ja => ja,
        }
    }
}

#[cfg(test)]
mod tests;
