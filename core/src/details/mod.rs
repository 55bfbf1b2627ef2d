//! Typed `authorization_details` (RFC 9396): what exactly is being approved.
//!
//! A detail that this crate does not know to the last member is an error, and an error makes the request not approvable
//! (it can still be denied): a member that nobody drew could change what the rest means.

mod bic;
mod currency;
mod iban;
mod money;
mod payment;

pub use bic::{Bic, BicError};
pub use currency::Currency;
pub use iban::{Iban, IbanError};
pub use money::{Money, MoneyError};
pub use payment::Payment;

use serde::Deserialize;
use thiserror::Error;

use crate::{
    jose::json,
    text::{self, Text},
};

/// One authorization detail of a type that can be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// `payment_initiation`: one credit transfer.
    Payment(Payment),
}

/// Why a detail cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DetailError {
    /// A `type` without a renderer.
    #[error("authorization detail of unknown type {0:?}")]
    UnknownType(String),
    /// Not the JSON object that its type asks for: an unknown, missing or duplicate member, or one of another JSON type.
    #[error("malformed authorization detail: {0}")]
    Malformed(String),
    /// `instructedAmount` is not an amount.
    #[error("instructedAmount: {0}")]
    Amount(#[from] MoneyError),
    /// `creditorAccount.iban` is not an IBAN.
    #[error("creditorAccount: {0}")]
    Account(#[from] IbanError),
    /// `creditorAgent` is not a BIC.
    #[error("creditorAgent: {0}")]
    Agent(#[from] BicError),
}

impl Detail {
    /// Parses the JSON object `raw`.
    ///
    /// Texts inside are not judged here: a [`Text`] carries its flaw, so that a hostile payee can be drawn and denied.
    ///
    /// # Errors
    /// [`DetailError`], where anything at all is not as its type says.
    pub fn parse(raw: &str) -> Result<Self, DetailError> {
        match type_of(raw)?.as_str() {
            payment::TYPE => Payment::parse(raw).map(Self::Payment),
            other => Err(DetailError::UnknownType(other.to_owned())),
        }
    }

    /// Every text of the detail that someone else wrote.
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        match self {
            Self::Payment(payment) => payment.texts(),
        }
    }
}

/// What can be said of a detail that did not parse: its type, made safe to draw.
#[must_use]
pub fn type_shown(raw: &str) -> Text {
    text::label(&type_of(raw).unwrap_or_default())
}

fn type_of(raw: &str) -> Result<String, DetailError> {
    /// The one member that every type has. The second pass, over the whole type, refuses what this one ignores.
    #[derive(Deserialize)]
    struct Head {
        r#type: String,
    }
    Ok(parse_json::<Head>(raw)?.r#type)
}

fn parse_json<T: serde::de::DeserializeOwned>(raw: &str) -> Result<T, DetailError> {
    json::from_str(raw).map_err(|error| DetailError::Malformed(error.to_string()))
}

#[cfg(test)]
mod tests;
