//! DPoP proofs (RFC 9449).

use countersign_core::jose::base64url::encode;
use serde_json::{Value, json};

use super::claims::NOW;
use super::sign::{Half, exactly, raw, signature};
use super::{Draft, Set, swap};
use crate::keys::{private_jwk, public_jwk};

pub(super) fn cases() -> Vec<Draft> {
    let mut set = Set::new("dpop", Value::Null);
    let header = format!(r#"{{"typ":"dpop+jwt","alg":"ES256","jwk":{}}}"#, public_jwk("dk"));
    let claims = json!({
        "jti": "proof-1", "htm": "POST", "htu": "https://bank.example/adp/v1/decisions", "iat": NOW, "nonce": "n",
    });
    let text = claims.to_string();
    set.good("dpop", "a proof with the server's nonce", raw(&header, &text, "dk"));
    let mut first = claims.clone();
    first.as_object_mut().unwrap().remove("nonce");
    set.good("dpop-no-nonce", "a first proof, before the server gave a nonce", raw(&header, &first.to_string(), "dk"));
    let input = format!("{}.{}", encode(&header), encode(&text));
    let upper = format!("{input}.{}", encode(signature(&input, "dk", Half::Upper)));
    set.good("dpop-upper-half", "s in the upper half: a proof is no message of ADP/1, RFC 9449 rules", upper);
    for (name, about, header, code) in [
        ("alg-none", "alg none", swap(&header, "ES256", "none"), "algorithm"),
        ("alg-hs256", "a shared secret", swap(&header, "ES256", "HS256"), "algorithm"),
        ("typ-jwt", "another type", swap(&header, "dpop+jwt", "JWT"), "type"),
        ("kid", "a name beside the key", swap(&header, r#"{"typ""#, r#"{"kid":"x","typ""#), "header"),
        (
            "private-jwk",
            "the private half of the key",
            swap(&header, &public_jwk("dk").to_string(), &private_jwk("dk").to_string()),
            "header",
        ),
        ("no-jwk", "no key", r#"{"typ":"dpop+jwt","alg":"ES256"}"#.into(), "header"),
        (
            "jwk-off-curve",
            "a key that is not on the curve",
            swap(&header, public_jwk("dk")["y"].as_str().unwrap(), public_jwk("ek")["y"].as_str().unwrap()),
            "header",
        ),
        (
            "jwk-of-another",
            "another key than signed",
            swap(&header, &public_jwk("dk").to_string(), &public_jwk("uvk").to_string()),
            "signature",
        ),
    ] {
        set.bad(&format!("dpop-{name}"), about, raw(&header, &text, "dk"), code);
    }
    for (name, about, from, to) in [
        ("ath", "the hash of an access token: there is none", r#""htm""#, r#""ath":"x","htm""#),
        ("no-jti", "no jti", r#""jti":"proof-1","#, ""),
        ("iat-string", "a time as a string", r#""iat":1800000000"#, r#""iat":"1800000000""#),
        ("nonce-null", "null where a nonce may be absent", r#""nonce":"n""#, r#""nonce":null"#),
        ("htu-twice", "two addresses", r#""htm""#, r#""htu":"https://evil.example","htm""#),
    ] {
        set.bad(&format!("dpop-{name}"), about, raw(&header, &swap(&text, from, to), "dk"), "claims");
    }
    let sized = |length| {
        exactly(length, |grow, adjust| {
            let long = swap(&text, "/decisions", &format!("/{}", "d".repeat(grow)));
            raw(&(header.clone() + &" ".repeat(adjust)), &long, "dk")
        })
    };
    set.good("dpop-2048-bytes", "as long as a proof may be", sized(2048));
    set.bad("dpop-2049-bytes", "one byte longer than a proof may be", sized(2049), "size");
    set.drafts
}
