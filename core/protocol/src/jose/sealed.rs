//! Compact JWE, ECDH-ES with A256GCM (RFC 7516 §3.1, RFC 7518 §4.6).
//!
//! Sealing makes an ephemeral key and needs only ring. Opening needs the private half of a stored key, which lives in a key
//! store: [`Sealed::parse`] checks everything that can be checked without it (the ephemeral point above all, against
//! invalid-curve attacks), the caller agrees on the secret, and [`Sealed::open`] does the rest.

use ring::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{self, EphemeralPrivateKey};
use ring::rand::SystemRandom;
use zeroize::Zeroizing;

use super::header::SealedHeader;
use super::{Digest, JoseError, PublicKey, Thumbprint, base64url, random, wipe};

const IV_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Seals a message to a public key.
pub fn seal(plaintext: &[u8], to: &PublicKey) -> Result<String, JoseError> {
    wipe::stack_after(|| sealed_with_new_key(plaintext, to))
}

fn sealed_with_new_key(plaintext: &[u8], to: &PublicKey) -> Result<String, JoseError> {
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

/// A JWE whose form and header are right, waiting for the agreed secret.
#[derive(Debug)]
pub struct Sealed<'a> {
    aad: &'a str,
    header: SealedHeader,
    iv: [u8; IV_BYTES],
    /// Ciphertext and tag, as AES-GCM of ring takes them.
    text: Vec<u8>,
}

impl<'a> Sealed<'a> {
    /// Reads the form: size, parts, strict base64url, exact header, an ephemeral key that is on the curve.
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

    /// Which key the message is sealed to.
    #[must_use]
    pub const fn kid(&self) -> Thumbprint {
        self.header.kid
    }

    /// The peer for the key agreement. Checked to be on the curve.
    #[must_use]
    pub const fn epk(&self) -> &PublicKey {
        &self.header.epk
    }

    /// Opens with the agreed secret: the x coordinate, 32 bytes. What was decrypted before a bad tag showed is wiped.
    pub fn open(self, secret: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>, JoseError> {
        wipe::stack_after(|| self.opened(secret))
    }

    fn opened(self, secret: &[u8; 32]) -> Result<Zeroizing<Vec<u8>>, JoseError> {
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

/// Concat KDF for A256GCM with empty party information (RFC 7518 §4.6.2): one round of SHA-256.
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
    fn derives_the_key_of_rfc_7518_appendix_c() {
        // Appendix C derives 128 bits for A128GCM with party information; the same steps in the open here.
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
    fn what_is_sealed_opens_and_nothing_shows() {
        let compact = seal(b"42.50 EUR to ACME", &public()).unwrap();
        assert!(!compact.contains("ACME"));
        assert_eq!(open(&compact).unwrap(), b"42.50 EUR to ACME");
        let again = seal(b"42.50 EUR to ACME", &public()).unwrap();
        assert_ne!(compact, again);
    }

    #[test]
    fn another_secret_does_not_open() {
        let compact = seal(b"x", &public()).unwrap();
        assert_eq!(Sealed::parse(&compact, 8192).unwrap().open(&[1; 32]).err(), Some(JoseError::Decrypt));
    }

    #[test]
    fn no_bit_of_a_sealed_message_can_change_and_no_part_can_go() {
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
    fn refuses_headers_that_are_not_exactly_the_suites() {
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
