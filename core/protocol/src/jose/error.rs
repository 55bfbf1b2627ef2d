use crate::names::stable_names;

/// Why a JOSE object was refused. For local diagnostics: what goes outward is one opaque rejection
/// ([``Rejected` in countersign-device`]), so that no caller becomes an oracle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JoseError {
    /// Longer than the message kind allows.
    #[error("the message is larger than its kind allows")]
    Size,
    /// Not three (JWS) or five (JWE) parts.
    #[error("the compact serialisation has the wrong number of parts")]
    Parts,
    /// Padding, white space, a character outside the alphabet, or unused bits that are not zero.
    #[error("a part is not strict base64url")]
    Base64,
    /// Not exactly the members of the suite, a duplicate member, or a wrong JSON type.
    #[error("the header does not have exactly the members of the suite")]
    Header,
    /// `alg` or `enc` is not the suite's.
    #[error("the algorithm is not the suite's")]
    Algorithm,
    /// `typ` or `cty` is not the one expected here.
    #[error("the message is of another type")]
    Type,
    /// `kid` names no key that counts here.
    #[error("the key identifier names no key that counts here")]
    Kid,
    /// A public key that is malformed, not on the curve, or the point at infinity.
    #[error("a public key is not a point of P-256")]
    Point,
    /// A private key that cannot be read.
    #[error("a private key cannot be read")]
    PrivateKey,
    /// ES256 does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// AES-GCM does not open.
    #[error("the message does not open")]
    Decrypt,
    /// The claims are not of their type: wrong JSON type, unknown, missing or duplicate member.
    #[error("the claims do not have exactly the members of their type")]
    Claims,
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON")]
    Encode,
    /// The random number generator of the system failed.
    #[error("the system gave no random numbers")]
    Random,
}

stable_names!(
    /// Returns a stable code for diagnostics and test vectors.
    JoseError, code {
        Size => "size",
        Parts => "parts",
        Base64 => "base64",
        Header => "header",
        Algorithm => "algorithm",
        Type => "type",
        Kid => "kid",
        Point => "point",
        PrivateKey => "private_key",
        Signature => "signature",
        Decrypt => "decrypt",
        Claims => "claims",
        Encode => "encode",
        Random => "random",
    }
);
