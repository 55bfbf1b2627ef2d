//! Values that both sides compute.

use countersign_core::jose::{Digest, base64url::encode};
use serde_json::{Value, json};

use super::claims::ISSUER;
use super::{Draft, Set};
use crate::keys::{key, public_jwk};

pub(super) fn cases() -> Vec<Draft> {
    let mut drafts = confirmation_codes();
    drafts.extend(attestations());
    drafts.extend(thumbprints());
    drafts.extend(points());
    drafts.extend(digests());
    drafts
}

fn confirmation_codes() -> Vec<Draft> {
    let mut set = Set::new("confirmation_code", Value::Null);
    let of = |text: &str, nonce: &str| json!({ "enrol_hash": Digest::of(text.as_bytes()).to_string(), "confirm_nonce": nonce });
    set.means(
        "confirmation-code",
        "six digits of an enrolment and a nonce",
        of("enrol", "nonce"),
        json!({ "confirmation_code": "331008" }),
    );
    set.good("confirmation-code-other-nonce", "another nonce, another code", of("enrol", "nonce2"));
    // The first nonce of this form whose code starts with a zero.
    let nonce = (0..).map(|number| format!("nonce-{number}")).find(|nonce| {
        let hash = Digest::of(b"enrol");
        countersign_core::message::enrolment::confirmation_code(&hash, &nonce.parse().unwrap()).starts_with("00")
    });
    set.good("confirmation-code-leading-zeros", "a code keeps its leading zeros", of("enrol", &nonce.unwrap()));
    set.drafts
}

fn attestations() -> Vec<Draft> {
    let mut set = Set::new("attestation_challenge", Value::Null);
    set.good(
        "attestation-challenge-enrol",
        "for keys of an enrolment",
        json!({ "issuer": ISSUER, "offer": "offer-1", "nonce": "challenge-nonce" }),
    );
    set.good(
        "attestation-challenge-rotate",
        "for keys of an update",
        json!({ "issuer": ISSUER, "enrolment": "enrolment-1", "jti": "update-1" }),
    );
    set.drafts
}

fn thumbprints() -> Vec<Draft> {
    let mut set = Set::new("thumbprint", Value::Null);
    let jwk = public_jwk("server");
    let (x, y) = (jwk["x"].as_str().unwrap(), jwk["y"].as_str().unwrap());
    let of = |text: String| Value::String(text);
    set.good("thumbprint", "the name of a key", of(jwk.to_string()));
    set.good(
        "thumbprint-spaced",
        "white space and another order change nothing",
        of(format!(r#"{{ "y":"{y}", "x":"{x}", "kty":"EC", "crv":"P-256" }}"#)),
    );
    // RFC 9449 §4.1 and §6.1: the key and its thumbprint.
    let rfc = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;
    set.means(
        "thumbprint-rfc-9449",
        "the key of RFC 9449 has the name that section 6.1 gives",
        of(rfc.into()),
        json!({ "thumbprint": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }),
    );
    for (name, about, text) in [
        ("kid", "a JWK with a name", format!(r#"{{"kid":"1","kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#)),
        ("use", "a JWK with a use", format!(r#"{{"use":"sig","kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#)),
        ("x-twice", "two values of x", format!(r#"{{"kty":"EC","crv":"P-256","x":"{y}","x":"{x}","y":"{y}"}}"#)),
        ("no-y", "no y", format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}"}}"#)),
        ("crv-case", "the curve in lower case", format!(r#"{{"kty":"EC","crv":"p-256","x":"{x}","y":"{y}"}}"#)),
        (
            "swapped",
            "x and y swapped: no point of the curve",
            format!(r#"{{"kty":"EC","crv":"P-256","x":"{y}","y":"{x}"}}"#),
        ),
        ("rsa", "a key of another type", r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.into()),
    ] {
        set.bad(&format!("thumbprint-{name}"), about, of(text), "jwk");
    }
    set.drafts
}

fn points() -> Vec<Draft> {
    let mut set = Set::new("point", Value::Null);
    let point = *key("server").public().as_sec1();
    let with = |at: usize, byte: u8| {
        let mut changed = point;
        changed[at] = byte;
        changed.to_vec()
    };
    set.good("point-uncompressed", "SEC 1, 65 bytes", encode(point));
    let parity = 2 + (point[64] & 1);
    for (name, about, bytes) in [
        ("compressed", "SEC 1, 33 bytes", [&[parity], &point[1..33]].concat()),
        ("hybrid", "SEC 1 with the byte of the hybrid form", with(0, 6 + (point[64] & 1))),
        ("infinity", "the one byte of the point at infinity", vec![0]),
        ("zero", "zero for both coordinates", [vec![4], vec![0; 64]].concat()),
        ("off-curve", "a point that is not on the curve", with(64, point[64] ^ 1)),
        ("long", "a byte more", [point.as_slice(), &[0]].concat()),
        ("short", "a byte less", point[..64].to_vec()),
        ("bare", "the coordinates without the byte before them", point[1..].to_vec()),
    ] {
        set.bad(&format!("point-{name}"), about, encode(bytes), "point");
    }
    set.drafts
}

fn digests() -> Vec<Draft> {
    let mut set = Set::new("digest", Value::Null);
    set.means("digest-empty", "of nothing", "", json!({ "sha256": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU" }));
    set.means(
        "digest-abc",
        "of three letters (FIPS 180-2, appendix B.1)",
        "abc",
        json!({ "sha256": "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0" }),
    );
    let mut drafts = set.drafts;
    let mut set = Set::new("base64url", Value::Null);
    set.means("base64url-empty", "nothing", "", json!({ "hex": "" }));
    set.means("base64url-alphabet", "both characters that plain base64 does not have", "-_8", json!({ "hex": "fbff" }));
    for (name, about, text) in [
        ("padding", "padding", "AQ=="),
        ("unused-bits", "unused bits that are not zero", "AR"),
        ("one-character", "a length that no bytes have", "A"),
        ("space", "a space", "A Q"),
        ("newline", "a line break", "AQ\n"),
        ("plus", "the plain alphabet", "+w"),
        ("slash", "the plain alphabet", "/w"),
        ("full-width", "a letter that only looks like one", "\u{ff21}Q"),
        ("null", "a zero byte at the end", "AQ\0"),
    ] {
        set.bad(&format!("base64url-{name}"), about, text, "base64");
    }
    drafts.extend(set.drafts);
    drafts
}
