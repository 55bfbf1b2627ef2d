//! Types of `authorization_details` that the bank declares as data, so that its app draws them without code of its own.
//!
//! The document is a JSON array, the same for the app and for the server:
//!
//! ```json
//! [{
//!   "type": "https://bank.example/new_payee",
//!   "title": {"en": "New payee", "de": "…", "fr": "…", "es": "…", "ja": "…"},
//!   "members": [
//!     {"name": "payee", "label": {"en": "Payee", …}, "kind": "name", "required": true, "emphasis": "strong"},
//!     {"name": "limit", "label": {"en": "Daily limit", …}, "kind": "amount", "required": false},
//!     {"name": "speed", "label": {"en": "Transfers", …}, "kind": "choice", "required": true,
//!      "values": [{"value": "instant", "label": {"en": "Instant", …}}, {"value": "normal", "label": {"en": "Normal", …}}]}
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
//! Title and labels are drawn and hashed as they are declared. A type that changes gets a new name: otherwise phones with the
//! older declaration draw something else than the server expects, and their approvals are refused.

mod document;
mod value;

pub use document::DetailTypesError;
pub use value::{Choice, DeclaredDetail, DeclaredMember, DeclaredValue};

use serde::Deserialize;

use crate::message::claims::Locale;

/// The types that a bank declares. None by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DetailTypes {
    types: Vec<DeclaredType>,
}

impl DetailTypes {
    /// Reads and checks a document.
    ///
    /// # Errors
    /// [`DetailTypesError`] names the first thing that is wrong.
    pub fn parse(document: &str) -> Result<Self, DetailTypesError> {
        document::read(document).map(|types| Self { types })
    }

    /// The names of the types, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|declared| declared.name.as_str())
    }

    pub(super) fn find(&self, name: &str) -> Option<&DeclaredType> {
        self.types.iter().find(|declared| declared.name == name)
    }
}

/// One type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeclaredType {
    name: String,
    title: Words,
    members: Vec<Member>,
}

/// One member of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    name: String,
    label: Words,
    kind: Kind,
    required: bool,
    importance: Importance,
}

/// What a member holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Name,
    Identifier,
    Message,
    Amount,
    Date,
    Iban,
    Bic,
    /// Values with their wordings.
    Choice(Vec<(String, Words)>),
}

/// How much a member matters: `emphasis` in the document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Importance {
    /// What the decision is about.
    Strong,
    /// As usual.
    #[default]
    Normal,
    /// Beside the point.
    Muted,
}

/// A wording in every language.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Words([String; Locale::ALL.len()]);

impl Words {
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
