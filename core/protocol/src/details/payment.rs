//! `payment_initiation`: a credit transfer, a standing order or a batch.
//!
//! The type has the members of RFC 9396 §2 and of the Berlin Group's NextGenPSD2 (Implementation
//! Guidelines, sections on single, future dated, bulk and periodic payments).

use serde::Deserialize;

use super::{Account, Amount, Bic, Date, DetailError, Iban, Money, Schedule, parse_json, schedule};
use crate::text::{self, Text};

pub(super) const TYPE: &str = "payment_initiation";

/// The maximum number of payments in a batch, which is as many payees as a person can be expected
/// to read.
pub const MAX_PAYMENTS: usize = 20;

/// The content of a `payment_initiation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOrder {
    /// `debtorAccount.iban`: the account that pays.
    pub from: Option<Iban>,
    /// The time of execution.
    pub execution: Execution,
    /// The payment or payments.
    pub payments: Payments,
}

/// The time of execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Execution {
    /// Immediately after the approval.
    Now,
    /// `requestedExecutionDate`: on this day.
    On(Date),
    /// `startDate` and `frequency`: a standing order.
    Repeated(Schedule),
}

/// One payment, or a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payments {
    /// One payment to one payee.
    One(Payment),
    /// `payments`: several payments in one order. A batch is never repeated.
    Batch(Vec<Payment>),
}

/// A payment to one payee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// `instructedAmount`: the amount.
    pub amount: Money,
    /// `creditorName`: the name of the payee.
    pub payee: Text,
    /// `creditorAccount.iban`: the account of the payee.
    pub account: Option<Iban>,
    /// `creditorAgent`: the bank of the payee.
    pub agent: Option<Bic>,
    /// `remittanceInformationUnstructured`: the text that the payee receives.
    pub reference: Option<Text>,
    /// `endToEndIdentification`: the reference that stays with the payment from end to end.
    pub end_to_end: Option<Text>,
}

impl PaymentOrder {
    pub(super) fn parse(raw: &str) -> Result<Self, DetailError> {
        let Wire {
            debtor_account,
            requested_execution_date,
            start_date,
            end_date,
            frequency,
            months_of_execution,
            day_of_execution,
            execution_rule,
            payments,
            instructed_amount,
            creditor_name,
            creditor_account,
            creditor_agent,
            remittance_information_unstructured,
            end_to_end_identification,
            ..
        } = parse_json(raw)?;
        let from = debtor_account.map(|account| Iban::parse(&account.iban)).transpose()?;
        let on = requested_execution_date.as_deref().map(Date::parse).transpose()?;
        let schedule = Schedule::read(schedule::Raw {
            start: start_date,
            end: end_date,
            frequency,
            months: months_of_execution,
            day: day_of_execution,
            rule: execution_rule,
        })?;
        let execution = match (on, schedule) {
            (None, None) => Execution::Now,
            (Some(date), None) => Execution::On(date),
            (None, Some(schedule)) => Execution::Repeated(schedule),
            (Some(_), Some(_)) => {
                return Err(DetailError::Contradiction("a standing order must not have requestedExecutionDate"));
            }
        };
        let one = Entry {
            instructed_amount,
            creditor_name,
            creditor_account,
            creditor_agent,
            remittance_information_unstructured,
            end_to_end_identification,
        };
        let payments = match payments {
            None => Payments::One(one.into_payment()?),
            Some(_) if !one.is_empty() => {
                return Err(DetailError::Contradiction("a batch must have its amounts and payees in payments only"));
            }
            Some(_) if matches!(execution, Execution::Repeated(_)) => {
                return Err(DetailError::Contradiction("a batch cannot be repeated"));
            }
            Some(batch) if batch.is_empty() => return Err(DetailError::Contradiction("payments is empty")),
            Some(batch) if batch.len() > MAX_PAYMENTS => return Err(DetailError::TooManyPayments),
            Some(batch) => Payments::Batch(batch.into_iter().map(Entry::into_payment).collect::<Result<_, _>>()?),
        };
        let order = Self { from, execution, payments };
        order.totals()?;
        Ok(order)
    }

    /// Returns the payments in order.
    #[must_use]
    pub fn payments(&self) -> &[Payment] {
        match &self.payments {
            Payments::One(payment) => std::slice::from_ref(payment),
            Payments::Batch(payments) => payments,
        }
    }

    /// Returns the total of each currency, in the order in which the currencies first occur.
    ///
    /// # Errors
    /// [`DetailError::Amount`] if a total is too large.
    pub fn totals(&self) -> Result<Vec<Money>, DetailError> {
        totals(self.payments())
    }
}

/// Returns the sums of payments, one for each currency, in the order of the first payment in it.
///
/// # Errors
/// [`DetailError::Amount`] if a sum is too large.
pub fn totals<'a>(payments: impl IntoIterator<Item = &'a Payment>) -> Result<Vec<Money>, DetailError> {
    let mut totals: Vec<Money> = Vec::new();
    for Payment { amount, .. } in payments {
        match totals.iter_mut().find(|total| total.currency() == amount.currency()) {
            Some(total) => *total = total.plus(*amount)?,
            None => totals.push(*amount),
        }
    }
    Ok(totals)
}

/// The JSON form. An optional member is absent, never `null`. The code above checks the combination
/// of members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "type")]
    _type: String,
    debtor_account: Option<Account>,
    requested_execution_date: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    frequency: Option<String>,
    months_of_execution: Option<Vec<String>>,
    day_of_execution: Option<String>,
    execution_rule: Option<String>,
    payments: Option<Vec<Entry>>,
    instructed_amount: Option<Amount>,
    creditor_name: Option<String>,
    creditor_account: Option<Account>,
    creditor_agent: Option<String>,
    remittance_information_unstructured: Option<String>,
    end_to_end_identification: Option<String>,
}

/// The members of one payment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Entry {
    instructed_amount: Option<Amount>,
    creditor_name: Option<String>,
    creditor_account: Option<Account>,
    creditor_agent: Option<String>,
    remittance_information_unstructured: Option<String>,
    end_to_end_identification: Option<String>,
}

impl Entry {
    const fn is_empty(&self) -> bool {
        matches!(
            self,
            Self {
                instructed_amount: None,
                creditor_name: None,
                creditor_account: None,
                creditor_agent: None,
                remittance_information_unstructured: None,
                end_to_end_identification: None,
            }
        )
    }

    fn into_payment(self) -> Result<Payment, DetailError> {
        let missing = |member: &str| DetailError::Malformed(format!("{member} is missing"));
        let payee = self.creditor_name.ok_or_else(|| missing("creditorName"))?;
        Ok(Payment {
            amount: self.instructed_amount.ok_or_else(|| missing("instructedAmount"))?.read()?,
            payee: text::name(&payee),
            account: self.creditor_account.map(|account| Iban::parse(&account.iban)).transpose()?,
            agent: self.creditor_agent.as_deref().map(Bic::parse).transpose()?,
            reference: self.remittance_information_unstructured.as_deref().map(text::message),
            end_to_end: self.end_to_end_identification.as_deref().map(text::label),
        })
    }
}
