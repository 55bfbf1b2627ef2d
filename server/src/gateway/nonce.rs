//! Server nonces for DPoP proofs (RFC 9449, section 8), and the proofs that were used.
//!
//! A nonce is an HMAC over the current period of time. It is accepted in its own period and in the
//! next one, so it limits the age of a proof. The memory of used proofs limits a proof to one call.
//!
//! Both are kept in this process and write nothing. The key of the nonces is random, so a proof
//! from before a restart is rejected. The periods follow a time that is never set back, so a step
//! of the system clock makes no proof usable again. See ADR 0019.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use countersign_protocol::jose::{Digest, JoseError, Thumbprint, base64url, random};
use countersign_protocol::message::claims::Jti;
use ring::hmac;
use zeroize::Zeroizing;

use crate::clock::Clock;

/// The length of a period, in seconds.
const PERIOD_SECS: i64 = 120;

/// The number of used proofs that are remembered. More calls in two periods are not accepted.
const MAX_USED: usize = 1_000_000;

/// Makes and recognises nonces, and remembers the proofs that used them.
pub(super) struct Nonces {
    key: hmac::Key,
    clock: Clock,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    /// The current period. It never falls, even if a test sets its clock back.
    period: i64,
    /// The proofs by the period of their nonce.
    proofs: BTreeMap<i64, HashSet<Digest>>,
}

impl Used {
    /// Returns the current period.
    fn period(&mut self, clock: &Clock) -> i64 {
        self.period = self.period.max(clock.uptime().div_euclid(PERIOD_SECS));
        self.period
    }

    fn contains(&self, proof: &Digest) -> bool {
        self.proofs.values().any(|proofs| proofs.contains(proof))
    }
}

fn digest(key: &Thumbprint, jti: &Jti) -> Digest {
    Digest::of(format!("{key} {jti}").as_bytes())
}

/// The period of an accepted nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period(i64);

/// The use of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The first one.
    First,
    /// The proof was used before.
    Again,
    /// The nonce of the proof is no longer accepted.
    Expired,
    /// Too many proofs are remembered.
    Full,
}

impl Nonces {
    /// Makes nonces with a random key.
    pub(super) fn new(clock: Clock) -> Result<Self, JoseError> {
        let key = Zeroizing::new(random::bytes::<32>()?);
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_slice());
        Ok(Self { key, clock, used: Mutex::default() })
    }

    /// Returns the current nonce.
    pub(super) fn current(&self) -> String {
        base64url::encode(hmac::sign(&self.key, &message(self.period())))
    }

    /// Returns the period of a nonce of this period or of the one before.
    pub(super) fn accept(&self, nonce: &str) -> Option<Period> {
        let tag = base64url::decode(nonce).ok()?;
        let period = self.period();
        let accepted = [period, period - 1].into_iter().find(|of| hmac::verify(&self.key, &message(*of), &tag).is_ok());
        accepted.map(Period)
    }

    /// Records the use of a proof by that key.
    pub(super) fn spend(&self, Period(of): Period, key: &Thumbprint, jti: &Jti) -> Use {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        // The period is read under the lock. Otherwise another call could delete the record of this
        // proof in between.
        let period = used.period(&self.clock);
        if of < period - 1 {
            return Use::Expired;
        }
        used.proofs.retain(|of, _| *of >= period - 1);
        let proof = digest(key, jti);
        if used.contains(&proof) {
            return Use::Again;
        }
        if used.proofs.values().map(HashSet::len).sum::<usize>() >= MAX_USED {
            return Use::Full;
        }
        used.proofs.entry(of).or_default().insert(proof);
        Use::First
    }

    /// Returns true if the proof was used before.
    pub(super) fn is_used(&self, key: &Thumbprint, jti: &Jti) -> bool {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).contains(&digest(key, jti))
    }

    fn period(&self) -> i64 {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).period(&self.clock)
    }
}

fn message(period: i64) -> Vec<u8> {
    [b"ADP1-dpop-nonce\0".as_slice(), &period.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use countersign_protocol::message::claims::Timestamp;

    use super::*;

    fn nonces() -> (Nonces, Clock) {
        let clock = Clock::fixed(Timestamp::from_seconds(1000 * PERIOD_SECS));
        (Nonces::new(clock.clone()).unwrap(), clock)
    }

    fn key() -> Thumbprint {
        countersign_protocol::jose::SigningKey::from_pkcs8(&countersign_protocol::jose::SigningKey::generate().unwrap())
            .unwrap()
            .public()
            .thumbprint()
    }

    #[test]
    fn nonce_is_accepted_for_two_periods() {
        let (nonces, clock) = nonces();
        let nonce = nonces.current();
        assert!(nonces.accept(&nonce).is_some());
        clock.shift(2 * PERIOD_SECS - 1);
        assert!(nonces.accept(&nonce).is_some());
        clock.shift(1);
        assert_eq!(nonces.accept(&nonce), None);
    }

    #[test]
    fn nonce_of_another_process_is_unknown() {
        let (nonces, _) = nonces();
        assert_eq!(nonces.accept(&self::nonces().0.current()), None);
        assert_eq!(nonces.accept(""), None);
        assert_eq!(nonces.accept("not base64url!"), None);
    }

    #[test]
    fn proof_is_used_once_while_its_nonce_is_accepted() {
        let (nonces, clock) = nonces();
        let (key, jti) = (key(), Jti::random().unwrap());
        let period = nonces.accept(&nonces.current()).unwrap();
        assert_eq!(nonces.spend(period, &key, &jti), Use::First);
        assert_eq!(nonces.spend(period, &key, &jti), Use::Again);
        assert_eq!(nonces.spend(period, &self::key(), &jti), Use::First, "another key");
        clock.shift(PERIOD_SECS);
        let next = nonces.accept(&nonces.current()).unwrap();
        assert_eq!(nonces.spend(period, &key, &jti), Use::Again);
        assert_eq!(nonces.spend(next, &key, &jti), Use::Again);
        clock.shift(PERIOD_SECS);
        assert_eq!(nonces.spend(period, &key, &jti), Use::Expired);
        assert_eq!(nonces.used.lock().unwrap().proofs.len(), 1, "nothing is added");
    }

    #[test]
    fn proof_stays_used_when_the_clock_is_set_back() {
        let (nonces, clock) = nonces();
        let (key, jti) = (key(), Jti::random().unwrap());
        let nonce = nonces.current();
        let period = nonces.accept(&nonce).unwrap();
        assert_eq!(nonces.spend(period, &key, &jti), Use::First);
        clock.shift(700);
        let later = nonces.accept(&nonces.current()).unwrap();
        assert_eq!(nonces.spend(later, &self::key(), &jti), Use::First);
        clock.shift(-700);
        assert_eq!(nonces.accept(&nonce), None);
        assert_eq!(nonces.spend(period, &key, &jti), Use::Expired);
    }
}
