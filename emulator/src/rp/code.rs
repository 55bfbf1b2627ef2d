//! The code that a shop shows and the customer types.

use countersign_core::jose::random;

use super::RpError;

/// Six fresh digits.
pub(crate) fn six_digits() -> Result<String, RpError> {
    let bytes = random::bytes::<8>().map_err(|_| RpError::Protocol("this computer gives no random numbers"))?;
    // 2^64 is so much more than 10^6 that no code is noticeably likelier than another.
    Ok(format!("{:06}", u64::from_be_bytes(bytes) % 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_and_not_the_same_each_time() {
        let codes: Vec<String> = (0..20).map(|_| six_digits().unwrap()).collect();
        assert!(codes.iter().all(|code| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit())));
        assert!(codes.iter().any(|code| *code != codes[0]));
    }
}
