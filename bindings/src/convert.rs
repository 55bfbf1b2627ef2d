//! Converts signatures and public keys from the formats of the platforms to those of ADP/1.

use countersign_core::jose::PublicKey;

use crate::{AuthenticatorError, guard};

/// The bytes before the uncompressed point in a P-256 SubjectPublicKeyInfo (RFC 5480 section 2).
const SPKI_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE,
    0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// Converts an ECDSA signature on P-256 from DER (RFC 3279 section 2.2.3) to 64 bytes `r ‖ s`
/// (RFC 7518 section 3.4).
///
/// Android's `Signature` and Apple's `SecKeyCreateSignature` return DER.
#[uniffi::export]
pub fn raw_signature(der: Vec<u8>) -> Result<Vec<u8>, AuthenticatorError> {
    guard::call(|| {
        raw(&der)
            .map(Vec::from)
            .ok_or_else(|| AuthenticatorError::argument("not a P-256 signature in DER (RFC 3279 section 2.2.3)"))
    })
}

/// Converts a P-256 public key from a SubjectPublicKeyInfo in DER (RFC 5480) to its uncompressed point
/// of 65 bytes (SEC 1 section 2.3.3).
///
/// Java's `PublicKey.getEncoded` returns a SubjectPublicKeyInfo.
#[uniffi::export]
pub fn public_key_from_spki(der: Vec<u8>) -> Result<Vec<u8>, AuthenticatorError> {
    guard::call(|| {
        der.strip_prefix(&SPKI_HEAD)
            .and_then(|point| PublicKey::from_sec1(point).ok())
            .map(|key| key.as_sec1().to_vec())
            .ok_or_else(|| AuthenticatorError::argument("not a P-256 SubjectPublicKeyInfo in DER (RFC 5480)"))
    })
}

/// Returns the version of this library.
#[uniffi::export]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// Parses `SEQUENCE { INTEGER r, INTEGER s }` in DER, with integers of at most 256 bits.
fn raw(der: &[u8]) -> Option<[u8; 64]> {
    let (content, rest) = element(0x30, der)?;
    let (r, content_rest) = element(0x02, content)?;
    let (s, end) = element(0x02, content_rest)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    let mut raw = [0; 64];
    let (left, right) = raw.split_at_mut(32);
    unsigned(r, left)?;
    unsigned(s, right)?;
    Some(raw)
}

/// Splits off the content of one element with a length below 128 bytes.
fn element(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&found, bytes) = bytes.split_first()?;
    let (&length, bytes) = bytes.split_first()?;
    (found == tag && length < 0x80).then(|| bytes.split_at_checked(usize::from(length)))?
}

/// Writes a positive integer, right-aligned.
fn unsigned(content: &[u8], into: &mut [u8]) -> Option<()> {
    let digits = match content {
        // DER allows a leading zero only before a byte that would make the number negative.
        [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
        [0x01..=0x7F, ..] => content,
        _ => return None,
    };
    let start = into.len().checked_sub(digits.len())?;
    into.get_mut(start..)?.copy_from_slice(digits);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
        let element = |tag, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
        element(0x30, &[element(2, r), element(2, s)].concat())
    }

    #[test]
    fn der_signature_becomes_64_bytes() {
        let raw = raw_signature(der(&[1], &[&[0][..], &[0xFF; 32]].concat())).unwrap();
        assert_eq!((&raw[..31], raw[31], &raw[32..]), (&[0; 31][..], 1, &[0xFF; 32][..]));
    }

    #[test]
    fn malformed_der_is_rejected() {
        let good = der(&[1; 32], &[2; 32]);
        let mut cases = vec![
            vec![],
            vec![7; 64],
            der(&[], &[1]),
            der(&[0], &[1]),
            der(&[0x80], &[1]),
            der(&[0, 1], &[1]),
            der(&[1; 33], &[1]),
            [good.clone(), vec![0]].concat(),
        ];
        cases.extend((0..good.len()).map(|length| good[..length].to_vec()));
        for case in cases {
            assert!(raw_signature(case.clone()).is_err(), "{case:02x?}");
        }
        assert!(raw_signature(good).is_ok());
    }

    #[test]
    fn public_key_off_the_curve_is_rejected() {
        let key = countersign_core::jose::SigningKey::from_scalar(&[7; 32]).unwrap();
        let spki = [&SPKI_HEAD[..], key.public().as_sec1()].concat();
        assert_eq!(public_key_from_spki(spki.clone()).unwrap(), key.public().as_sec1());
        let mut off = spki.clone();
        off[90] ^= 1;
        assert!(public_key_from_spki(off).is_err());
        assert!(public_key_from_spki(spki[1..].to_vec()).is_err());
    }
}
