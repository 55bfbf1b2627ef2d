//! The JOSE suite with arbitrary bytes. The module signs and seals nothing itself.

use std::collections::HashMap;

use countersign_core::jose::sealed::Sealed;
use countersign_core::jose::signed::Unverified;
use countersign_core::jose::{PublicKey, base64url, json};
use p256::elliptic_curve::sec1::FromEncodedPoint as _;
use serde_json::Value;

use crate::keys::{keys, scalar};

/// The maximum size of a message in bytes.
const MAX_MESSAGE_BYTES: usize = 8192;

/// Parses the input as each form of the suite.
pub fn run(input: &[u8]) {
    if let Ok(key) = PublicKey::from_sec1(input) {
        assert_eq!(key.as_sec1().as_slice(), input);
        let written = serde_json::to_string(&key).unwrap();
        assert_eq!(json::from_str::<PublicKey>(&written).ok().as_ref(), Some(&key));
    }
    let strict: Option<HashMap<String, Value>> = json::from_slice(input).ok();
    if let Some(strict) = strict {
        let lax: HashMap<String, Value> = serde_json::from_slice(input).unwrap();
        assert_eq!(strict, lax, "strict JSON has another meaning");
    }
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(bytes) = base64url::decode(text) {
        assert_eq!(base64url::encode(&bytes), text, "second text form accepted");
    }
    if let Ok(key) = json::from_str::<PublicKey>(text) {
        assert!(p256::PublicKey::from_sec1_bytes(key.as_sec1()).is_ok(), "point off the curve");
    }
    signed(text);
    sealed(text);
}

fn signed(text: &str) {
    for typ in ["adp-request+jwt", "adp-decision+jwt", "adp-status+jwt"] {
        let Ok(unverified) = Unverified::parse(text, typ, MAX_MESSAGE_BYTES) else { continue };
        assert!(text.len() <= MAX_MESSAGE_BYTES && text.split('.').count() == 3);
        let key = [&keys().server, &keys().dk, &keys().uvk]
            .into_iter()
            .find(|key| key.public().thumbprint() == unverified.kid());
        let accepted = key.map(|key| unverified.verify::<Value>(key.public()));
        if let Some(Ok(_)) = accepted {
            assert!(unverified.verify::<Value>(keys().stranger.public()).is_err());
            assert!(
                Unverified::parse(text, "adp-other+jwt", MAX_MESSAGE_BYTES).is_err(),
                "message accepted with two types"
            );
            let (input, signature) = text.rsplit_once('.').unwrap();
            let signature = base64url::decode(signature).unwrap();
            assert!(key.unwrap().public().verify(input.as_bytes(), &signature).is_ok());
        }
    }
}

fn sealed(text: &str) {
    let Ok(sealed) = Sealed::parse(text, MAX_MESSAGE_BYTES) else { return };
    assert!(text.len() <= MAX_MESSAGE_BYTES && text.split('.').count() == 5);
    let point = p256::EncodedPoint::from_bytes(sealed.epk().as_sec1()).unwrap();
    let peer: Option<p256::PublicKey> = p256::PublicKey::from_encoded_point(&point).into();
    let peer = peer.unwrap_or_else(|| panic!("ephemeral key off the curve"));
    let ek = p256::SecretKey::from_slice(&scalar("ek")).unwrap();
    let shared = p256::ecdh::diffie_hellman(ek.to_nonzero_scalar(), peer.as_affine());
    let _ = sealed.open(&(*shared.raw_secret_bytes()).into());
}
