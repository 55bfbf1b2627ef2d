//! Server nonces for DPoP proofs (RFC 9449 §8), without memory: an HMAC over the current stretch of time.
//!
//! A nonce is good for its own stretch and the next one. It tells a proof made now from one made long ago; that a proof
//! is used once is the business of its `jti`.

use countersign_protocol::jose::base64url;
use ring::hmac;

/// Length of a stretch in seconds.
const STRETCH: i64 = 120;

/// After how many seconds every nonce of now is forgotten.
pub(super) const LIFETIME: i64 = 2 * STRETCH;

/// Makes and knows nonces. Every node with the same secret agrees.
pub(super) struct Nonces {
    key: hmac::Key,
}

impl Nonces {
    pub(super) fn new(secret: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    /// The nonce to hand out now.
    pub(super) fn current(&self, now: i64) -> String {
        base64url::encode(self.tag(now.div_euclid(STRETCH)))
    }

    /// Whether that is a nonce of this stretch or the one before.
    pub(super) fn knows(&self, nonce: &str, now: i64) -> bool {
        let Ok(tag) = base64url::decode(nonce) else { return false };
        let stretch = now.div_euclid(STRETCH);
        [stretch, stretch - 1].iter().any(|stretch| hmac::verify(&self.key, &message(*stretch), &tag).is_ok())
    }

    fn tag(&self, stretch: i64) -> hmac::Tag {
        hmac::sign(&self.key, &message(stretch))
    }
}

fn message(stretch: i64) -> Vec<u8> {
    [b"ADP1-dpop-nonce\0".as_slice(), &stretch.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_lives_two_stretches() {
        let nonces = Nonces::new(&[1; 32]);
        let nonce = nonces.current(1000 * STRETCH);
        assert!(nonces.knows(&nonce, 1000 * STRETCH));
        assert!(nonces.knows(&nonce, 1002 * STRETCH - 1));
        assert!(!nonces.knows(&nonce, 1002 * STRETCH));
        assert!(!nonces.knows(&nonce, 1000 * STRETCH - 1), "not from the future");
    }

    #[test]
    fn another_secret_and_another_text_are_unknown() {
        let nonces = Nonces::new(&[1; 32]);
        assert!(!nonces.knows(&Nonces::new(&[2; 32]).current(0), 0));
        assert!(!nonces.knows("", 0));
        assert!(!nonces.knows("not base64url!", 0));
    }
}
