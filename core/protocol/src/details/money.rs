//! Amounts as decimal strings, without floats.

use thiserror::Error;

use super::currency::Currency;
use crate::message::claims::Locale;

/// The maximum number of digits of an amount (ISO 20022, ActiveCurrencyAndAmount).
const MAX_DIGITS: usize = 18;
/// The largest amount in minor units with that many digits.
const MAX_MINOR_UNITS: u64 = 999_999_999_999_999_999;

/// An amount of money greater than zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    currency: Currency,
    /// The amount in minor units: cents for EUR, yen for JPY.
    minor: u64,
}

/// The reason why a pair of texts is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// The code is not an active ISO 4217 code with minor units.
    #[error("unknown currency {0:?}: use an active ISO 4217 code in capital letters")]
    UnknownCurrency(String),
    /// The text has characters other than digits and one point: a sign, an exponent, a comma, a
    /// space, or digits that are not ASCII.
    #[error("not an amount: use ASCII digits with at most one point between them")]
    Shape,
    /// The text has a zero before another digit.
    #[error("the amount has a leading zero: remove it")]
    LeadingZero,
    /// The number of digits after the point differs from the minor units of the currency.
    #[error("the amount has the wrong number of digits after the point: {currency} has {expected}")]
    MinorUnits {
        /// The currency.
        currency: &'static str,
        /// The minor units of the currency.
        expected: u8,
    },
    /// The amount has more than 18 digits.
    #[error("the amount has more than 18 digits")]
    TooLong,
    /// The amount is zero.
    #[error("the amount is zero: use a larger one")]
    Zero,
}

impl MoneyError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownCurrency(_) => "unknown_currency",
            Self::Shape => "shape",
            Self::LeadingZero => "leading_zero",
            Self::MinorUnits { .. } => "minor_units",
            Self::TooLong => "too_long",
            Self::Zero => "zero",
        }
    }
}

impl Money {
    /// Parses an amount: digits without a leading zero, optionally followed by a point and exactly
    /// the minor units of `currency`.
    ///
    /// `42.50` and `42` EUR are amounts. `42.5`, `042.50`, `.50`, `42.`, `-1`, `4.2e1` and `0.00`
    /// are not.
    ///
    /// # Errors
    /// [`MoneyError`]
    pub fn parse(amount: &str, currency: &str) -> Result<Self, MoneyError> {
        let currency = Currency::from_code(currency).ok_or_else(|| MoneyError::UnknownCurrency(currency.to_owned()))?;
        let expected = currency.minor_units();
        let (whole, fraction) = match amount.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (amount, None),
        };
        if !is_digits(whole) || !fraction.is_none_or(is_digits) {
            return Err(MoneyError::Shape);
        }
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(MoneyError::LeadingZero);
        }
        if fraction.is_some_and(|digits| digits.len() != usize::from(expected)) {
            return Err(MoneyError::MinorUnits { currency: currency.code(), expected });
        }
        if whole.len() + usize::from(expected) > MAX_DIGITS {
            return Err(MoneyError::TooLong);
        }
        let digits = match fraction {
            Some(fraction) => format!("{whole}{fraction}"),
            None => format!("{whole}{}", "0".repeat(usize::from(expected))),
        };
        match digits.parse() {
            Ok(0) => Err(MoneyError::Zero),
            Ok(minor) => Ok(Self { currency, minor }),
            Err(_) => Err(MoneyError::TooLong),
        }
    }

    /// Returns the currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Returns the amount in minor units.
    #[must_use]
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// Adds an amount of the same currency.
    ///
    /// # Errors
    /// [`MoneyError::TooLong`]
    pub(super) fn plus(self, other: Self) -> Result<Self, MoneyError> {
        let sum = self.minor.checked_add(other.minor).filter(|sum| *sum <= MAX_MINOR_UNITS);
        sum.map(|minor| Self { minor, ..self }).ok_or(MoneyError::TooLong)
    }

    /// Returns the decimal string with all minor units: `42.50`, `5000`. Decisions contain this
    /// form.
    #[must_use]
    pub fn amount(&self) -> String {
        let (whole, fraction) = self.parts();
        if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
    }

    /// Writes the amount and its currency code in a language: `1,234.50 EUR`, `1.234,50 EUR`.
    ///
    /// The code always follows the amount. Symbols are not used, because `$` and `kr` stand for
    /// several currencies.
    #[must_use]
    pub fn format(&self, locale: Locale) -> String {
        let style = Style::of(locale);
        let (whole, fraction) = self.parts();
        let whole = style.grouped(&whole);
        let code = self.currency.code();
        if fraction.is_empty() { format!("{whole} {code}") } else { format!("{whole}{}{fraction} {code}", style.point) }
    }

    /// Returns the digits before and after the point.
    fn parts(&self) -> (String, String) {
        let minor_units = usize::from(self.currency.minor_units());
        let digits = format!("{:0>width$}", self.minor, width = minor_units + 1);
        let (whole, fraction) = digits.split_at(digits.len() - minor_units);
        (whole.to_owned(), fraction.to_owned())
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The number format of a language (Unicode CLDR).
struct Style {
    point: char,
    group: char,
    /// The minimum number of digits before the point that are grouped.
    grouped_from: usize,
}

impl Style {
    fn of(locale: Locale) -> Self {
        match locale {
            Locale::En | Locale::Ja => Self { point: '.', group: ',', grouped_from: 4 },
            Locale::De => Self { point: ',', group: '.', grouped_from: 4 },
            // NARROW NO-BREAK SPACE prevents a line break within a number.
            Locale::Fr => Self { point: ',', group: '\u{202F}', grouped_from: 4 },
            Locale::Es => Self { point: ',', group: '.', grouped_from: 5 },
        }
    }

    fn grouped(&self, whole: &str) -> String {
        if whole.len() < self.grouped_from {
            return whole.to_owned();
        }
        let mut out = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                out.push(self.group);
            }
            out.push(digit);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money::parse(amount, currency).unwrap()
    }

    #[test]
    fn amount_is_parsed_to_minor_units() {
        for (amount, currency, minor, canonical) in [
            ("42.50", "EUR", 4250, "42.50"),
            ("42", "EUR", 4200, "42.00"),
            ("0.01", "EUR", 1, "0.01"),
            ("5000", "JPY", 5000, "5000"),
            ("1.234", "BHD", 1234, "1.234"),
            ("0.0001", "CLF", 1, "0.0001"),
            ("9999999999999999.99", "USD", 999_999_999_999_999_999, "9999999999999999.99"),
        ] {
            let money = money(amount, currency);
            assert_eq!((money.minor(), money.amount()), (minor, canonical.to_owned()), "{amount} {currency}");
        }
    }

    #[test]
    fn malformed_amount_has_its_own_error() {
        let eur = MoneyError::MinorUnits { currency: "EUR", expected: 2 };
        for (amount, currency, error) in [
            ("", "EUR", MoneyError::Shape),
            ("-1.00", "EUR", MoneyError::Shape),
            ("+1.00", "EUR", MoneyError::Shape),
            ("1e3", "EUR", MoneyError::Shape),
            ("1,00", "EUR", MoneyError::Shape),
            ("1 000.00", "EUR", MoneyError::Shape),
            (" 1.00", "EUR", MoneyError::Shape),
            ("1.", "EUR", MoneyError::Shape),
            (".50", "EUR", MoneyError::Shape),
            ("1.0.0", "EUR", MoneyError::Shape),
            ("４２.50", "EUR", MoneyError::Shape),
            ("4\u{200B}2.50", "EUR", MoneyError::Shape),
            ("\u{202E}42.50", "EUR", MoneyError::Shape),
            ("0x10", "EUR", MoneyError::Shape),
            ("NaN", "EUR", MoneyError::Shape),
            ("042.50", "EUR", MoneyError::LeadingZero),
            ("00.50", "EUR", MoneyError::LeadingZero),
            ("42.5", "EUR", eur.clone()),
            ("42.500", "EUR", eur),
            ("42.0", "JPY", MoneyError::MinorUnits { currency: "JPY", expected: 0 }),
            ("1.23", "BHD", MoneyError::MinorUnits { currency: "BHD", expected: 3 }),
            ("0.00", "EUR", MoneyError::Zero),
            ("0", "JPY", MoneyError::Zero),
            ("10000000000000000.00", "EUR", MoneyError::TooLong),
            ("1000000000000000000", "JPY", MoneyError::TooLong),
            ("1.00", "eur", MoneyError::UnknownCurrency("eur".into())),
            ("1.00", "XXX", MoneyError::UnknownCurrency("XXX".into())),
        ] {
            assert_eq!(Money::parse(amount, currency), Err(error), "{amount:?} {currency}");
        }
    }

    #[test]
    fn each_error_has_its_own_code() {
        let errors = [("0.00", "zero"), ("42.5", "minor_units"), ("01.00", "leading_zero"), ("1,00", "shape")];
        for (amount, code) in errors {
            assert_eq!(Money::parse(amount, "EUR").unwrap_err().code(), code, "{amount}");
        }
        assert_eq!(Money::parse("10000000000000000.00", "EUR").unwrap_err().code(), "too_long");
        assert_eq!(Money::parse("1.00", "XXX").unwrap_err().code(), "unknown_currency");
    }

    #[test]
    fn amount_is_written_per_locale() {
        for (locale, long, short) in [
            (Locale::En, "1,234,567.50 EUR", "1,234.50 EUR"),
            (Locale::De, "1.234.567,50 EUR", "1.234,50 EUR"),
            (Locale::Fr, "1\u{202F}234\u{202F}567,50 EUR", "1\u{202F}234,50 EUR"),
            (Locale::Es, "1.234.567,50 EUR", "1234,50 EUR"),
            (Locale::Ja, "1,234,567.50 EUR", "1,234.50 EUR"),
        ] {
            assert_eq!(money("1234567.50", "EUR").format(locale), long);
            assert_eq!(money("1234.50", "EUR").format(locale), short);
        }
        assert_eq!(money("42.50", "EUR").format(Locale::En), "42.50 EUR");
        assert_eq!(money("5000", "JPY").format(Locale::Ja), "5,000 JPY");
    }

    proptest! {
        #[test]
        fn amount_round_trips(
            minor in 1u64..=999_999_999_999_999_999,
            code in prop::sample::select(vec!["EUR", "JPY", "BHD", "CLF"]),
        ) {
            let currency = Currency::from_code(code).unwrap();
            let first = Money { currency, minor };
            prop_assert_eq!(Money::parse(&first.amount(), code), Ok(first));
        }

        #[test]
        fn amount_format_keeps_every_digit(minor in 1u64..=999_999_999_999_999_999) {
            let money = Money { currency: Currency::from_code("EUR").unwrap(), minor };
            for locale in [Locale::En, Locale::De, Locale::Fr, Locale::Es, Locale::Ja] {
                let digits: String = money.format(locale).chars().filter(char::is_ascii_digit).collect();
                prop_assert_eq!(digits.parse::<u64>().unwrap(), minor);
            }
        }

        #[test]
        fn parsed_amount_is_written_in_canonical_form(amount in "[0-9.]{1,20}") {
            if let Ok(money) = Money::parse(&amount, "EUR") {
                let written = money.amount();
                prop_assert!(written == amount || written.strip_suffix(".00") == Some(&amount));
            }
        }
    }
}
