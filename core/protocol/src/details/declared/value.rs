//! A detail of a declared type.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{DeclaredType, Importance, Kind, LocalizedText, Member};
use crate::{
    details::{Amount, Bic, Date, DetailError, Iban, Money, parse_json},
    message::claims::Locale,
    text::{self, Text},
};

/// A detail of a type that the bank declared. All its members are declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredDetail {
    title: LocalizedText,
    members: Vec<(u16, Member, DeclaredValue)>,
}

/// The value of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredValue {
    /// A text from the client.
    Text(Text),
    /// An amount.
    Amount(Money),
    /// A day.
    Date(Date),
    /// An account.
    Iban(Iban),
    /// A bank.
    Bic(Bic),
    /// One of the declared values.
    Choice(Choice),
}

/// A declared value with its wording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice(LocalizedText);

impl Choice {
    /// Returns the wording.
    #[must_use]
    pub fn label(&self, locale: Locale) -> &str {
        self.0.of(locale)
    }
}

/// A member of a detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredMember<'a> {
    /// The position in the declaration, from 1.
    pub number: u16,
    /// The label.
    pub label: &'a str,
    /// The value.
    pub value: &'a DeclaredValue,
    /// The importance.
    pub importance: Importance,
}

impl DeclaredDetail {
    pub(in crate::details) fn parse(raw: &str, declared: &DeclaredType) -> Result<Self, DetailError> {
        let Members(mut given) = parse_json(raw)?;
        let mut members = Vec::new();
        for (number, member) in (1..).zip(&declared.members) {
            let at = given.iter().position(|(name, _)| *name == member.name);
            match at.map(|at| given.swap_remove(at)) {
                Some((_, raw)) => members.push((number, member.clone(), member.kind.read(raw.get())?)),
                None if member.required => return Err(DetailError::Malformed(format!("{} is missing", member.name))),
                None => {}
            }
        }
        // The rest must be `type` alone. Everything else is undeclared or a duplicate.
        match given.as_slice() {
            [(name, _)] if name == "type" => Ok(Self { title: declared.title.clone(), members }),
            _ => Err(DetailError::Malformed("a member is unknown or occurs twice".to_owned())),
        }
    }

    /// Returns the title of the type.
    #[must_use]
    pub fn title(&self, locale: Locale) -> &str {
        self.title.of(locale)
    }

    /// Returns the present members in the order of the declaration.
    pub fn members(&self, locale: Locale) -> impl Iterator<Item = DeclaredMember<'_>> {
        self.members.iter().map(move |(number, member, value)| DeclaredMember {
            number: *number,
            label: member.label.of(locale),
            value,
            importance: member.importance,
        })
    }
}

impl Kind {
    fn read(&self, raw: &str) -> Result<DeclaredValue, DetailError> {
        let given = || parse_json::<String>(raw);
        Ok(match self {
            Self::Name => DeclaredValue::Text(text::name(&given()?)),
            Self::Identifier => DeclaredValue::Text(text::label(&given()?)),
            Self::Message => DeclaredValue::Text(text::message(&given()?)),
            Self::Amount => DeclaredValue::Amount(parse_json::<Amount>(raw)?.read()?),
            Self::Date => DeclaredValue::Date(Date::parse(&given()?)?),
            Self::Iban => DeclaredValue::Iban(Iban::parse(&given()?)?),
            Self::Bic => DeclaredValue::Bic(Bic::parse(&given()?)?),
            Self::Choice(values) => {
                let given = given()?;
                let known = values.iter().find(|(value, _)| *value == given);
                let (_, label) =
                    known.ok_or_else(|| DetailError::Malformed(format!("{given:?} is not one of the values")))?;
                DeclaredValue::Choice(Choice(label.clone()))
            }
        })
    }
}

/// An object as received: names and values in order, including duplicates.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Object)
    }
}
