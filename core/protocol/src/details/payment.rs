//! `payment_initiation`: a credit transfer, a standing order or a batch, with the members that RFC 9396 (section 2) shows and
//! the Berlin Group's NextGenPSD2 names (Implementation Guidelines, sections on single, future dated, bulk and periodic payments).

use serde::Deserialize;

use super::{Account, Amount, Bic, Date, DetailError, Iban, Money, Schedule, parse_json, schedule};
use crate::text::{self, Text};

pub(super) const TYPE: &str = "payment_initiation";

/// Most payments of one batch: as many payees as a person can be asked to read.
pub const MAX_PAYMENTS: usize = 20;

/// What `payment_initiation` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOrder {
    /// `debtorAccount.iban`: the account that pays.
    pub from: Option<Iban>,
    /// When.
    pub execution: Execution,
    /// What is paid, and to whom.
    pub payments: Payments,
}

/// When a payment is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Execution {
    /// Once it is approved.
    Now,
    /// `requestedExecutionDate`
    On(Date),
    /// `startDate` and `frequency`: a standing order.
    Repeated(Schedule),
}

/// One payment, or a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payments {
    /// One payment to one payee.
    One(Payment),
    /// `payments`: several payments in one order, never repeated.
    Batch(Vec<Payment>),
}

/// A payment to one payee.
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
                return Err(DetailError::Contradiction("a standing order has no requestedExecutionDate"));
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
                return Err(DetailError::Contradiction("a batch has its amounts and payees in payments"));
            }
            Some(_) if matches!(execution, Execution::Repeated(_)) => {
                return Err(DetailError::Contradiction("a batch is not repeated"));
            }
            Some(batch) if batch.is_empty() => return Err(DetailError::Contradiction("payments is empty")),
            Some(batch) if batch.len() > MAX_PAYMENTS => return Err(DetailError::TooManyPayments),
            Some(batch) => Payments::Batch(batch.into_iter().map(Entry::into_payment).collect::<Result<_, _>>()?),
        };
        let order = Self { from, execution, payments };
        order.totals()?;
        Ok(order)
    }

    /// Each payment, in order.
    #[must_use]
    pub fn payments(&self) -> &[Payment] {
        match &self.payments {
            Payments::One(payment) => std::slice::from_ref(payment),
            Payments::Batch(payments) => payments,
        }
    }

    /// What all payments come to, in each currency, in the order in which the currencies first appear.
    ///
    /// # Errors
    /// [`DetailError::Amount`], where a total is no amount.
    pub fn totals(&self) -> Result<Vec<Money>, DetailError> {
        let mut totals: Vec<Money> = Vec::new();
        for Payment { amount, .. } in self.payments() {
            match totals.iter_mut().find(|total| total.currency() == amount.currency()) {
                Some(total) => *total = total.plus(*amount)?,
                None => totals.push(*amount),
            }
        }
        Ok(totals)
    }
}

/// The JSON. An optional member is absent, never `null`; which members may stand together is checked above.
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
        let missing = |member: &str| DetailError::Malformed(format!("missing {member}"));
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
