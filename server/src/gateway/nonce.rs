//! Server nonces for DPoP proofs (RFC 9449, section 8). A nonce is an HMAC over the current period
//! of time, so that no state is stored.
//!
//! A nonce is accepted in its own period and in the next one. It limits the age of a proof. The
//! `jti` of the proof limits its use to one call.

use countersign_protocol::jose::base64url;
use ring::hmac;

/// The length of a period, in seconds.
const PERIOD_SECS: i64 = 120;

/// The time after which a nonce is no longer accepted, in seconds.
pub(super) const LIFETIME_SECS: i64 = 2 * PERIOD_SECS;

/// Makes and recognises nonces. Nodes with the same secret accept each other's nonces.
pub(super) struct Nonces {
    key: hmac::Key,
}

impl Nonces {
    /// Makes nonces with that secret.
    pub(super) fn new(secret: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    /// Returns the current nonce.
    pub(super) fn current(&self, now: i64) -> String {
        base64url::encode(self.tag(now.div_euclid(PERIOD_SECS)))
    }

    /// Returns true if the nonce is of this period or of the one before.
    pub(super) fn knows(&self, nonce: &str, now: i64) -> bool {
        let Ok(tag) = base64url::decode(nonce) else { return false };
        let period = now.div_euclid(PERIOD_SECS);
        [period, period - 1].iter().any(|period| hmac::verify(&self.key, &message(*period), &tag).is_ok())
    }

    fn tag(&self, period: i64) -> hmac::Tag {
        hmac::sign(&self.key, &message(period))
    }
}

fn message(period: i64) -> Vec<u8> {
    [b"ADP1-dpop-nonce\0".as_slice(), &period.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonce_is_accepted_for_two_periods() {
        let nonces = Nonces::new(&[1; 32]);
        let nonce = nonces.current(1000 * PERIOD_SECS);
        assert!(nonces.knows(&nonce, 1000 * PERIOD_SECS));
        assert!(nonces.knows(&nonce, 1002 * PERIOD_SECS - 1));
        assert!(!nonces.knows(&nonce, 1002 * PERIOD_SECS));
        assert!(!nonces.knows(&nonce, 1000 * PERIOD_SECS - 1), "not from the future");
    }

    #[test]
    fn nonce_of_another_secret_is_unknown() {
        let nonces = Nonces::new(&[1; 32]);
        assert!(!nonces.knows(&Nonces::new(&[2; 32]).current(0), 0));
        assert!(!nonces.knows("", 0));
        assert!(!nonces.knows("not base64url!", 0));
    }
}
