//! Typed `authorization_details` (RFC 9396): what exactly is being approved.
//!
//! A detail that this crate does not know to the last member is an error, and an error makes the request not approvable
//! (it can still be denied): a member that nobody drew could change what the rest means. Known are two types, and those that
//! the bank declares ([`DetailTypes`]).

mod account;
mod bic;
mod currency;
mod declared;
mod iban;
mod money;
mod payment;
mod schedule;

pub use crate::date::{Date, DateError};
pub use account::{AccountInformation, Grant, Reading, Usage};
pub use bic::{Bic, BicError};
pub use currency::Currency;
pub use declared::{Choice, DeclaredDetail, DeclaredMember, DeclaredValue, DetailTypes, DetailTypesError, Importance};
pub use iban::{Iban, IbanError};
pub use money::{Money, MoneyError};
pub use payment::{Execution, MAX_PAYMENTS, Payment, PaymentOrder, Payments};
pub use schedule::{ExecutionRule, Frequency, Schedule};

use serde::Deserialize;
use thiserror::Error;

use crate::{
    jose::json,
    text::{self, Text},
};

/// One authorization detail of a type that can be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// `payment_initiation`: a payment now or later, a standing order, a batch.
    Payment(PaymentOrder),
    /// `account_information`: a third party reads accounts.
    Accounts(AccountInformation),
    /// A type that the bank declared.
    Declared(DeclaredDetail),
}

/// Why a detail cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DetailError {
    /// A `type` that is neither known nor declared.
    #[error("authorization detail of unknown type {0:?}")]
    UnknownType(String),
    /// Not the JSON object that its type asks for: an unknown, missing or duplicate member, or one of another JSON type.
    #[error("malformed authorization detail: {0}")]
    Malformed(String),
    /// Members that cannot stand together.
    #[error("the authorization detail contradicts itself: {0}")]
    Contradiction(&'static str),
    /// A batch of more payments than a person can be asked to read.
    #[error("a batch has at most {MAX_PAYMENTS} payments")]
    TooManyPayments,
    /// Something is no amount, or the payments together are none.
    #[error("amount: {0}")]
    Amount(#[from] MoneyError),
    /// Something is no day.
    #[error("date: {0}")]
    Date(#[from] DateError),
    /// Something is no IBAN.
    #[error("account: {0}")]
    Account(#[from] IbanError),
    /// Something is no BIC.
    #[error("bank: {0}")]
    Agent(#[from] BicError),
}

impl Detail {
    /// Parses the JSON object `raw`, which may be of a type in `types`.
    ///
    /// Texts inside are not judged here: a [`Text`] carries its flaw, so that a hostile payee can be drawn and denied.
    ///
    /// # Errors
    /// [`DetailError`], where anything at all is not as its type says.
    pub fn parse(raw: &str, types: &DetailTypes) -> Result<Self, DetailError> {
        match type_of(raw)?.as_str() {
            payment::TYPE => PaymentOrder::parse(raw).map(Self::Payment),
            account::TYPE => AccountInformation::parse(raw).map(Self::Accounts),
            other => match types.find(other) {
                Some(declared) => DeclaredDetail::parse(raw, declared).map(Self::Declared),
                None => Err(DetailError::UnknownType(other.to_owned())),
            },
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

/// An amount as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    currency: String,
    amount: String,
}

impl Amount {
    fn read(&self) -> Result<Money, MoneyError> {
        Money::parse(&self.amount, &self.currency)
    }
}

/// An account as JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    iban: String,
}

#[cfg(test)]
mod tests;
