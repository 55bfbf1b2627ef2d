//! Business identifier codes (ISO 9362).

use thiserror::Error;

/// A BIC of the right shape, 8 or 11 characters. That the institution exists is not checked: no list is shipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bic(String);

/// A string that is no BIC.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a BIC is 8 or 11 capitals and digits, characters 5 and 6 being the country")]
pub struct BicError;

impl Bic {
    /// Checks the shape that ISO 20022 gives a BIC: `[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?`.
    ///
    /// # Errors
    /// [`BicError`]
    pub fn parse(raw: &str) -> Result<Self, BicError> {
        let shaped = matches!(raw.len(), 8 | 11)
            && raw.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            && raw.bytes().skip(4).take(2).all(|b| b.is_ascii_uppercase());
        if shaped { Ok(Self(raw.to_owned())) } else { Err(BicError) }
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_shape_of_a_bic_passes() {
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
