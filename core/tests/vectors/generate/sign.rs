//! Creates valid and invalid JWSs.

use countersign_core::jose::base64url::encode;
use serde_json::Value;

use crate::keys::key;

/// Returns the valid header of a message of this type by this key.
pub(super) fn header(typ: &str, role: &str) -> String {
    format!(r#"{{"alg":"ES256","kid":"{}","typ":"{typ}"}}"#, key(role).public().thumbprint())
}

/// Returns a message with these claims, signed by this key.
pub(super) fn jws(typ: &str, claims: &Value, role: &str) -> String {
    raw(&header(typ, role), &claims.to_string(), role)
}

/// Returns a message with this exact header and these exact claims.
pub(super) fn raw(header: &str, claims: &str, role: &str) -> String {
    parts(&encode(header), &encode(claims), role)
}

/// Returns a message with these exact parts.
pub(super) fn parts(header: &str, claims: &str, role: &str) -> String {
    let input = format!("{header}.{claims}");
    let signature = encode(signature(&input, role, Half::Lower));
    format!("{input}.{signature}")
}

/// The half of the scalars that contains `s`.
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

/// Returns a signature with `s` in this half. Signatures are random, so a few attempts are
/// sufficient.
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

/// Returns the compact form with another signature.
pub(super) fn with_signature(jws: &str, signature: &[u8]) -> String {
    let (input, _) = jws.rsplit_once('.').unwrap();
    format!("{input}.{}", encode(signature))
}

/// Returns the part with an unused bit of its last character set.
pub(super) fn with_unused_bit(text: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (head, last) = text.split_at(text.len() - 1);
    let at = ALPHABET.find(last).unwrap();
    format!("{head}{}", &ALPHABET[at + 1..at + 2])
}

/// Returns a text of exactly this length. `build` grows with its first argument and adjusts with
/// its second.
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
