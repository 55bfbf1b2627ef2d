//! What a shop shows for the customer to give to the phone: a code to type, or a secret to scan.

use countersign_core::jose::{base64url, random};

use super::RpError;

/// Six fresh digits.
pub(crate) fn six_digits() -> Result<String, RpError> {
    let bytes = random::bytes::<8>().map_err(|_| NO_RANDOM)?;
    // 2^64 is so much more than 10^6 that no code is noticeably likelier than another.
    Ok(format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000))
}

/// A fresh secret of 128 bits, to be shown as a QR code of exactly this text (ADP/1, binding mode `scan`).
pub(crate) fn scan_secret() -> Result<String, RpError> {
    Ok(base64url::encode(random::bytes::<16>().map_err(|_| NO_RANDOM)?))
}

const NO_RANDOM: RpError = RpError::Protocol("this computer gives no random numbers");

#[cfg(test)]
mod tests {
    use countersign_core::message::request::is_scan_secret;

    use super::*;

    #[test]
    fn six_digits_and_not_the_same_each_time() {
        let codes: Vec<String> = (0..20).map(|_| six_digits().unwrap()).collect();
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())));
        assert!(codes.iter().any(|code| *code != codes[0]));
    }

    #[test]
    fn a_secret_to_scan_is_one_and_another_each_time() {
        let secrets = [scan_secret().unwrap(), scan_secret().unwrap()];
        assert!(secrets.iter().all(|secret| is_scan_secret(secret)) && secrets[0] != secrets[1]);
    }
}
