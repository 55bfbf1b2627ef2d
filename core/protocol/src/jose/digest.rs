//! SHA-256 digests of messages as received, and key thumbprints.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroize;

use super::{JoseError, base64url, wipe};

/// A SHA-256 digest of exact bytes. Its text form has 43 base64url characters. Comparison takes
/// constant time.
#[derive(Clone, Copy, Serialize, Deserialize, Zeroize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the digest of the bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts(&[bytes])
    }

    /// Returns the digest of a secret, such as a token. The hash function leaves its input on the
    /// stack, which is overwritten here.
    #[must_use]
    pub fn of_secret(secret: &[u8]) -> Self {
        wipe::after(|| Self::of(secret))
    }

    /// Returns the digest of the concatenated parts. The caller is responsible for separators.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for part in parts {
            context.update(part);
        }
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }

    /// Creates a digest from its 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl std::hash::Hash for Digest {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = JoseError;

    fn from_str(text: &str) -> Result<Self, JoseError> {
        base64url::decode_array(text).map(Self)
    }
}

impl TryFrom<String> for Digest {
    type Error = JoseError;

    fn try_from(text: String) -> Result<Self, JoseError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// The SHA-256 thumbprint of a public key (RFC 7638). It is the only form of `kid` in ADP/1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Thumbprint(Digest);

impl Thumbprint {
    pub(super) const fn new(digest: Digest) -> Self {
        Self(digest)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({})", self.0)
    }
}

impl FromStr for Thumbprint {
    type Err = JoseError;

    fn from_str(text: &str) -> Result<Self, JoseError> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_digests_have_different_hashes() {
        let hash = |digest: &Digest| {
            std::hash::BuildHasher::hash_one(
                &std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default(),
                digest,
            )
        };
        assert_eq!(hash(&Digest::of(b"a")), hash(&Digest::of(b"a")));
        assert_ne!(hash(&Digest::of(b"a")), hash(&Digest::of(b"b")));
    }

    #[test]
    fn digest_is_written_as_base64url() {
        // FIPS 180-4: the digest of the empty message.
        const EMPTY: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
        let digest = Digest::of(b"");
        assert_eq!(digest.to_string(), EMPTY);
        assert_eq!(String::from(digest), EMPTY);
        assert_eq!(format!("{digest:?}"), format!("Digest({EMPTY})"));
        assert_eq!(format!("{:?}", Thumbprint::new(digest)), format!("Thumbprint({EMPTY})"));
        assert_eq!(EMPTY.parse(), Ok(digest));
        assert_eq!(EMPTY.parse(), Ok(Thumbprint::new(digest)));
    }
}
