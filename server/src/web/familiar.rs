//! Browsers that have signed in before. Failed attempts of others under the same name do not slow
//! them down.
//!
//! The cookie contains a random value and an HMAC over it, the account and the hash of its
//! password. Nothing is stored. The cookie is valid for one account until its password changes, and
//! it does not replace the password.

use axum::http::{HeaderMap, HeaderValue};
use countersign_protocol::jose::{Digest, base64url, random};
use countersign_protocol::message::request::MAX_STEP_BACK_SECS;
use ring::hmac;

use super::session::cookie;
use super::{Web, WebError};
use crate::model::Account;

/// How long a browser stays familiar after its last sign-in, in seconds (half a year).
const LIFETIME: i64 = 180 * 24 * 3_600;

/// Creates and verifies the cookies.
pub(super) struct Familiar {
    key: hmac::Key,
}

impl Familiar {
    pub(super) fn new(secret: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    /// Returns the name under which attempts for a user name are counted. It is a keyed hash,
    /// because people type passwords into the wrong field.
    pub(super) fn name_target(&self, username: &str) -> Digest {
        let tag = hmac::sign(&self.key, format!("name {username}").as_bytes());
        Digest::of_secret(tag.as_ref())
    }

    fn value(&self, account: &Account, now: i64) -> Result<String, WebError> {
        let start = format!("{}.{}", base64url::encode(random::bytes::<16>()?), now.saturating_add(LIFETIME));
        let tag = hmac::sign(&self.key, &covered(account, &start));
        Ok(format!("{start}.{}", base64url::encode(tag)))
    }

    fn knows(&self, value: &str, account: &Account, now: i64) -> bool {
        let Some((start, tag)) = value.rsplit_once('.') else { return false };
        let Ok(tag) = base64url::decode(tag) else { return false };
        let expires = start.rsplit_once('.').and_then(|(_, expires)| expires.parse::<i64>().ok());
        hmac::verify(&self.key, &covered(account, start), &tag).is_ok()
            && expires.is_some_and(|expires| {
                (1..=LIFETIME.saturating_add(MAX_STEP_BACK_SECS)).contains(&expires.saturating_sub(now))
            })
    }
}

impl Web {
    /// Returns the cookie that makes this browser familiar.
    pub(super) fn make_familiar(&self, account: &Account) -> Result<HeaderValue, WebError> {
        self.cookie(self.familiar_cookie(), &self.familiar.value(account, self.now())?, "/", LIFETIME)
    }

    /// Returns the value of a familiar browser, or `None` for other browsers and unknown accounts.
    pub(super) fn shown_familiar<'a>(&self, headers: &'a HeaderMap, account: Option<&Account>) -> Option<&'a str> {
        let account = account?;
        cookie(headers, self.familiar_cookie()).filter(|value| self.familiar.knows(value, account, self.now()))
    }

    fn familiar_cookie(&self) -> &'static str {
        if self.base.config.is_https() { "__Host-countersign_browser" } else { "countersign_browser" }
    }
}

/// Returns the input of the HMAC. The lengths separate the parts.
fn covered(account: &Account, start: &str) -> Vec<u8> {
    let parts = [start, &account.sub, account.password.expose()];
    parts.iter().flat_map(|part| [&part.len().to_be_bytes(), part.as_bytes()].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    fn account(sub: &str, password: &str) -> Account {
        Account {
            username: "alice".to_owned(),
            password: Secret::new(password.to_owned()),
            sub: sub.to_owned(),
            name: String::new(),
        }
    }

    #[test]
    fn familiar_browser_is_bound_to_account_and_password() {
        let familiar = Familiar::new(&[1; 32]);
        let alice = account("1", "hash");
        let value = familiar.value(&alice, 0).unwrap();
        assert!(familiar.knows(&value, &alice, LIFETIME - 1));
        assert!(!familiar.knows(&value, &alice, LIFETIME));
        assert!(familiar.knows(&value, &alice, -600) && !familiar.knows(&value, &alice, -601), "made while ahead");
        assert!(!familiar.knows(&value, &account("2", "hash"), 0));
        assert!(!familiar.knows(&value, &account("1", "other"), 0));
        assert!(!Familiar::new(&[2; 32]).knows(&value, &alice, 0));
        let longer = value.replacen(&LIFETIME.to_string(), &(LIFETIME + 1).to_string(), 1);
        assert_ne!(longer, value);
        for forged in [longer.as_str(), "", ".", "..", "a.b.c"] {
            assert!(!familiar.knows(forged, &alice, 0), "{forged}");
        }
        assert_ne!(value, familiar.value(&alice, 0).unwrap());
    }
}
