//! Binding values for the shop's page: a code to type or a secret to scan.

use countersign_core::jose::{base64url, random};

use super::RpError;

/// Returns six random digits.
pub(crate) fn six_digits() -> Result<String, RpError> {
    let bytes = random::bytes::<8>().map_err(|_| NO_RANDOM)?;
    // The bias of the remainder is negligible: 2^64 is far larger than 10^6.
    Ok(format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000))
}

/// Returns a random secret of 128 bits for binding mode `scan`. The page shows it as a QR code of
/// exactly this text.
pub(crate) fn scan_secret() -> Result<String, RpError> {
    Ok(base64url::encode(random::bytes::<16>().map_err(|_| NO_RANDOM)?))
}

const NO_RANDOM: RpError = RpError::Protocol("this computer's random number generator does not work");

#[cfg(test)]
mod tests {
    use countersign_core::message::request::is_scan_secret;

    use super::*;

    #[test]
    fn codes_are_six_digits_and_differ() {
        let codes: Vec<String> = (0..20).map(|_| six_digits().unwrap()).collect();
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())));
        assert!(codes.iter().any(|code| *code != codes[0]));
    }

    #[test]
    fn scan_secrets_are_valid_and_differ() {
        let secrets = [scan_secret().unwrap(), scan_secret().unwrap()];
        assert!(secrets.iter().all(|secret| is_scan_secret(secret)) && secrets[0] != secrets[1]);
    }
}
