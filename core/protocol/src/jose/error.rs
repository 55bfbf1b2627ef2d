use crate::names::stable_names;

/// The reason why a JOSE object was rejected.
///
/// The reason is for local diagnostics. Other parties receive one opaque error, so that no caller
/// becomes an oracle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum JoseError {
    /// The message is longer than its type allows.
    #[error("the message is larger than its type allows")]
    Size,
    /// The text does not have three (JWS) or five (JWE) parts.
    #[error("the compact serialisation has the wrong number of parts")]
    Parts,
    /// A part has padding, white space, a character outside the alphabet, or unused bits that are
    /// not zero.
    #[error("a part is not strict base64url")]
    Base64,
    /// The header does not have exactly the members of the suite, has a duplicate member, or a
    /// member has the wrong JSON type.
    #[error("the header does not have exactly the members of the suite")]
    Header,
    /// The value of `alg` or `enc` is not the one of the suite.
    #[error("the algorithm is not the one of the suite")]
    Algorithm,
    /// The value of `typ` or `cty` is not the expected one.
    #[error("the message has another type")]
    Type,
    /// No accepted key has this `kid`.
    #[error("the key id belongs to no accepted key")]
    Kid,
    /// A public key is malformed, not on the curve, or the point at infinity.
    #[error("a public key is not a point of P-256")]
    Point,
    /// A private key cannot be read.
    #[error("a private key cannot be read")]
    PrivateKey,
    /// The ES256 signature is not valid.
    #[error("the signature is not valid")]
    Signature,
    /// AES-GCM rejected the ciphertext.
    #[error("the message cannot be decrypted")]
    Decrypt,
    /// The claims do not match their type: a member has the wrong JSON type, is unknown, missing or
    /// duplicate.
    #[error("the claims do not have exactly the members of their type")]
    Claims,
    /// The claims cannot be written as JSON.
    #[error("the claims cannot be written as JSON")]
    Encode,
    /// The random number generator of the system failed.
    #[error("the system provided no random numbers")]
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
