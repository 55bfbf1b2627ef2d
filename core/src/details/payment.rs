//! `payment_initiation`: one credit transfer, with the members that RFC 9396 (section 2) shows and the Berlin Group's
//! NextGenPSD2 names.

use serde::Deserialize;

use super::{Bic, DetailError, Iban, Money, parse_json};
use crate::text::{self, Text};

pub(super) const TYPE: &str = "payment_initiation";

/// A single payment to one payee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// `instructedAmount`
    pub amount: Money,
    /// `creditorName`
    pub payee: Text,
    /// `creditorAccount.iban`
    pub account: Option<Iban>,
    /// `creditorAgent`: the payee's bank.
    pub agent: Option<Bic>,
    /// `remittanceInformationUnstructured`: what the payee will read.
    pub reference: Option<Text>,
    /// `endToEndIdentification`
    pub end_to_end: Option<Text>,
}

impl Payment {
    pub(super) fn parse(raw: &str) -> Result<Self, DetailError> {
        let wire: Wire = parse_json(raw)?;
        let Amount { amount, currency } = wire.instructed_amount;
        Ok(Self {
            amount: Money::parse(&amount, &currency)?,
            payee: text::name(&wire.creditor_name),
            account: wire.creditor_account.map(|account| Iban::parse(&account.iban)).transpose()?,
            agent: wire.creditor_agent.map(|agent| Bic::parse(&agent)).transpose()?,
            reference: wire.remittance_information_unstructured.as_deref().map(text::message),
            end_to_end: wire.end_to_end_identification.as_deref().map(text::label),
        })
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &Text> {
        [Some(&self.payee), self.reference.as_ref(), self.end_to_end.as_ref()].into_iter().flatten()
    }
}

/// The JSON. An optional member is absent, never `null`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "type")]
    _type: String,
    instructed_amount: Amount,
    creditor_name: String,
    #[serde(default, deserialize_with = "present")]
    creditor_account: Option<Account>,
    #[serde(default, deserialize_with = "present")]
    creditor_agent: Option<String>,
    #[serde(default, deserialize_with = "present")]
    remittance_information_unstructured: Option<String>,
    #[serde(default, deserialize_with = "present")]
    end_to_end_identification: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Amount {
    currency: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    iban: String,
}

fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
