//! ISO 4217 currencies and their minor units.

use std::fmt;

/// A currency in which an amount can be written: an active ISO 4217 code that has minor units.
///
/// Left out are the codes without minor units (metals, units of account, testing) and withdrawn ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency {
    code: &'static str,
    minor_units: u8,
}

impl Currency {
    /// The currency with this code, in capitals as ISO 4217 has it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        TABLE.iter().find_map(|&(minor_units, codes)| {
            codes.split(' ').find(|&known| known == code).map(|code| Self { code, minor_units })
        })
    }

    /// Three capital letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.code
    }

    /// Digits after the decimal point: 2 for EUR, 0 for JPY, 3 for BHD, 4 for CLF.
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
    fn minor_units_follow_iso_4217() {
        for (code, minor_units) in [("EUR", 2), ("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), ("ISK", 0), ("MGA", 2)]
        {
            assert_eq!(Currency::from_code(code).unwrap().minor_units(), minor_units, "{code}");
        }
    }

    #[test]
    fn withdrawn_unpayable_and_misspelt_codes_are_unknown() {
        for code in ["DEM", "HRK", "BGN", "ZWL", "XAU", "XXX", "XTS", "eur", "EU", "EURO", "EUR USD", " ", "", "ЕUR"] {
            assert_eq!(Currency::from_code(code), None, "{code:?}");
        }
    }

    #[test]
    fn every_row_is_three_capitals_and_stands_once() {
        let mut all: Vec<&str> = TABLE.iter().flat_map(|(_, codes)| codes.split(' ')).collect();
        assert!(all.iter().all(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase())));
        let rows = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), rows);
    }
}
