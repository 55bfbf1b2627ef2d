//! Business identifier codes (ISO 9362).

use thiserror::Error;

/// A BIC of 8 or 11 characters. Its form is checked. The crate has no list of institutions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bic(String);

/// A text that is not a BIC.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a BIC: use 8 or 11 capital letters and digits, with the country in characters 5 and 6")]
pub struct BicError;

impl Bic {
    /// Checks the form that ISO 20022 requires: `[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?`.
    ///
    /// # Errors
    /// [`BicError`]
    pub fn parse(raw: &str) -> Result<Self, BicError> {
        let shaped = matches!(raw.len(), 8 | 11)
            && raw.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && raw.bytes().skip(4).take(2).all(|b| b.is_ascii_uppercase());
        if shaped { Ok(Self(raw.to_owned())) } else { Err(BicError) }
    }

    /// Returns the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bic_with_another_form_is_rejected() {
        for good in ["DEUTDEFF", "DEUTDEFF500", "NEDSZAJJXXX", "1234GB2L"] {
            assert_eq!(Bic::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "DEUTDEF",
            "DEUTDEFF5",
            "DEUTDEFF50",
            "deutdeff",
            "DEUT12FF",
            "DEUTDEFF5000",
            "DEUT DEFF",
            "DEUTDEF\u{00C4}",
        ] {
            assert_eq!(Bic::parse(bad), Err(BicError), "{bad:?}");
        }
    }
}
