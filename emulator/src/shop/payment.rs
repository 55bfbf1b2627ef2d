//! A payment on the command line and as RFC 9396 authorization details.

use std::str::FromStr;

use serde_json::{Value, json};

/// A payment, written as `42.50 EUR to ACME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Payment {
    pub(crate) amount: String,
    pub(crate) currency: String,
    pub(crate) payee: String,
}

/// The text is not a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a payment like \"42.50 EUR to ACME\"")]
pub(crate) struct NotAPayment;

impl FromStr for Payment {
    type Err = NotAPayment;

    fn from_str(text: &str) -> Result<Self, NotAPayment> {
        let (sum, payee) = text.split_once(" to ").ok_or(NotAPayment)?;
        let (amount, currency) = sum.trim().split_once(' ').ok_or(NotAPayment)?;
        let (currency, payee) = (currency.trim(), payee.trim());
        let is_amount = amount.split('.').count() <= 2
            && amount.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        let is_currency = currency.len() == 3 && currency.bytes().all(|b| b.is_ascii_uppercase());
        if !is_amount || !is_currency || payee.is_empty() {
            return Err(NotAPayment);
        }
        Ok(Self { amount: amount.into(), currency: currency.into(), payee: payee.into() })
    }
}

/// Returns `authorization_details` for one payment to the demo's account.
pub(crate) fn details_of(payment: &Payment, reference: &str) -> Value {
    json!([{
        "type": "payment_initiation",
        "instructedAmount": { "currency": payment.currency, "amount": payment.amount },
        "creditorName": payment.payee,
        "creditorAccount": { "iban": "DE02100100109307118603" },
        "remittanceInformationUnstructured": reference,
    }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payment_text_is_parsed() {
        let payment: Payment = "42.50 EUR to ACME Stationery".parse().unwrap();
        assert_eq!((&*payment.amount, &*payment.currency, &*payment.payee), ("42.50", "EUR", "ACME Stationery"));
        for bad in
            ["", "42.50 EUR", "42,50 EUR to A", "EUR 42.50 to A", "42.50 eur to A", "4.2.1 EUR to A", "1 EUR to "]
        {
            assert_eq!(bad.parse::<Payment>(), Err(NotAPayment), "{bad}");
        }
    }
}
