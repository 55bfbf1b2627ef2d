//! Makes JWS, right and wrong ones.

use countersign_core::jose::base64url::encode;
use serde_json::Value;

use crate::keys::key;

/// The right header for a message of this type by this key.
pub(super) fn header(typ: &str, role: &str) -> String {
    format!(r#"{{"alg":"ES256","kid":"{}","typ":"{typ}"}}"#, key(role).public().thumbprint())
}

/// A message with these claims, signed by this key.
pub(super) fn jws(typ: &str, claims: &Value, role: &str) -> String {
    raw(&header(typ, role), &claims.to_string(), role)
}

/// The same with a header and claims as they stand.
pub(super) fn raw(header: &str, claims: &str, role: &str) -> String {
    parts(&encode(header), &encode(claims), role)
}

/// The same with parts as they stand.
pub(super) fn parts(header: &str, claims: &str, role: &str) -> String {
    let input = format!("{header}.{claims}");
    let signature = encode(signature(&input, role, Half::Lower));
    format!("{input}.{signature}")
}

/// Which half of the scalars `s` is in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Half {
    Lower,
    Upper,
}

/// (n − 1) / 2 of P-256.
const HALF: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde, 0x73, 0x7d,
    0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// A signature with `s` in this half: signatures are random, so one comes soon.
pub(super) fn signature(input: &str, role: &str, half: Half) -> [u8; 64] {
    let key = key(role);
    loop {
        let signature = key.sign(input.as_bytes()).unwrap();
        let lower = signature[32..] <= HALF[..];
        if lower == (half == Half::Lower) {
            return signature;
        }
    }
}

/// The compact form with another signature.
pub(super) fn with_signature(jws: &str, signature: &[u8]) -> String {
    let (input, _) = jws.rsplit_once('.').unwrap();
    format!("{input}.{}", encode(signature))
}

/// The last character of the part with one of its unused bits set.
pub(super) fn with_unused_bit(text: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, last) = text.split_at(text.len() - 1);
    let at = ALPHABET.find(last).unwrap();
    format!("{head}{}", &ALPHABET[at + 1..at + 2])
}

/// A text of exactly this length: `build` grows with its first argument, and its second adjusts.
pub(super) fn exactly(length: usize, build: impl Fn(usize, usize) -> String) -> String {
    let (mut low, mut high) = (0, length);
    while low + 1 < high {
        let middle = usize::midpoint(low, high);
        if build(middle, 0).len() <= length { low = middle } else { high = middle }
    }
    let fits = |text: &String| text.len() == length;
    let near = (low.saturating_sub(8)..=low).flat_map(|grow| (0..16).map(move |adjust| (grow, adjust)));
    near.map(|(grow, adjust)| build(grow, adjust)).find(fits).unwrap_or_else(|| panic!("no text of {length}"))
}
