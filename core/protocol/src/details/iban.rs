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
        expected: usize,
    },
    /// The account number has a letter where the country uses digits only, or a digit where it uses
    /// letters only.
    #[error("the IBAN has a letter in place of a digit, or a digit in place of a letter: check the number ({country})")]
    Structure {
        /// The ISO 3166 code.
        country: &'static str,
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
            Self::Structure { .. } => "structure",
            Self::CheckDigits => "check_digits",
        }
    }
}

impl Iban {
    /// Checks form, country, length, structure and check digits.
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
        let &(country, structure) = STRUCTURES
            .iter()
            .find(|(known, _)| *known == country)
            .ok_or_else(|| IbanError::UnknownCountry(country.to_owned()))?;
        let expected = runs(structure).fold(4, |sum, (length, _)| sum + length);
        if raw.len() != expected {
            return Err(IbanError::Length { country, expected });
        }
        if !fits(account, structure) {
            return Err(IbanError::Structure { country });
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

/// Returns the runs of a structure: a number of characters and their kind.
fn runs(structure: &'static str) -> impl Iterator<Item = (usize, char)> {
    structure.split_inclusive(|c: char| c.is_ascii_alphabetic()).filter_map(|run| {
        let kind = run.chars().next_back()?;
        Some((run.trim_end_matches(kind).parse().ok()?, kind))
    })
}

/// Returns whether each character of an account number has the kind that the structure states.
fn fits(account: &str, structure: &'static str) -> bool {
    let mut rest = account.bytes();
    runs(structure).all(|(length, kind)| {
        rest.by_ref().take(length).all(|byte| match kind {
            'n' => byte.is_ascii_digit(),
            'a' => byte.is_ascii_uppercase(),
            _ => true,
        })
    })
}

/// Computes ISO 7064 MOD 97-10 over the account, the country and the check digits. A letter counts
/// as two digits (A = 10).
fn remainder(account: &str, country: &str, check: &str) -> Option<u32> {
    account.chars().chain(country.chars()).chain(check.chars()).try_fold(0, |sum, c| {
        let value = c.to_digit(36)?;
        Some((sum * if value < 10 { 10 } else { 100 } + value) % 97)
    })
}

/// The structure of the account number (BBAN) behind the check digits, by country: the number of
/// digits (`n`), capital letters (`a`) or both (`c`), in order. Source: SWIFT IBAN registry, as in
/// schwifty 2026.10.1 (PyPI).
const STRUCTURES: [(&str, &str); 89] = [
    ("AD", "8n12c"),
    ("AE", "19n"),
    ("AL", "8n16c"),
    ("AT", "16n"),
    ("AZ", "4a20c"),
    ("BA", "16n"),
    ("BE", "12n"),
    ("BG", "4a6n8c"),
    ("BH", "4a14c"),
    ("BI", "23n"),
    ("BR", "8c15n2c"),
    ("BY", "4c4n16c"),
    ("CH", "5n12c"),
    ("CR", "18n"),
    ("CY", "8n16c"),
    ("CZ", "20n"),
    ("DE", "18n"),
    ("DJ", "23n"),
    ("DK", "14n"),
    ("DO", "4c20n"),
    ("EE", "16n"),
    ("EG", "25n"),
    ("ES", "20n"),
    ("FI", "14n"),
    ("FK", "2a12n"),
    ("FO", "14n"),
    ("FR", "10n11c2n"),
    ("GB", "4a14n"),
    ("GE", "2a16n"),
    ("GI", "4a15c"),
    ("GL", "14n"),
    ("GR", "7n16c"),
    ("GT", "24c"),
    ("HN", "4a20n"),
    ("HR", "17n"),
    ("HU", "24n"),
    ("IE", "4a14n"),
    ("IL", "19n"),
    ("IQ", "4a15n"),
    ("IS", "22n"),
    ("IT", "1a10n12c"),
    ("JO", "4a4n18c"),
    ("KW", "4a22c"),
    ("KZ", "3n13c"),
    ("LB", "4n20c"),
    ("LC", "4a24c"),
    ("LI", "5n12c"),
    ("LT", "16n"),
    ("LU", "3n13c"),
    ("LV", "4a13c"),
    ("LY", "21n"),
    ("MC", "10n11c2n"),
    ("MD", "20c"),
    ("ME", "18n"),
    ("MK", "3n10c2n"),
    ("MN", "16n"),
    ("MR", "23n"),
    ("MT", "4a5n18c"),
    ("MU", "4a19n3a"),
    ("NI", "4a20n"),
    ("NL", "4a10n"),
    ("NO", "11n"),
    ("OM", "3n16c"),
    ("PK", "4a16c"),
    ("PL", "24n"),
    ("PS", "4a21c"),
    ("PT", "21n"),
    ("QA", "4a21c"),
    ("RO", "4a16c"),
    ("RS", "18n"),
    ("RU", "14n15c"),
    ("SA", "2n18c"),
    ("SC", "4a20n3a"),
    ("SD", "14n"),
    ("SE", "20n"),
    ("SI", "15n"),
    ("SK", "20n"),
    ("SM", "1a10n12c"),
    ("SO", "19n"),
    ("ST", "21n"),
    ("SV", "4a20n"),
    ("TL", "19n"),
    ("TN", "20n"),
    ("TR", "6n16c"),
    ("UA", "6n19c"),
    ("VA", "18n"),
    ("VG", "4a16n"),
    ("XK", "16n"),
    ("YE", "4a4n18c"),
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
            ("DE0310010010930711860A", "structure"),
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
        assert!(STRUCTURES.is_sorted_by(|a, b| a.0 < b.0));
        for (country, structure) in STRUCTURES {
            let written: String = runs(structure).map(|(length, kind)| format!("{length}{kind}")).collect();
            assert_eq!(written, structure, "{country}");
            assert!(runs(structure).all(|(length, kind)| length > 0 && "nac".contains(kind)), "{country}");
        }
    }

    /// Returns the text with right check digits in place of `00`.
    fn with_check_digits(raw: &str) -> String {
        let (country, account) = (&raw[..2], &raw[4..]);
        let check = 98 - remainder(account, country, "00").unwrap();
        format!("{country}{check:02}{account}")
    }

    #[test]
    fn account_number_must_have_the_structure_of_its_country() {
        for (raw, country) in [
            ("DE00ABCDEFGHIJKLMNOPQR", "DE"),
            ("DE001OO100109307118603", "DE"),
            ("GB00251260161331926819", "GB"),
            ("FR0020041010050500013M0260B", "FR"),
            ("NL009BNA0417164300", "NL"),
        ] {
            let raw = with_check_digits(raw);
            assert_eq!(Iban::parse(&raw), Err(IbanError::Structure { country }), "{raw}");
        }
        for raw in
            ["MT00MALT011000012345MTLCAST001S", "BR0000360305000010009795493C1", "SC00SSCB11010000000000001497USD"]
        {
            let raw = with_check_digits(raw);
            assert!(Iban::parse(&raw).is_ok(), "{raw}");
        }
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
                let error = Iban::parse(&changed).unwrap_err();
                prop_assert!(matches!(error, IbanError::CheckDigits | IbanError::Structure { .. }), "{}", error);
            }
        }

        #[test]
        fn iban_parse_never_panics(raw in "\\PC{0,40}") {
            let _ = Iban::parse(&raw);
        }
    }
}
