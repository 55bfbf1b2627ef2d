//! A document that declares one type with every kind of member.

/// The document, as JSON.
pub(crate) const DOCUMENT: &str = include_str!("../declared.json");
