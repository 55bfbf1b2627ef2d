//! The times of an enrolment: the trusted time for checks, and a signed time for messages.

use super::Inner;
use crate::error::AuthenticatorError;
use countersign_protocol::message::claims::{EnrolmentId, Timestamp};

impl Inner {
    /// Returns the trusted time. After a restart of the phone it is a guess until the next contact.
    pub(super) fn now(&self, id: &EnrolmentId) -> Result<Timestamp, AuthenticatorError> {
        let reading = self.reading()?;
        Ok(self.state().enrolment(id)?.clock.now(&reading))
    }

    /// Returns the time for a message of this phone: as [`now`](Self::now), but after a restart the
    /// last signed time, because the wall clock can be wrong by years.
    pub(super) fn signed_now(&self, id: &EnrolmentId) -> Result<Timestamp, AuthenticatorError> {
        let reading = self.reading()?;
        Ok(self.state().enrolment(id)?.signed_time(&reading))
    }

    /// Fetches the inbox if the issuer has not signed a time since the phone started. Every update
    /// needs this first, because its expiry would otherwise rest on the wall clock.
    pub(super) async fn require_contact(&self, id: &EnrolmentId) -> Result<(), AuthenticatorError> {
        let reading = self.reading()?;
        let contact = self.state().enrolment(id)?.clock.since_start(&reading);
        if contact.is_none() {
            self.fetch_inbox(id, &[]).await?;
        }
        Ok(())
    }
}
