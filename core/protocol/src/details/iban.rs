//! International bank account numbers (ISO 13616).

use std::fmt;

use thiserror::Error;

/// A checked IBAN in its electronic form: capital letters and digits without spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iban(String);

/// The reason why a text is not an IBAN.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IbanError {
    /// The text is not two capital letters, two digits, then capital letters and digits, or it has
    /// spaces.
    #[error("not an IBAN: use two capital letters, two digits, then capital letters and digits, without spaces")]
    Shape,
    /// The country issues no IBANs.
    #[error("the country {0} issues no IBANs: check the first two letters")]
    UnknownCountry(String),
    /// The length differs from the one that the country uses.
    #[error("the IBAN has the wrong length: {country} uses {expected} characters")]
    Length {
        /// The ISO 3166 code.
        country: &'static str,
        /// The length of an IBAN of that country in characters.
        expected: u8,
    },
    /// The check digits are wrong, so at least one character is wrong.
    #[error("the check digits of the IBAN are wrong: check the number")]
    CheckDigits,
}

impl IbanError {
    /// Returns a stable code in snake case.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::UnknownCountry(_) => "unknown_country",
            Self::Length { .. } => "length",
            Self::CheckDigits => "check_digits",
        }
    }
}

impl Iban {
    /// Checks form, country, length and check digits.
    ///
    /// # Errors
    /// [`IbanError`]
    pub fn parse(raw: &str) -> Result<Self, IbanError> {
        let (country, rest) = raw.split_at_checked(2).ok_or(IbanError::Shape)?;
        let (check, account) = rest.split_at_checked(2).ok_or(IbanError::Shape)?;
        let shaped = country.bytes().all(|b| b.is_ascii_uppercase())
            && check.bytes().all(|b| b.is_ascii_digit())
            && !account.is_empty()
            && account.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        if !shaped {
            return Err(IbanError::Shape);
        }
        let &(country, expected) = LENGTHS
            .iter()
            .find(|(known, _)| *known == country)
            .ok_or_else(|| IbanError::UnknownCountry(country.to_owned()))?;
        if raw.len() != usize::from(expected) {
            return Err(IbanError::Length { country, expected });
        }
        // ISO 7064 generates check digits from 02 to 98. 00, 01 and 99 are other forms of the same
        // remainders.
        if matches!(check, "00" | "01" | "99") || remainder(account, country, check) != Some(1) {
            return Err(IbanError::CheckDigits);
        }
        Ok(Self(raw.to_owned()))
    }

    /// Returns the electronic form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the printed form: groups of four characters, separated by spaces.
    #[must_use]
    pub fn grouped(&self) -> String {
        let mut out = String::new();
        for (at, c) in self.0.chars().enumerate() {
            if at > 0 && at.is_multiple_of(4) {
                out.push(' ');
            }
            out.push(c);
        }
        out
    }
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Computes ISO 7064 MOD 97-10 over the account, the country and the check digits. A letter counts
/// as two digits (A = 10).
fn remainder(account: &str, country: &str, check: &str) -> Option<u32> {
    account.chars().chain(country.chars()).chain(check.chars()).try_fold(0, |sum, c| {
        let value = c.to_digit(36)?;
        Some((sum * if value < 10 { 10 } else { 100 } + value) % 97)
    })
}

/// The length of an IBAN in characters, by country (SWIFT IBAN registry, release 101).
const LENGTHS: [(&str, u8); 89] = [
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Published example IBANs.
    const GOOD: [&str; 8] = [
        "DE02100100109307118603",
        "DE89370400440532013000",
        "GB29NWBK60161331926819",
        "FR1420041010050500013M02606",
        "ES9121000418450200051332",
        "NL91ABNA0417164300",
        "NO9386011117947",
        "BE68539007547034",
    ];

    #[test]
    fn example_ibans_are_accepted_and_grouped() {
        for raw in GOOD {
            assert_eq!(Iban::parse(raw).unwrap().as_str(), raw);
        }
        assert_eq!(Iban::parse(GOOD[0]).unwrap().grouped(), "DE02 1001 0010 9307 1186 03");
    }

    #[test]
    fn each_error_has_its_own_code() {
        for (raw, code) in [
            ("DE", "shape"),
            ("XX0210010010930711860", "unknown_country"),
            ("DE021001001093071186", "length"),
            ("DE03100100109307118603", "check_digits"),
        ] {
            assert_eq!(Iban::parse(raw).unwrap_err().code(), code, "{raw}");
        }
    }

    #[test]
    fn malformed_iban_has_its_own_error() {
        let german = IbanError::Length { country: "DE", expected: 22 };
        for (raw, error) in [
            ("", IbanError::Shape),
            ("DE", IbanError::Shape),
            ("DE02", IbanError::Shape),
            ("de02100100109307118603", IbanError::Shape),
            ("DE02 1001 0010 9307 1186 03", IbanError::Shape),
            ("DE0210010010930711860\u{0663}", IbanError::Shape),
            ("ÄE02100100109307118603", IbanError::Shape),
            ("D\u{0415}02100100109307118603", IbanError::Shape),
            ("DEO2100100109307118603", IbanError::Shape),
            ("US02100100109307118603", IbanError::UnknownCountry("US".into())),
            ("DE0210010010930711860", german.clone()),
            ("DE021001001093071186033", german),
            ("DE02100100109307118604", IbanError::CheckDigits),
            ("DE20100100109307118603", IbanError::CheckDigits),
        ] {
            assert_eq!(Iban::parse(raw), Err(error), "{raw:?}");
        }
    }

    #[test]
    fn impossible_iban_check_digits_are_rejected() {
        for check in ["00", "01", "99"] {
            for account in 0..97 {
                let raw = format!("NO{check}{account:011}");
                assert_eq!(Iban::parse(&raw), Err(IbanError::CheckDigits), "{raw}");
            }
        }
    }

    #[test]
    fn iban_countries_are_unique_and_sorted() {
        assert!(LENGTHS.is_sorted_by(|a, b| a.0 < b.0));
    }

    proptest! {
        #[test]
        fn iban_with_one_wrong_digit_is_rejected(
            raw in prop::sample::select(GOOD.to_vec()),
            at in 2usize..27,
            digit in b'0'..=b'9',
        ) {
            let mut bytes = raw.as_bytes().to_vec();
            if let Some(old) = bytes.get_mut(at).filter(|old| old.is_ascii_digit() && **old != digit) {
                *old = digit;
                let changed = String::from_utf8(bytes).unwrap();
                prop_assert_eq!(Iban::parse(&changed), Err(IbanError::CheckDigits));
            }
        }

        #[test]
        fn iban_with_swapped_characters_is_rejected(raw in prop::sample::select(GOOD.to_vec()), at in 4usize..26) {
            let mut bytes = raw.as_bytes().to_vec();
            if at + 1 < bytes.len() && bytes[at] != bytes[at + 1] {
                bytes.swap(at, at + 1);
                let changed = String::from_utf8(bytes).unwrap();
                prop_assert_eq!(Iban::parse(&changed), Err(IbanError::CheckDigits));
            }
        }

        #[test]
        fn iban_parse_never_panics(raw in "\\PC{0,40}") {
            let _ = Iban::parse(&raw);
        }
    }
}
