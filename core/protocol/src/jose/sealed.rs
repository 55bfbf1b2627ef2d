//! Compact JWE with ECDH-ES and A256GCM (RFC 7516 §3.1, RFC 7518 §4.6).
//!
//! Sealing creates an ephemeral key and needs only ring. Opening needs the private key of a key
//! store and has three steps. [`Sealed::parse`] checks everything that needs no private key. In
//! particular, it checks that the ephemeral point is on the curve, which prevents invalid-curve
//! attacks. The caller then computes the shared secret. [`Sealed::open`] decrypts.

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{self, EphemeralPrivateKey};
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::header::SealedHeader;
use super::{Digest, JoseError, PublicKey, Thumbprint, base64url, random, wipe};

const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Seals a message to a public key.
///
/// # Errors
/// [`JoseError::Random`] if the system provides no random numbers.
pub fn seal(plaintext: &[u8], to: &PublicKey) -> Result<String, JoseError> {
    wipe::after(|| seal_with_ephemeral_key(plaintext, to))
}

fn seal_with_ephemeral_key(plaintext: &[u8], to: &PublicKey) -> Result<String, JoseError> {
    let ephemeral =
        EphemeralPrivateKey::generate(&agreement::ECDH_P256, &SystemRandom::new()).map_err(|_| JoseError::Random)?;
    let epk = ephemeral.compute_public_key().map_err(|_| JoseError::Random)?;
    let header = SealedHeader::new(to.thumbprint(), PublicKey::from_sec1(epk.as_ref())?);
    let header = base64url::encode(serde_json::to_vec(&header).map_err(|_| JoseError::Encode)?);
    let peer = agreement::UnparsedPublicKey::new(&agreement::ECDH_P256, to.as_sec1());
    let key = agreement::agree_ephemeral(ephemeral, &peer, content_key).map_err(|_| JoseError::Point)??;
    let iv: [u8; IV_BYTES] = random::bytes()?;
    let mut text = Zeroizing::new(plaintext.to_vec());
    let tag = key
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(header.as_bytes()), &mut text)
        .map_err(|_| JoseError::Encode)?;
    let (iv, text, tag) = (base64url::encode(iv), base64url::encode(&*text), base64url::encode(tag.as_ref()));
    Ok(format!("{header}..{iv}.{text}.{tag}"))
}

/// A JWE with a valid form and header that is not decrypted yet.
#[derive(Debug)]
pub struct Sealed<'a> {
    aad: &'a str,
    header: SealedHeader,
    iv: [u8; IV_BYTES],
    /// Ciphertext and tag, in the form that ring expects.
    text: Vec<u8>,
}

impl<'a> Sealed<'a> {
    /// Parses a JWE of at most `max` bytes. Checks the size, the parts, strict base64url, the exact
    /// header, and that the ephemeral key is on the curve.
    ///
    /// # Errors
    /// [`JoseError`] with the first rule that the message breaks.
    pub fn parse(compact: &'a str, max: usize) -> Result<Self, JoseError> {
        if compact.len() > max {
            return Err(JoseError::Size);
        }
        let mut parts = compact.split('.');
        let (Some(aad), Some(""), Some(iv), Some(text), Some(tag), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JoseError::Parts);
        };
        let iv = base64url::decode_array(iv)?;
        let mut text = base64url::decode(text)?;
        let tag: [u8; TAG_BYTES] = base64url::decode_array(tag)?;
        text.extend_from_slice(&tag);
        Ok(Self { aad, header: SealedHeader::parse(aad)?, iv, text })
    }

    /// Returns the thumbprint of the key to which the message is sealed.
    #[must_use]
    pub const fn kid(&self) -> Thumbprint {
        self.header.kid
    }

    /// Returns the peer's key for the key agreement. The point is on the curve.
    #[must_use]
    pub const fn epk(&self) -> &PublicKey {
        &self.header.epk
    }

    /// Decrypts with the shared secret, which is the x coordinate of 32 bytes. If the tag is wrong,
    /// the decrypted bytes are wiped.
    ///
    /// # Errors
    /// [`JoseError::Decrypt`]
    pub fn open(self, secret: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        wipe::after(|| self.decrypt(secret))
    }

    fn decrypt(self, secret: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        let key = content_key(secret)?;
        let mut text = Zeroizing::new(self.text);
        let length = key
            .open_in_place(Nonce::assume_unique_for_key(self.iv), Aad::from(self.aad.as_bytes()), &mut text)
            .map_err(|_| JoseError::Decrypt)?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

/// Derives the key by Concat KDF for A256GCM with empty party information (RFC 7518 §4.6.2): one
/// round of SHA-256.
fn content_key(secret: &[u8]) -> Result<LessSafeKey, JoseError> {
    const ROUND: [u8; 4] = 1_u32.to_be_bytes();
    const ALGORITHM: [u8; 11] = *b"\x00\x00\x00\x07A256GCM";
    const NO_PARTY: [u8; 4] = [0; 4];
    const BITS: [u8; 4] = 256_u32.to_be_bytes();
    let key = Zeroizing::new(Digest::of_parts(&[&ROUND, secret, &ALGORITHM, &NO_PARTY, &NO_PARTY, &BITS]));
    UnboundKey::new(&aead::AES_256_GCM, key.as_bytes()).map(LessSafeKey::new).map_err(|_| JoseError::Decrypt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> p256::SecretKey {
        p256::SecretKey::from_slice(&[9; 32]).unwrap()
    }

    fn public() -> PublicKey {
        SigningKey::from_scalar(&[9; 32]).unwrap().public().clone()
    }

    use crate::jose::SigningKey;

    fn agree(sealed: &Sealed<'_>) -> [u8; 32] {
        let peer = p256::PublicKey::from_sec1_bytes(sealed.epk().as_sec1()).unwrap();
        let shared = p256::ecdh::diffie_hellman(secret().to_nonzero_scalar(), peer.as_affine());
        (*shared.raw_secret_bytes()).into()
    }

    fn open(compact: &str) -> Result<Vec<u8>, JoseError> {
        let sealed = Sealed::parse(compact, 8192)?;
        if sealed.kid() != public().thumbprint() {
            return Err(JoseError::Kid);
        }
        let shared = agree(&sealed);
        sealed.open(&shared).map(|text| text.to_vec())
    }

    #[test]
    fn key_derivation_matches_rfc_7518_appendix_c() {
        // RFC 7518 Appendix C derives 128 bits for A128GCM with party information. The test repeats
        // its steps.
        let z = base64url::decode("nlbZHYFxNdNyg0KDv4QmnPsxbqPagGpI9tqneYz-kMQ").unwrap();
        let derived = Digest::of_parts(&[
            &[0, 0, 0, 1],
            &z,
            b"\x00\x00\x00\x07A128GCM",
            b"\x00\x00\x00\x05Alice",
            b"\x00\x00\x00\x03Bob",
            &[0, 0, 0, 128],
        ]);
        assert_eq!(base64url::encode(&derived.as_bytes()[..16]), "VqqN6vgjbSBcIijNcacQGg");
    }

    #[test]
    fn sealed_message_opens_and_hides_plaintext() {
        let compact = seal(b"42.50 EUR to ACME", &public()).unwrap();
        assert!(!compact.contains("ACME"));
        assert_eq!(open(&compact).unwrap(), b"42.50 EUR to ACME");
        let again = seal(b"42.50 EUR to ACME", &public()).unwrap();
        assert_ne!(compact, again);
    }

    #[test]
    fn sealed_message_needs_the_right_secret() {
        let compact = seal(b"x", &public()).unwrap();
        assert_eq!(Sealed::parse(&compact, 8192).unwrap().open(&[1; 32]).err(), Some(JoseError::Decrypt));
    }

    #[test]
    fn changed_or_cut_sealed_message_is_rejected() {
        let compact = seal(b"meaning", &public()).unwrap();
        for byte in 0..compact.len() {
            assert!(open(&compact[..byte]).is_err(), "cut at {byte}");
            for bit in 0..8 {
                let mut bytes = compact.clone().into_bytes();
                bytes[byte] ^= 1 << bit;
                let Ok(text) = String::from_utf8(bytes) else { continue };
                assert!(open(&text).is_err(), "byte {byte} bit {bit}");
            }
        }
    }

    #[test]
    fn sealed_header_must_match_suite_exactly() {
        let compact = seal(b"x", &public()).unwrap();
        let (header, rest) = compact.split_once('.').unwrap();
        let header = String::from_utf8(base64url::decode(header).unwrap()).unwrap();
        let cases = [
            (header.replace("ECDH-ES", "dir"), JoseError::Algorithm),
            (header.replace("A256GCM", "A128GCM"), JoseError::Algorithm),
            (header.replace("adp-sealed", "adp-other"), JoseError::Type),
            (header.replace(r#""cty":"JWT""#, r#""cty":"x""#), JoseError::Type),
            (header.replace(r#"{"alg""#, r#"{"zip":"DEF","alg""#), JoseError::Header),
            (header.replace(r#"{"alg""#, r#"{"apu":"","alg""#), JoseError::Header),
            (header.replace(r#"{"alg""#, r#"{"p2c":1,"alg""#), JoseError::Header),
            (header.replace(r#""x":""#, r#""x":"A"#), JoseError::Header),
        ];
        for (changed, expected) in cases {
            let compact = format!("{}.{rest}", base64url::encode(&changed));
            assert_eq!(Sealed::parse(&compact, 8192).err(), Some(expected), "{changed}");
        }
        assert!(Sealed::parse(&compact, compact.len()).is_ok());
        assert_eq!(Sealed::parse(&compact, compact.len() - 1).err(), Some(JoseError::Size));
        assert_eq!(Sealed::parse(&compact.replace("..", ".AA."), 8192).err(), Some(JoseError::Parts));
    }
}
