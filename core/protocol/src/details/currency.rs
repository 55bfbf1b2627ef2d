//! ISO 4217 currencies and their minor units.

use std::fmt;

/// A currency for amounts: an active ISO 4217 code with minor units.
///
/// Codes without minor units (metals, units of account, testing) and withdrawn codes are not
/// included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    code: &'static str,
    minor_units: u8,
}

impl Currency {
    /// Returns the currency with this code, in capital letters as in ISO 4217.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        TABLE.iter().find_map(|&(minor_units, codes)| {
            codes.split(' ').find(|&known| known == code).map(|code| Self { code, minor_units })
        })
    }

    /// Returns the code of three capital letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.code
    }

    /// Returns the number of digits after the decimal point: 2 for EUR, 0 for JPY, 3 for BHD, 4 for
    /// CLF.
    #[must_use]
    pub fn minor_units(self) -> u8 {
        self.minor_units
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// ISO 4217 list one, by minor units.
const TABLE: [(u8, &str); 4] = [
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY \
         COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS \
         INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR \
         MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP \
         STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG",
    ),
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minor_units_match_iso_4217() {
        for (code, minor_units) in [("EUR", 2), ("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), ("ISK", 0), ("MGA", 2)]
        {
            assert_eq!(Currency::from_code(code).unwrap().minor_units(), minor_units, "{code}");
        }
    }

    #[test]
    fn withdrawn_and_misspelt_currencies_are_unknown() {
        for code in ["DEM", "HRK", "BGN", "ZWL", "XAU", "XXX", "XTS", "eur", "EU", "EURO", "EUR USD", " ", "", "ЕUR"] {
            assert_eq!(Currency::from_code(code), None, "{code:?}");
        }
    }

    #[test]
    fn currency_table_has_unique_codes() {
        let mut all: Vec<&str> = TABLE.iter().flat_map(|(_, codes)| codes.split(' ')).collect();
        assert!(all.iter().all(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())));
        let rows = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), rows);
    }
}
