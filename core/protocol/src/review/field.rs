//! One line of an approval screen.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::labels::{self, LabelKey};
use crate::names::stable_names;
use crate::{
    message::claims::Locale,
    text::{Direction, Text},
};

/// One labelled value. Draw `value` as plain text, isolated from what stands around it by `direction`: no markup, no links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Names it in a [`super::RenderReport`].
    pub id: FieldId,
    /// What stands before it: [`Field::label`] has the wording.
    pub label_key: LabelKey,
    /// The wording that the bank declared for it ([`crate::details::DetailTypes`]). Only [`Role::Member`] has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
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
    pub(super) fn new(place: Place, value: String) -> Self {
        let direction = Direction::of(&value);
        let Place { role, index, part } = place;
        let id = FieldId { role, index, part };
        Self { id, label_key: LabelKey::Role(role), label: None, value, role, direction, emphasis: Emphasis::of(role) }
    }

    /// A field of text that someone else wrote.
    pub(super) fn of_text(place: Place, text: &Text) -> Self {
        Self::new(place, drawn(text).to_owned())
    }

    /// What stands before it, in the language that it was made for: what the bank declared, or the default wording.
    #[must_use]
    pub fn label(&self, locale: Locale) -> &str {
        self.label.as_deref().unwrap_or_else(|| labels::label(self.label_key, locale))
    }
}

/// A text as a field draws it. An empty one draws as `⟨⟩`: what draws nothing cannot be seen.
pub(super) fn drawn(text: &Text) -> &str {
    if text.shown().is_empty() { "⟨⟩" } else { text.shown() }
}

/// Where a field belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) role: Role,
    /// The authorization detail, from 1; 1 for what is of no detail.
    pub(super) index: u16,
    /// Which of this role within its detail, from 1; 0 where there can be only one.
    pub(super) part: u16,
}

impl Place {
    /// What there is once in a request.
    pub(super) const fn only(role: Role) -> Self {
        Self { role, index: 1, part: 0 }
    }
}

/// What a field is. As text: the variant's name in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Who asks.
    Client,
    /// Whose account it is about: the issuer that signed the request.
    Issuer,
    /// What for.
    Scope,
    /// The binding message.
    Message,
    /// What a declared type is called.
    Kind,
    /// How many payments a batch has.
    Count,
    /// What the payments of a batch come to in one currency.
    Total,
    /// The account that pays.
    From,
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
    /// The day on which a payment is made.
    Date,
    /// How often something happens.
    Frequency,
    /// In which months a payment is made.
    Months,
    /// On which day of the month a payment is made.
    Day,
    /// What happens where a day of payment is no business day.
    Rule,
    /// From when on.
    Start,
    /// Until when.
    End,
    /// What a third party may read, and of which accounts.
    Access,
    /// Where a third party reads.
    Location,
    /// A member of a declared type.
    Member,
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

/// Declares the names and the label keys of all roles from one table.
macro_rules! roles {
    ($($role:ident => $name:literal,)+) => {
        stable_names!(
            /// Returns the name on the wire and in field ids, for example `end_to_end`.
            Role, as_str {
                $($role => $name,)+
            }
        );

        impl Role {
            /// Returns the key of the role's label, for example `field.end_to_end`.
            pub(super) const fn label_key(self) -> &'static str {
                match self {
                    $(Self::$role => concat!("field.", $name),)+
                }
            }
        }
    };
}

roles! {
    Client => "client",
    Issuer => "issuer",
    Scope => "scope",
    Message => "message",
    Kind => "kind",
    Count => "count",
    Total => "total",
    From => "from",
    Amount => "amount",
    Payee => "payee",
    Account => "account",
    Bank => "bank",
    Reference => "reference",
    EndToEnd => "end_to_end",
    Date => "date",
    Frequency => "frequency",
    Months => "months",
    Day => "day",
    Rule => "rule",
    Start => "start",
    End => "end",
    Access => "access",
    Location => "location",
    Member => "member",
    Detail => "detail",
    Binding => "binding",
    Place => "place",
    Agent => "agent",
    Ip => "ip",
    Began => "began",
    Expiry => "expiry",
}

/// Names a field within one display: its role; from the second authorization detail on the number of the detail (`amount.2`);
/// and where a detail has several of a role, both numbers (`amount.1.3`, the third payment of the first detail).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FieldId {
    role: Role,
    index: u16,
    part: u16,
}

impl FieldId {
    /// What the field is.
    #[must_use]
    pub const fn role(self) -> Role {
        self.role
    }

    /// Of which authorization detail, from 1; 1 for what is of none.
    #[must_use]
    pub const fn index(self) -> u16 {
        self.index
    }

    /// Which of its role within the detail, from 1; 0 where there can be only one.
    #[must_use]
    pub const fn part(self) -> u16 {
        self.part
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

/// A string that names no field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no field can be called {0:?}")]
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
        if index > 0 && id.to_string() == text { Ok(id) } else { Err(unknown()) }
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
    fn ids_round_trip_in_one_spelling() {
        for role in Role::ALL {
            for (index, part) in [(1, 0), (2, 0), (8, 0), (1, 1), (1, 20), (3, 2)] {
                let id = FieldId { role, index, part };
                assert_eq!(id.to_string().parse(), Ok(id));
                assert_eq!((id.role(), id.index(), id.part()), (role, index, part));
            }
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        for bad in [
            "",
            "sum",
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
