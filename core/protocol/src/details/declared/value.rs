//! A detail of a declared type.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{DeclaredType, Importance, Kind, Member, Words};
use crate::{
    details::{Amount, Bic, Date, DetailError, Iban, Money, parse_json},
    message::claims::Locale,
    text::{self, Text},
};

/// A detail of a type that the bank declared, every member of it known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredDetail {
    title: Words,
    members: Vec<(u16, Member, DeclaredValue)>,
}

/// What a member holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredValue {
    /// Something that somebody else wrote.
    Text(Text),
    /// An amount.
    Amount(Money),
    /// A day.
    Date(Date),
    /// An account.
    Iban(Iban),
    /// A bank.
    Bic(Bic),
    /// One of the declared values: which, by its wording.
    Choice(Choice),
}

/// A value that was declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice(Words);

impl Choice {
    /// Its wording.
    #[must_use]
    pub fn label(&self, locale: Locale) -> &str {
        self.0.of(locale)
    }
}

/// One member of a detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredMember<'a> {
    /// Its place in the declaration, from 1.
    pub number: u16,
    /// What stands before it.
    pub label: &'a str,
    /// What it holds.
    pub value: &'a DeclaredValue,
    /// How much it matters.
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
                None if member.required => return Err(DetailError::Malformed(format!("missing {}", member.name))),
                None => {}
            }
        }
        // What is left is `type`, or a member that nobody drew, or one that came twice.
        match given.as_slice() {
            [(name, _)] if name == "type" => Ok(Self { title: declared.title.clone(), members }),
            _ => Err(DetailError::Malformed("an unknown or duplicate member".to_owned())),
        }
    }

    /// What the type is called.
    #[must_use]
    pub fn title(&self, locale: Locale) -> &str {
        self.title.of(locale)
    }

    /// The members that are there, in the order of the declaration.
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
                    known.ok_or_else(|| DetailError::Malformed(format!("{given:?} is none of the values")))?;
                DeclaredValue::Choice(Choice(label.clone()))
            }
        })
    }
}

/// An object as it came: names and values in order, duplicates too.
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
