//! base64url without padding (RFC 7515 §2), decoded strictly: one text for one value, or the value could be changed without
//! changing what it means and digests over exact bytes would no longer name one message.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::JoseError;

/// Encodes without padding.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes. Padding, white space, the plain base64 alphabet and non-zero unused bits are refused.
pub fn decode(text: &str) -> Result<Vec<u8>, JoseError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseError::Base64)
}

/// Decodes exactly `N` bytes.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], JoseError> {
    decode(text)?.try_into().map_err(|_| JoseError::Base64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_is_not_the_one_text_of_a_value() {
        assert_eq!(decode("AQ").unwrap(), [1]);
        for bad in ["AQ==", "AR", "A", "A Q", "AQ\n", "+w", "/w", "AQ=", "é"] {
            assert_eq!(decode(bad), Err(JoseError::Base64), "{bad:?}");
        }
        assert_eq!(decode_array::<2>("AQ"), Err(JoseError::Base64));
    }
}
