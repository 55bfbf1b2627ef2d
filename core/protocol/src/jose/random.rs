//! Random bytes from the operating system, through ring.

use ring::rand::{SecureRandom as _, SystemRandom};

use super::JoseError;

/// Returns `N` random bytes.
///
/// # Errors
/// [`JoseError::Random`]
pub fn bytes<const N: usize>() -> Result<[u8; N], JoseError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| JoseError::Random)?;
    Ok(bytes)
}
