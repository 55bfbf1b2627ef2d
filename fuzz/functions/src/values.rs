//! Single values. Each is written as it was parsed and has one meaning.

use countersign_core::details::{Bic, Iban, Money};
use countersign_core::jose::Thumbprint;
use countersign_core::message::claims::{DeviceAudience, Issuer, Locale, Timestamp, Txn};
use countersign_core::review::{FieldId, rfc3339};

/// Checks a value. The first byte selects the type.
pub fn run(input: &[u8]) {
    let Some((kind, text)) = crate::choice(input) else { return };
    match kind {
        b'm' => money(text),
        b'i' => iban(text),
        b'b' => {
            if let Ok(bic) = Bic::parse(text) {
                assert_eq!(bic.as_str(), text);
                assert!(text.is_ascii() && matches!(text.len(), 8 | 11));
            }
        }
        b'u' => {
            if let Ok(issuer) = text.parse::<Issuer>() {
                assert_eq!(issuer.as_str(), text);
                assert!(text.starts_with("https:") || text.starts_with("http:"), "{text:?}");
                assert!(text.len() <= 200 && !text.contains(['?', '#']) && !text.ends_with('/'), "{text:?}");
            }
        }
        b't' => {
            if let Ok(txn) = text.parse::<Txn>() {
                assert_eq!(txn.as_str(), text);
                assert!(text.is_ascii() && (1..=64).contains(&text.len()));
            }
            if let Ok(thumbprint) = text.parse::<Thumbprint>() {
                assert_eq!(thumbprint.to_string(), text);
            }
            if let Ok(audience) = DeviceAudience::try_from(text.to_owned()) {
                assert_eq!(String::from(audience), text);
            }
            if let Ok(id) = text.parse::<FieldId>() {
                assert_eq!(id.to_string(), text);
            }
            if let Ok(locale) = text.parse::<Locale>() {
                assert!(text.starts_with(locale.as_str()));
            }
        }
        b's' => {
            if let Some(time) = text.parse::<i64>().ok().and_then(|seconds| Timestamp::try_from(seconds).ok()) {
                let shown = rfc3339(time);
                assert!(shown.len() == 20 && shown.ends_with('Z') && shown.is_ascii(), "{shown}");
                assert!(rfc3339(time.plus(1)) >= shown, "a later time is written as an earlier one");
            }
        }
        _ => {}
    }
}

/// Checks an amount such as `42.50 EUR`.
fn money(text: &str) {
    let Some((amount, currency)) = text.split_once(' ') else { return };
    let Ok(money) = Money::parse(amount, currency) else { return };
    let written = money.amount();
    assert_eq!(Money::parse(&written, currency), Ok(money));
    assert!(money.minor() > 0 && money.currency().code() == currency);
    assert!(
        written == amount
            || written.strip_prefix(amount).is_some_and(|rest| rest.trim_start_matches('.').bytes().all(|b| b == b'0'))
    );
    for locale in Locale::ALL {
        let digits: String = money.format(locale).chars().filter(char::is_ascii_digit).collect();
        assert_eq!(digits.parse(), Ok(money.minor()), "the written amount has other digits");
        crate::text::assert_drawable(&money.format(locale));
    }
}

fn iban(text: &str) {
    let Ok(iban) = Iban::parse(text) else { return };
    assert_eq!((iban.as_str(), iban.grouped().replace(' ', "").as_str()), (text, text));
    // ISO 7064, computed digit by digit.
    let (head, account) = text.split_at(4);
    let remainder = format!("{account}{head}").chars().fold(0_u64, |sum, c| {
        let value = u64::from(c.to_digit(36).unwrap());
        (sum * if value > 9 { 100 } else { 10 } + value) % 97
    });
    assert_eq!(remainder, 1, "{text}");
}
