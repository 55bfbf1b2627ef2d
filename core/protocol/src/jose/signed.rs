//! Compact JWS with ES256 (RFC 7515 §3.1).
//!
//! Digests of a message cover the compact text exactly as received. ECDSA has two valid signatures
//! for each message, `(r, s)` and `(r, n − s)`. Anybody could exchange them without a key and so
//! change the digest. Therefore a message with `s > n/2` is rejected.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::header::SignedHeader;
use super::{Digest, JoseError, PublicKey, SigningKey, Thumbprint, base64url, json, key};

/// The length of a signature in base64url without padding.
const SIGNATURE_CHARS: usize = 86;

/// Signs claims with a software key.
///
/// # Errors
/// [`JoseError::Encode`] if the claims cannot be written, [`JoseError::Random`] if the system
/// provides no random numbers.
pub fn sign<T: Serialize>(typ: &str, claims: &T, key: &SigningKey) -> Result<String, JoseError> {
    let input = SigningInput::new(typ, key.public().thumbprint(), claims)?;
    let signature = key.sign(input.as_bytes())?;
    Ok(input.finish(&signature))
}

/// The text `header.payload` without its signature. For keys in a key store: sign
/// [`Self::as_bytes`], then call [`finish`](Self::finish).
#[derive(Debug)]
pub struct SigningInput(String);

impl SigningInput {
    /// Writes header and claims.
    ///
    /// # Errors
    /// [`JoseError::Encode`]
    pub fn new<T: Serialize>(typ: &str, kid: Thumbprint, claims: &T) -> Result<Self, JoseError> {
        let header = serde_json::to_vec(&SignedHeader::new(typ, kid)).map_err(|_| JoseError::Encode)?;
        let payload = serde_json::to_vec(claims).map_err(|_| JoseError::Encode)?;
        Ok(Self(format!("{}.{}", base64url::encode(header), base64url::encode(payload))))
    }

    /// Returns the bytes to sign (RFC 7515 §5.1 step 5).
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns the length of the compact serialisation with a signature.
    #[must_use]
    pub const fn signed_len(&self) -> usize {
        self.0.len() + 1 + SIGNATURE_CHARS
    }

    /// Returns the compact serialisation with the signature (`r ‖ s`). `s` is moved to the lower
    /// half, because hardware returns both forms.
    #[must_use]
    pub fn finish(self, signature: &[u8; 64]) -> String {
        format!("{}.{}", self.0, base64url::encode(key::with_low_s(signature)))
    }
}

/// A JWS with a valid form and header whose signature is not verified yet. Its claims cannot be
/// read.
#[derive(Debug)]
pub struct Unverified<'a> {
    compact: &'a str,
    input: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
    header: SignedHeader,
}

impl<'a> Unverified<'a> {
    /// Parses a JWS of at most `max` bytes. Checks the size, the parts, strict base64url, the exact
    /// header and this `typ`.
    ///
    /// # Errors
    /// [`JoseError`] with the first rule that the message breaks.
    pub fn parse(compact: &'a str, typ: &str, max: usize) -> Result<Self, JoseError> {
        if compact.len() > max {
            return Err(JoseError::Size);
        }
        let mut parts = compact.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JoseError::Parts);
        };
        let (input, _) = compact.rsplit_once('.').ok_or(JoseError::Parts)?;
        let signature = base64url::decode(signature)?;
        let header = SignedHeader::parse(header, typ)?;
        if !key::has_low_s(&signature) {
            return Err(JoseError::Signature);
        }
        Ok(Self { compact, input, payload, signature, header })
    }

    /// Returns the thumbprint of the key that the header names as signer.
    #[must_use]
    pub const fn kid(&self) -> Thumbprint {
        self.header.kid
    }

    /// Verifies the signature with the key that `kid` names, and then reads the claims.
    ///
    /// # Errors
    /// [`JoseError::Kid`] for another key, [`JoseError::Signature`] or [`JoseError::Claims`].
    pub fn verify<T: DeserializeOwned>(&self, key: &PublicKey) -> Result<T, JoseError> {
        if key.thumbprint() != self.header.kid {
            return Err(JoseError::Kid);
        }
        key.verify(self.input.as_bytes(), &self.signature)?;
        json::from_slice(&base64url::decode(self.payload)?).map_err(|_| JoseError::Claims)
    }

    /// Verifies claims that contain the key that signed them.
    ///
    /// The caller must have accepted this `kid` before. The key in the claims is used only if its
    /// thumbprint is that `kid`.
    ///
    /// # Errors
    /// [`JoseError::Kid`] for another key, [`JoseError::Signature`] or [`JoseError::Claims`].
    pub fn verify_with<T: DeserializeOwned>(&self, key: impl FnOnce(&T) -> &PublicKey) -> Result<T, JoseError> {
        let claims: T = json::from_slice(&base64url::decode(self.payload)?).map_err(|_| JoseError::Claims)?;
        let key = key(&claims);
        if key.thumbprint() != self.header.kid {
            return Err(JoseError::Kid);
        }
        key.verify(self.input.as_bytes(), &self.signature)?;
        Ok(claims)
    }

    /// Returns SHA-256 of the compact serialisation as received.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.compact.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_scalar(&[7; 32]).unwrap()
    }

    fn with_header(header: &str) -> String {
        let input = format!("{}.{}", base64url::encode(header), base64url::encode(r#"{"a":1}"#));
        let signature = key().sign(input.as_bytes()).unwrap();
        format!("{input}.{}", base64url::encode(key::with_low_s(&signature)))
    }

    #[test]
    fn signed_message_is_verified_with_its_key() {
        let compact = sign("adp-x+jwt", &vec![1, 2, 3], &key()).unwrap();
        let input = SigningInput::new("adp-x+jwt", key().public().thumbprint(), &vec![1, 2, 3]).unwrap();
        assert_eq!(input.signed_len(), compact.len());
        let unverified = Unverified::parse(&compact, "adp-x+jwt", 8192).unwrap();
        assert_eq!(unverified.kid(), key().public().thumbprint());
        assert_eq!(unverified.verify::<Vec<u8>>(key().public()).unwrap(), [1, 2, 3]);
        let other = SigningKey::from_scalar(&[8; 32]).unwrap();
        assert_eq!(unverified.verify::<Vec<u8>>(other.public()), Err(JoseError::Kid));
    }

    #[test]
    fn signed_header_must_match_suite_exactly() {
        let kid = key().public().thumbprint();
        let cases = [
            (format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"t"}}"#), None),
            (format!(r#"{{"alg":"none","kid":"{kid}","typ":"t"}}"#), Some(JoseError::Algorithm)),
            (format!(r#"{{"alg":"HS256","kid":"{kid}","typ":"t"}}"#), Some(JoseError::Algorithm)),
            (format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"u"}}"#), Some(JoseError::Type)),
            (format!(r#"{{"alg":"ES256","kid":"{kid}"}}"#), Some(JoseError::Header)),
            (r#"{"alg":"ES256","kid":"short","typ":"t"}"#.into(), Some(JoseError::Header)),
            (format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"t","crit":[]}}"#), Some(JoseError::Header)),
            (format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"t","b64":false}}"#), Some(JoseError::Header)),
            (format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"t","zip":"DEF"}}"#), Some(JoseError::Header)),
            (format!(r#"{{"alg":"ES256","alg":"ES256","kid":"{kid}","typ":"t"}}"#), Some(JoseError::Header)),
            (format!(r#"["ES256","{kid}","t"]"#), Some(JoseError::Header)),
            (String::new(), Some(JoseError::Header)),
        ];
        for (header, expected) in cases {
            let compact = with_header(&header);
            assert_eq!(Unverified::parse(&compact, "t", 8192).err(), expected, "{header}");
        }
    }

    #[test]
    fn malformed_compact_jws_is_rejected() {
        let compact = sign("t", &1, &key()).unwrap();
        assert_eq!(Unverified::parse(&compact, "t", compact.len() - 1).err(), Some(JoseError::Size));
        assert_eq!(Unverified::parse(&format!("{compact}."), "t", 8192).err(), Some(JoseError::Parts));
        assert_eq!(Unverified::parse("a.b", "t", 8192).err(), Some(JoseError::Parts));
        assert_eq!(Unverified::parse("", "t", 8192).err(), Some(JoseError::Parts));
        assert_eq!(Unverified::parse(&format!("{compact}="), "t", 8192).err(), Some(JoseError::Base64));
    }

    #[test]
    fn mirrored_signature_is_rejected() {
        let compact = sign("t", &1, &key()).unwrap();
        let (input, signature) = compact.rsplit_once('.').unwrap();
        let mirrored = key::mirrored(&base64url::decode_array(signature).unwrap()).unwrap();
        key().public().verify(input.as_bytes(), &mirrored).unwrap();
        let other = format!("{input}.{}", base64url::encode(mirrored));
        assert_eq!(Unverified::parse(&other, "t", 8192).err(), Some(JoseError::Signature));
        // A signer that returns the upper half produces the same message.
        let typed = SigningInput::new("t", key().public().thumbprint(), &1).unwrap();
        assert_eq!(typed.finish(&mirrored), compact);
    }

    #[test]
    fn changed_signed_message_is_rejected() {
        let compact = sign("t", &vec!["meaning"], &key()).unwrap();
        let mut tried = 0;
        for byte in 0..compact.len() {
            for bit in 0..8 {
                let mut bytes = compact.clone().into_bytes();
                bytes[byte] ^= 1 << bit;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                let accepted = Unverified::parse(&text, "t", 8192)
                    .and_then(|unverified| unverified.verify::<Vec<String>>(key().public()));
                assert!(accepted.is_err(), "byte {byte} bit {bit}");
                tried += 1;
            }
        }
        assert!(tried > 1000);
    }
}
