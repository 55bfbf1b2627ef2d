//! DPoP proofs (RFC 9449).
//!
//! Every call of a device after metadata and challenge carries a proof signed by the device key
//! (DK). The thumbprint of the key in the proof identifies the enrolment. The phone holds no bearer
//! token.

use serde::{Deserialize, Serialize};

use super::claims::{Jti, Timestamp};
use crate::jose::{JoseError, PublicKey, base64url, json};

/// The maximum size of a proof in bytes.
pub const MAX_PROOF_BYTES: usize = 2048;

/// The maximum length of a server's nonce in characters. RFC 9449 sets no maximum.
pub const MAX_NONCE_CHARS: usize = 256;

/// Returns whether a text can be the value of a `DPoP-Nonce` header: `1*NQCHAR` (RFC 9449 §8.1) of
/// at most [`MAX_NONCE_CHARS`].
#[must_use]
pub fn is_nonce(text: &str) -> bool {
    let nqchar = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    (1..=MAX_NONCE_CHARS).contains(&text.len()) && text.bytes().all(nqchar)
}

/// The claims of a proof (RFC 9449 §4.2). There is no access token and therefore no `ath`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The unique id of the proof.
    pub jti: Jti,
    /// The HTTP method.
    pub htm: String,
    /// The URL without query and fragment.
    pub htu: String,
    /// The time of issue.
    pub iat: Timestamp,
    /// The nonce from the server, if the server has provided one (RFC 9449 §8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

/// The header of a proof. It has exactly these members.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    typ: String,
    alg: String,
    jwk: PublicKey,
}

impl Proof {
    /// Returns the text that DK signs. [`finish`] adds the signature.
    ///
    /// # Errors
    /// [`JoseError::Encode`] if the header or the claims cannot be written.
    pub fn signing_input(&self, dk: &PublicKey) -> Result<String, JoseError> {
        let header = Header { typ: "dpop+jwt".into(), alg: "ES256".into(), jwk: dk.clone() };
        let header = serde_json::to_vec(&header).map_err(|_| JoseError::Encode)?;
        let claims = serde_json::to_vec(self).map_err(|_| JoseError::Encode)?;
        Ok(format!("{}.{}", base64url::encode(header), base64url::encode(claims)))
    }
}

/// Appends the signature to a signing input.
#[must_use]
pub fn finish(input: &str, signature: &[u8; 64]) -> String {
    format!("{input}.{}", base64url::encode(signature))
}

/// Verifies a proof with the key in its header and returns the claims and the key.
///
/// The caller checks that the claims match the call: method, URL, time, nonce and first use.
///
/// # Errors
/// [`JoseError`] with the first rule that the proof breaks.
pub fn open(compact: &str) -> Result<(Proof, PublicKey), JoseError> {
    if compact.len() > MAX_PROOF_BYTES {
        return Err(JoseError::Size);
    }
    let mut parts = compact.split('.');
    let (Some(header), Some(claims), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(JoseError::Parts);
    };
    let (input, _) = compact.rsplit_once('.').ok_or(JoseError::Parts)?;
    let header: Header = json::from_slice(&base64url::decode(header)?).map_err(|_| JoseError::Header)?;
    if header.alg != "ES256" {
        return Err(JoseError::Algorithm);
    }
    if header.typ != "dpop+jwt" {
        return Err(JoseError::Type);
    }
    header.jwk.verify(input.as_bytes(), &base64url::decode(signature)?)?;
    let proof = json::from_slice(&base64url::decode(claims)?).map_err(|_| JoseError::Claims)?;
    Ok((proof, header.jwk))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::SigningKey;

    #[test]
    fn nonce_has_at_most_256_printable_characters() {
        for good in ["!", "#[", "]~", "AZaz09-._~+/=", &"n".repeat(MAX_NONCE_CHARS)] {
            assert!(is_nonce(good), "{good:?}");
        }
        for bad in ["", " ", "\"", "\\", "\u{7f}", "\n", "ä", &"n".repeat(MAX_NONCE_CHARS + 1)] {
            assert!(!is_nonce(bad), "{bad:?}");
        }
    }

    fn signed(input: &str, key: &SigningKey) -> String {
        finish(input, &key.sign(input.as_bytes()).unwrap())
    }

    #[test]
    fn dpop_proof_with_changed_header_is_rejected() {
        let key = SigningKey::from_scalar(&[7; 32]).unwrap();
        let proof = Proof {
            jti: Jti::random().unwrap(),
            htm: "GET".into(),
            htu: "https://bank.example/adp/v1/requests".into(),
            iat: Timestamp::from_seconds(1),
            nonce: Some("n".into()),
        };
        let input = proof.signing_input(key.public()).unwrap();
        let (opened, by) = open(&signed(&input, &key)).unwrap();
        assert_eq!((opened, &by), (proof, key.public()));

        let (header, claims) = input.split_once('.').unwrap();
        let header = String::from_utf8(base64url::decode(header).unwrap()).unwrap();
        for (changed, expected) in [
            (header.replace("ES256", "none"), JoseError::Algorithm),
            (header.replace("dpop+jwt", "jwt"), JoseError::Type),
            (header.replace(r#"{"typ""#, r#"{"kid":"x","typ""#), JoseError::Header),
            (header.replace(r#""crv""#, r#""d":"AA","crv""#), JoseError::Header),
        ] {
            let input = format!("{}.{claims}", base64url::encode(changed));
            assert_eq!(open(&signed(&input, &key)).err(), Some(expected));
        }
        let other = SigningKey::from_scalar(&[8; 32]).unwrap();
        assert_eq!(open(&signed(&input, &other)).err(), Some(JoseError::Signature));
        assert_eq!(open("a.b").err(), Some(JoseError::Parts));
        assert_eq!(open(&"a".repeat(MAX_PROOF_BYTES)).err(), Some(JoseError::Parts));
        assert_eq!(open(&"a".repeat(MAX_PROOF_BYTES + 1)).err(), Some(JoseError::Size));
    }
}
