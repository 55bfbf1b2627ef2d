//! P-256 keys: public keys as JWK, and software signing keys for servers and tests.

use p256::Scalar;
use p256::elliptic_curve::PrimeField as _;
use p256::elliptic_curve::scalar::IsHigh as _;
use p256::elliptic_curve::sec1::{FromEncodedPoint as _, ToEncodedPoint as _};
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair as _};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Digest, JoseError, Thumbprint, base64url, wipe};

/// A P-256 public key. Its point is on the curve and is not the point at infinity.
///
/// Its JSON form is a JWK with exactly `kty`, `crv`, `x` and `y` (RFC 7518 §6.2.1). The key id is
/// always the [thumbprint](Self::thumbprint), so a JWK never has a `kid`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Jwk", into = "Jwk")]
pub struct PublicKey {
    /// The uncompressed SEC 1 form: `0x04 ‖ x ‖ y`.
    point: [u8; 65],
}

impl PublicKey {
    /// Creates a key from an uncompressed SEC 1 point of 65 bytes.
    ///
    /// # Errors
    /// [`JoseError::Point`]
    pub fn from_sec1(point: &[u8]) -> Result<Self, JoseError> {
        let point: [u8; 65] = point.try_into().map_err(|_| JoseError::Point)?;
        let encoded = p256::EncodedPoint::from_bytes(point).map_err(|_| JoseError::Point)?;
        let checked = Option::<p256::PublicKey>::from(p256::PublicKey::from_encoded_point(&encoded));
        if encoded.is_compressed() || checked.is_none() {
            return Err(JoseError::Point);
        }
        Ok(Self { point })
    }

    /// Creates a key from affine coordinates of 32 bytes each, big-endian.
    ///
    /// # Errors
    /// [`JoseError::Point`]
    pub fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, JoseError> {
        let encoded = p256::EncodedPoint::from_affine_coordinates(x.into(), y.into(), false);
        Self::from_sec1(encoded.as_bytes())
    }

    /// Returns the uncompressed SEC 1 form of 65 bytes, which key stores use.
    #[must_use]
    pub const fn as_sec1(&self) -> &[u8; 65] {
        &self.point
    }

    /// Returns the SHA-256 thumbprint over the required members in lexicographic order (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        let (x, y) = self.coordinates();
        let text =
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, base64url::encode(x), base64url::encode(y));
        Thumbprint::new(Digest::of(text.as_bytes()))
    }

    /// Verifies an ES256 signature (`r ‖ s`, 64 bytes, each in [1, n−1]) over the message.
    ///
    /// # Errors
    /// [`JoseError::Signature`]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JoseError> {
        signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, &self.point)
            .verify(message, signature)
            .map_err(|_| JoseError::Signature)
    }

    fn coordinates(&self) -> ([u8; 32], [u8; 32]) {
        let mut x = [0; 32];
        let mut y = [0; 32];
        let coordinates = self.point.iter().skip(1);
        for (to, from) in x.iter_mut().chain(y.iter_mut()).zip(coordinates) {
            *to = *from;
        }
        (x, y)
    }
}

impl std::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PublicKey({})", self.thumbprint())
    }
}

/// Returns whether `s` of an ES256 signature is in the lower half of the scalars.
pub(super) fn has_low_s(signature: &[u8]) -> bool {
    <&[u8; 64]>::try_from(signature).ok().and_then(s_of).is_some_and(|s| !bool::from(s.is_high()))
}

/// Returns the signature with `s` in the lower half. Invalid signatures are returned unchanged and
/// fail verification later.
pub(super) fn with_low_s(signature: &[u8; 64]) -> [u8; 64] {
    if has_low_s(signature) { *signature } else { mirrored(signature).unwrap_or(*signature) }
}

/// Returns the signature with `n − s` instead of `s`. It is valid for the same message and key.
pub(super) fn mirrored(signature: &[u8; 64]) -> Option<[u8; 64]> {
    let s = (-s_of(signature)?).to_repr();
    let mut mirrored = *signature;
    for (to, from) in mirrored.iter_mut().skip(32).zip(s) {
        *to = from;
    }
    Some(mirrored)
}

fn s_of(signature: &[u8; 64]) -> Option<Scalar> {
    let s: [u8; 32] = signature.last_chunk().copied()?;
    Option::from(Scalar::from_repr(s.into()))
}

/// The JSON form of a public key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

impl TryFrom<Jwk> for PublicKey {
    type Error = JoseError;

    fn try_from(jwk: Jwk) -> Result<Self, JoseError> {
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err(JoseError::Point);
        }
        Self::from_coordinates(&base64url::decode_array(&jwk.x)?, &base64url::decode_array(&jwk.y)?)
    }
}

impl From<PublicKey> for Jwk {
    fn from(key: PublicKey) -> Self {
        let (x, y) = key.coordinates();
        Self { kty: "EC".into(), crv: "P-256".into(), x: base64url::encode(x), y: base64url::encode(y) }
    }
}

/// A P-256 signing key in software, for servers and for devices without hardware keys.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl SigningKey {
    /// Creates a key and returns it as PKCS #8 v1 (RFC 5208). [`Self::from_pkcs8`] reads it.
    ///
    /// # Errors
    /// [`JoseError::Random`]
    pub fn generate() -> Result<Zeroizing<Vec<u8>>, JoseError> {
        EcdsaKeyPair::generate_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map(|document| Zeroizing::new(document.as_ref().to_vec()))
            .map_err(|_| JoseError::Random)
    }

    /// Reads a key from PKCS #8.
    ///
    /// # Errors
    /// [`JoseError::PrivateKey`]
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, JoseError> {
        EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new())
            .map_err(|_| JoseError::PrivateKey)
            .and_then(Self::from_pair)
    }

    /// Reads a key from its scalar of 32 bytes, big-endian, in [1, n−1].
    ///
    /// # Errors
    /// [`JoseError::PrivateKey`]
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, JoseError> {
        let secret = p256::SecretKey::from_slice(scalar).map_err(|_| JoseError::PrivateKey)?;
        let public = secret.public_key().to_encoded_point(false);
        EcdsaKeyPair::from_private_key_and_public_key(
            &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
            scalar,
            public.as_bytes(),
            &SystemRandom::new(),
        )
        .map_err(|_| JoseError::PrivateKey)
        .and_then(Self::from_pair)
    }

    /// Returns the public key.
    #[must_use]
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs with ES256 and returns `r ‖ s`, 64 bytes.
    ///
    /// # Errors
    /// [`JoseError::Random`] if the system provides no random numbers.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], JoseError> {
        let signature = wipe::after(|| self.pair.sign(&SystemRandom::new(), message));
        let signature = signature.map_err(|_| JoseError::Random)?;
        signature.as_ref().try_into().map_err(|_| JoseError::Signature)
    }

    fn from_pair(pair: EcdsaKeyPair) -> Result<Self, JoseError> {
        let public = PublicKey::from_sec1(pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({}, private half hidden)", self.public.thumbprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::json;

    /// The key of RFC 7515 A.3.
    const RFC_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

    #[test]
    fn rfc_7515_a_3_example_is_verified() {
        let key: PublicKey = json::from_str(RFC_KEY).unwrap();
        let input = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature =
            base64url::decode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
                .unwrap();
        key.verify(input.as_bytes(), &signature).unwrap();
        assert_eq!(key.verify(b"other", &signature), Err(JoseError::Signature));
        // Its `s` starts with 0xC5, which is in the upper half.
        let signature: [u8; 64] = signature.try_into().unwrap();
        let lower = mirrored(&signature).unwrap();
        key.verify(input.as_bytes(), &lower).unwrap();
        assert_eq!([signature, lower].map(|signature| has_low_s(&signature)), [false, true]);
        assert_eq!([signature, lower].map(|signature| with_low_s(&signature)), [lower, lower]);
    }

    #[test]
    fn zero_and_wrong_length_signatures_are_rejected() {
        let key: PublicKey = json::from_str(RFC_KEY).unwrap();
        assert_eq!(key.verify(b"x", &[0; 64]), Err(JoseError::Signature));
        assert_eq!(key.verify(b"x", &[]), Err(JoseError::Signature));
        assert_eq!(key.verify(b"x", &[1; 65]), Err(JoseError::Signature));
    }

    #[test]
    fn malformed_public_key_is_rejected() {
        let off = RFC_KEY.replace("f83OJ", "f83OK");
        let more = RFC_KEY.replace(r#""kty""#, r#""kid":"a","kty""#);
        let private = RFC_KEY.replace(r#""kty""#, r#""d":"AA","kty""#);
        let twice = RFC_KEY.replace(r#""kty""#, r#""kty":"EC","kty""#);
        let curve = RFC_KEY.replace("P-256", "P-384");
        for bad in [off, more, private, twice, curve, "[]".into(), r#"["EC","P-256","",""]"#.into()] {
            assert!(json::from_str::<PublicKey>(&bad).is_err(), "{bad}");
        }
        assert_eq!(PublicKey::from_sec1(&[0; 65]), Err(JoseError::Point));
        assert_eq!(PublicKey::from_sec1(&[0]), Err(JoseError::Point));
    }

    #[test]
    fn software_key_signature_is_verified_by_public_key() {
        let key = SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap();
        let signature = key.sign(b"meaning").unwrap();
        key.public().verify(b"meaning", &signature).unwrap();
        let same = SigningKey::from_scalar(&[7; 32]).unwrap();
        same.public().verify(b"m", &same.sign(b"m").unwrap()).unwrap();
        assert!(SigningKey::from_scalar(&[0; 32]).is_err());
        assert!(SigningKey::from_scalar(&[255; 32]).is_err());
        assert!(SigningKey::from_pkcs8(b"no").is_err());
        let name = same.public().thumbprint();
        assert_eq!(format!("{same:?}"), format!("SigningKey({name}, private half hidden)"));
        assert_eq!(format!("{:?}", same.public()), format!("PublicKey({name})"));
    }
}
