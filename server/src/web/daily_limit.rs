//! The limit of failed sign-ins in a day, which a restart does not reset.
//!
//! NIST SP 800-63B-4, section 3.2.2, allows at most 100 failed attempts for an account. The
//! failures of a name are counted for a day from the first one. After the limit, only browsers that
//! have signed in before can sign in under the name. Each of them has a count of its own, so a
//! stranger cannot lock the user out. Unknown names are counted too, so the limit does not reveal
//! which accounts exist.

use countersign_protocol::jose::Digest;

use super::{Web, WebError};
use crate::model::SignInCount;

/// The number of failed sign-ins of a name, or of a familiar browser, in a day.
pub(super) const MAX_FAILURES: u32 = 100;

/// The length of a day in seconds.
const DAY_SECS: i64 = 24 * 3_600;

impl Web {
    /// Counts an attempt as failed before its password is verified, so that concurrent attempts are
    /// all counted.
    ///
    /// # Errors
    /// The number of seconds until the count begins again, if the limit is reached. The password
    /// must not be verified then.
    pub(super) async fn count_attempt(&self, target: &Digest) -> Result<Result<(), i64>, WebError> {
        let now = self.base.clock.now();
        // Attempts above the limit write nothing.
        let known = self.base.store.read().await?.sign_in_count(target, now).await?;
        if known.failures >= MAX_FAILURES {
            return Ok(Err(self.wait_of(known)));
        }
        let mut tx = self.base.store.begin().await?;
        let counted = tx.count_sign_in(target, now, now.plus(DAY_SECS)).await?;
        if counted.failures > MAX_FAILURES {
            return Ok(Err(self.wait_of(counted)));
        }
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Takes back an attempt whose password was not verified.
    pub(super) async fn withdraw_attempt(&self, target: &Digest) -> Result<(), WebError> {
        let mut tx = self.base.store.begin().await?;
        tx.forgive_sign_in(target).await?;
        Ok(tx.commit().await?)
    }

    /// Returns the number of failed sign-ins under a name within the last day.
    pub(super) async fn failed_sign_ins(&self, username: &str) -> Result<u32, WebError> {
        let target = self.familiar.name_target(username);
        Ok(self.base.store.read().await?.sign_in_count(&target, self.base.clock.now()).await?.failures)
    }

    fn wait_of(&self, count: SignInCount) -> i64 {
        count.expires.map_or(DAY_SECS, |expires| expires.since(self.base.clock.now()).clamp(1, DAY_SECS))
    }
}
