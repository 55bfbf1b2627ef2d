//! base64url without padding (RFC 7515 §2), with strict decoding.
//!
//! Every value has exactly one text form. Otherwise somebody could change a message without
//! changing its meaning, and a digest would no longer identify one message.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::JoseError;

/// Encodes without padding.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes strictly. Padding, white space, the standard base64 alphabet and non-zero unused bits
/// are rejected.
///
/// # Errors
/// [`JoseError::Base64`]
pub fn decode(text: &str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseError::Base64)
}

/// Decodes exactly `N` bytes.
///
/// # Errors
/// [`JoseError::Base64`], also for another number of bytes.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], JoseError> {
    decode(text)?.try_into().map_err(|_| JoseError::Base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_rejects_other_text_forms() {
        assert_eq!(decode("AQ").unwrap(), [1]);
        for bad in ["AQ==", "AR", "A", "A Q", "AQ\n", "+w", "/w", "AQ=", "é"] {
            assert_eq!(decode(bad), Err(JoseError::Base64), "{bad:?}");
        }
        assert_eq!(decode_array::<2>("AQ"), Err(JoseError::Base64));
    }
}
