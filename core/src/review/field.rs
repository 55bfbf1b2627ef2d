//! One line of an approval screen.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::labels::LabelKey;
use crate::text::{Direction, Text};

/// One labelled value. Draw `value` as plain text, isolated from what stands around it by `direction`: no markup, no links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Names it in a [`super::RenderReport`].
    pub id: FieldId,
    /// What stands before it; [`super::labels::label`] has a default wording.
    pub label_key: LabelKey,
    /// What to draw. Times are RFC 3339 in UTC (`2026-01-31T12:00:00Z`): an app may draw them in local time.
    pub value: String,
    /// What it is.
    pub role: Role,
    /// Base direction of `value`.
    pub direction: Direction,
    /// How much it matters.
    pub emphasis: Emphasis,
}

impl Field {
    pub(super) fn new(role: Role, index: u16, label_key: LabelKey, value: String) -> Self {
        let direction = Direction::of(&value);
        Self { id: FieldId { role, index }, label_key, value, role, direction, emphasis: Emphasis::of(role) }
    }

    /// A field of text that someone else wrote. An empty one draws as `⟨⟩`: a field that draws nothing cannot be seen.
    pub(super) fn of_text(role: Role, index: u16, label_key: LabelKey, text: &Text) -> Self {
        let shown = if text.shown().is_empty() { "⟨⟩" } else { text.shown() };
        Self::new(role, index, label_key, shown.to_owned())
    }
}

/// What a field is. As text: the variant's name in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Who asks.
    Client,
    /// Whose account it is about: the issuer that signed the request.
    Issuer,
    /// What for.
    Scope,
    /// The binding message.
    Message,
    /// Amount and currency of a payment.
    Amount,
    /// Who gets it.
    Payee,
    /// The payee's IBAN, in groups of four.
    Account,
    /// The payee's bank, as a BIC.
    Bank,
    /// What the payee will read.
    Reference,
    /// The end-to-end identification of a payment.
    EndToEnd,
    /// An authorization detail that cannot be drawn: its type.
    Detail,
    /// What to do with the other screen.
    Binding,
    /// Where it began.
    Place,
    /// In which browser or terminal it began.
    Agent,
    /// From which network address it began.
    Ip,
    /// When it began.
    Began,
    /// Until when it can be answered.
    Expiry,
}

impl Role {
    const ALL: [Self; 17] = [
        Self::Client,
        Self::Issuer,
        Self::Scope,
        Self::Message,
        Self::Amount,
        Self::Payee,
        Self::Account,
        Self::Bank,
        Self::Reference,
        Self::EndToEnd,
        Self::Detail,
        Self::Binding,
        Self::Place,
        Self::Agent,
        Self::Ip,
        Self::Began,
        Self::Expiry,
    ];

    /// Its name: `client`, `end_to_end`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Issuer => "issuer",
            Self::Scope => "scope",
            Self::Message => "message",
            Self::Amount => "amount",
            Self::Payee => "payee",
            Self::Account => "account",
            Self::Bank => "bank",
            Self::Reference => "reference",
            Self::EndToEnd => "end_to_end",
            Self::Detail => "detail",
            Self::Binding => "binding",
            Self::Place => "place",
            Self::Agent => "agent",
            Self::Ip => "ip",
            Self::Began => "began",
            Self::Expiry => "expiry",
        }
    }
}

/// Names a field within one display: its role, and from the second of a kind on its number: `amount`, `amount.2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldId {
    role: Role,
    /// From 1.
    index: u16,
}

impl FieldId {
    /// What the field is.
    #[must_use]
    pub const fn role(self) -> Role {
        self.role
    }

    /// Which of its kind, from 1.
    #[must_use]
    pub const fn index(self) -> u16 {
        self.index
    }
}

impl fmt::Display for FieldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role.as_str())?;
        if self.index > 1 { write!(f, ".{}", self.index) } else { Ok(()) }
    }
}

/// A string that names no field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no field can be called {0:?}")]
pub struct FieldIdError(String);

impl FromStr for FieldId {
    type Err = FieldIdError;

    fn from_str(text: &str) -> Result<Self, FieldIdError> {
        let unknown = || FieldIdError(text.to_owned());
        let (name, index) = match text.split_once('.') {
            Some((name, number)) => (name, number.parse().map_err(|_| unknown())?),
            None => (text, 1),
        };
        let role = Role::ALL.into_iter().find(|role| role.as_str() == name).ok_or_else(unknown)?;
        let id = Self { role, index };
        if id.to_string() == text { Ok(id) } else { Err(unknown()) }
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

/// How much a field matters to the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Emphasis {
    /// Large: what the decision is about.
    Strong,
    /// As usual.
    Normal,
    /// Smaller: where and when.
    Muted,
}

impl Emphasis {
    const fn of(role: Role) -> Self {
        match role {
            Role::Client | Role::Message | Role::Amount | Role::Payee | Role::Detail | Role::Binding => Self::Strong,
            Role::Issuer | Role::Scope | Role::Account | Role::Bank | Role::Reference | Role::EndToEnd => Self::Normal,
            Role::Place | Role::Agent | Role::Ip | Role::Began | Role::Expiry => Self::Muted,
        }
    }

    /// `strong`, `normal` or `muted`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Normal => "normal",
            Self::Muted => "muted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_in_one_spelling() {
        for role in Role::ALL {
            for index in [1, 2, 8] {
                let id = FieldId { role, index };
                assert_eq!(id.to_string().parse(), Ok(id));
            }
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        for bad in ["", "total", "amount.1", "amount.0", "amount.02", "amount.", "amount.+2", "Amount", "amount.2.2"] {
            assert!(bad.parse::<FieldId>().is_err(), "{bad}");
        }
    }
}
