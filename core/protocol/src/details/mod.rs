//! Typed `authorization_details` (RFC 9396): the exact content of an approval.
//!
//! A detail must match its type down to the last member. Otherwise the request can be denied but
//! not approved, because a member that was not drawn could change the meaning of the rest. The
//! crate knows two types. The bank can declare further types ([`DetailTypes`]).

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
pub use payment::{Execution, MAX_PAYMENTS, Payment, PaymentOrder, Payments, totals};
pub use schedule::{ExecutionRule, Frequency, Schedule};

use serde::Deserialize;
use thiserror::Error;

use crate::{
    jose::json,
    text::{self, Text},
};

/// An authorization detail of a type that can be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// `payment_initiation`: a payment now or later, a standing order, or a batch.
    Payment(PaymentOrder),
    /// `account_information`: a third party reads accounts.
    Accounts(AccountInformation),
    /// A type that the bank declared.
    Declared(DeclaredDetail),
}

/// The reason why a detail cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DetailError {
    /// The `type` is neither known nor declared.
    #[error("the authorization detail has the unknown type {0:?}: declare it or use a known type")]
    UnknownType(String),
    /// The JSON does not match the type: a member is unknown, missing or duplicate, or has another
    /// JSON type.
    #[error("the authorization detail is malformed: {0}")]
    Malformed(String),
    /// Members contradict each other.
    #[error("the authorization detail contradicts itself: {0}")]
    Contradiction(&'static str),
    /// The batch has more payments than a person can be expected to read.
    #[error("the batch has more than {MAX_PAYMENTS} payments: split it")]
    TooManyPayments,
    /// A value is not an amount, or the sum of the payments is too large.
    #[error("amount: {0}")]
    Amount(#[from] MoneyError),
    /// A value is not a date.
    #[error("date: {0}")]
    Date(#[from] DateError),
    /// A value is not an IBAN.
    #[error("account: {0}")]
    Account(#[from] IbanError),
    /// A value is not a BIC.
    #[error("bank: {0}")]
    Agent(#[from] BicError),
}

impl Detail {
    /// Parses a JSON object. `types` are the types that the bank declared.
    ///
    /// A text with a flaw is not an error. It carries its flaw ([`Text`]), so that a request with a
    /// hostile payee can be drawn and denied.
    ///
    /// # Errors
    /// [`DetailError`] with the first rule that the detail breaks.
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

/// Returns the type of a detail that cannot be parsed, as a text that is safe to draw.
#[must_use]
pub fn type_shown(raw: &str) -> Text {
    text::label(&type_of(raw).unwrap_or_default())
}

fn type_of(raw: &str) -> Result<String, DetailError> {
    /// The member that every type has. The second pass parses the whole type and rejects what this
    /// pass ignores.
    #[derive(Deserialize)]
    struct Head {
        r#type: String,
    }
    Ok(parse_json::<Head>(raw)?.r#type)
}

fn parse_json<T: serde::de::DeserializeOwned>(raw: &str) -> Result<T, DetailError> {
    json::from_str(raw).map_err(|error| DetailError::Malformed(error.to_string()))
}

/// An amount in JSON.
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

/// An account in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    iban: String,
}

#[cfg(test)]
mod tests;
