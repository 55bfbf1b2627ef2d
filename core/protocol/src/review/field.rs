//! The fields of an approval screen.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::labels::{self, LabelKey};
use super::role::Role;
use crate::names::stable_names;
use crate::{
    message::claims::Locale,
    text::{Direction, Text},
};

/// A labelled value. Draw `value` as plain text without markup and links, and isolate it from the
/// text around it by `direction`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The id of the field in a [`super::RenderReport`].
    pub id: FieldId,
    /// The key of the label. [`Field::label`] returns its wording.
    pub label_key: LabelKey,
    /// The label that the bank declared ([`crate::details::DetailTypes`]). Only [`Role::Member`]
    /// has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The text to draw. Times are in RFC 3339 and UTC (`2026-01-31T12:00:00Z`). An app can draw
    /// them in local time.
    pub value: String,
    /// The role of the field.
    pub role: Role,
    /// The base direction of `value`.
    pub direction: Direction,
    /// The importance of the field.
    pub emphasis: Emphasis,
}

impl Field {
    pub(super) fn new(place: Place, value: String) -> Self {
        let direction = Direction::of(&value);
        let Place { role, index, part } = place;
        let id = FieldId { role, index, part };
        Self { id, label_key: LabelKey::Role(role), label: None, value, role, direction, emphasis: Emphasis::of(role) }
    }

    /// Creates a field with a text that somebody else wrote.
    pub(super) fn of_text(place: Place, text: &Text) -> Self {
        Self::new(place, drawn(text).to_owned())
    }

    /// Returns the label in the language of the display: the declared label or the default wording.
    #[must_use]
    pub fn label(&self, locale: Locale) -> &str {
        self.label.as_deref().unwrap_or_else(|| labels::label(self.label_key, locale))
    }
}

/// Returns the text as a field draws it. An empty text is drawn as `⟨⟩`, so that it is visible.
pub(super) fn drawn(text: &Text) -> &str {
    if text.shown().is_empty() { "⟨⟩" } else { text.shown() }
}

/// The position of a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) role: Role,
    /// The number of the authorization detail, from 1. Fields outside details use 1. The totals of
    /// several payment details use 0.
    pub(super) index: u16,
    /// The number of the field among those of its role in the detail, from 1. 0 means that the
    /// detail has only one.
    pub(super) part: u16,
}

impl Place {
    /// Returns the position of a field that occurs once in a request.
    pub(super) const fn only(role: Role) -> Self {
        Self { role, index: 1, part: 0 }
    }
}

/// The id of a field within a display.
///
/// The id is the role. From the second authorization detail on, it has the number of the detail
/// (`amount.2`). If a detail has several fields of a role, it has both numbers (`amount.1.3` is the
/// third payment of the first detail).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldId {
    role: Role,
    index: u16,
    part: u16,
}

impl FieldId {
    /// Returns the role of the field.
    #[must_use]
    pub const fn role(self) -> Role {
        self.role
    }

    /// Returns the number of the authorization detail, from 1. Fields outside details have 1. The
    /// totals of several payment details have 0.
    #[must_use]
    pub const fn index(self) -> u16 {
        self.index
    }

    /// Returns the number of the field among those of its role in the detail, from 1, or 0 if there
    /// is only one.
    #[must_use]
    pub const fn part(self) -> u16 {
        self.part
    }
}

impl FieldId {
    const fn has_possible_index(self) -> bool {
        self.index > 0 || matches!((self.role, self.part), (Role::Count, 0) | (Role::Total, 1..))
    }
}

impl fmt::Display for FieldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role.as_str())?;
        match (self.index, self.part) {
            (1, 0) => Ok(()),
            (index, 0) => write!(f, ".{index}"),
            (index, part) => write!(f, ".{index}.{part}"),
        }
    }
}

/// A text that is not a field id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a field id")]
pub struct FieldIdError(String);

impl FromStr for FieldId {
    type Err = FieldIdError;

    fn from_str(text: &str) -> Result<Self, FieldIdError> {
        let unknown = || FieldIdError(text.to_owned());
        let mut parts = text.split('.');
        let name = parts.next().unwrap_or_default();
        let mut number = |absent: u16| match parts.next() {
            Some(part) => part.parse().map_err(|_| unknown()),
            None => Ok(absent),
        };
        let (index, part) = (number(1)?, number(0)?);
        let role = Role::ALL.into_iter().find(|role| role.as_str() == name).ok_or_else(unknown)?;
        let id = Self { role, index, part };
        if id.has_possible_index() && id.to_string() == text { Ok(id) } else { Err(unknown()) }
    }
}

impl TryFrom<String> for FieldId {
    type Error = FieldIdError;

    fn try_from(text: String) -> Result<Self, FieldIdError> {
        text.parse()
    }
}

impl From<FieldId> for String {
    fn from(id: FieldId) -> Self {
        id.to_string()
    }
}

/// The importance of a field for the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Emphasis {
    /// Large. The field is essential for the decision.
    Strong,
    /// Normal size.
    Normal,
    /// Small. The field has the place or time of the request.
    Muted,
}

stable_names!(
    /// Returns the name on the wire.
    Emphasis, as_str {
        Strong => "strong",
        Normal => "normal",
        Muted => "muted",
    }
);

impl Emphasis {
    const fn of(role: Role) -> Self {
        match role {
            Role::Client
            | Role::Message
            | Role::Kind
            | Role::Count
            | Role::Total
            | Role::Amount
            | Role::Payee
            | Role::Frequency
            | Role::Access
            | Role::Detail
            | Role::Binding => Self::Strong,
            Role::Issuer
            | Role::Scope
            | Role::From
            | Role::Account
            | Role::Bank
            | Role::Reference
            | Role::EndToEnd
            | Role::Date
            | Role::Months
            | Role::Day
            | Role::Rule
            | Role::Start
            | Role::End
            | Role::Location
            | Role::Member => Self::Normal,
            Role::Place | Role::Agent | Role::Ip | Role::Began | Role::Expiry => Self::Muted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_id_round_trips_in_one_spelling() {
        for role in Role::ALL {
            for (index, part) in [(1, 0), (2, 0), (8, 0), (1, 1), (1, 20), (3, 2)] {
                let id = FieldId { role, index, part };
                assert_eq!(id.to_string().parse(), Ok(id));
                assert_eq!((id.role(), id.index(), id.part()), (role, index, part));
            }
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        for of_all in ["count.0", "total.0.1", "total.0.20"] {
            assert_eq!(of_all.parse::<FieldId>().unwrap().to_string(), of_all);
        }
        for bad in [
            "",
            "sum",
            "count.0.1",
            "total.0",
            "total.0.0",
            "payee.0",
            "amount.1",
            "amount.0",
            "amount.02",
            "amount.",
            "amount.+2",
            "Amount",
            "amount.2.0",
            "amount.2.02",
            "amount.2.",
            "amount.1.1.1",
        ] {
            assert!(bad.parse::<FieldId>().is_err(), "{bad}");
        }
    }
}
