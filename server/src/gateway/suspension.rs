//! Suspension of phones by the issuer. A phone that reuses a number is suspended in `numbers`.

use countersign_protocol::message::claims::EnrolmentId;

use super::{Gateway, GatewayError};
use crate::model::Suspension;
use crate::security_log::{Event, Id};
use crate::store::Lock;

impl Gateway {
    /// Suspends an active phone (`suspended` is true) or lifts the suspension. A suspended phone
    /// gets no requests and cannot approve. Returns false if `user` has no such phone in the other
    /// state.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails. Nothing was changed then.
    #[tracing::instrument(skip_all, fields(enrolment = %phone, suspended))]
    pub async fn suspend(&self, user: &str, phone: &EnrolmentId, suspended: bool) -> Result<bool, GatewayError> {
        let mut tx = self.parts.store.begin().await?;
        tx.lock_all([Lock::account(user), Lock::enrolment(phone)]).await?;
        let Some(mut phone) = tx.enrolment(phone).await?.filter(|phone| phone.account == user) else {
            return Ok(false);
        };
        let changed = if suspended { phone.suspend(self.now()) } else { phone.lift_suspension() };
        if changed.is_err() {
            tx.commit().await?;
            return Ok(false);
        }
        tx.save_enrolment(&phone, self.now()).await?;
        self.push_status(&mut tx, &phone).await?;
        let (account, enrolment) = (self.parts.security_log.account(user), Id::from(&phone.id));
        self.report(
            &mut tx,
            &match phone.suspension() {
                Some(Suspension { reason, .. }) => {
                    Event::PhoneSuspended { account, enrolment, reason: reason.as_str() }
                }
                None => Event::PhoneReinstated { account, enrolment },
            },
        );
        tx.commit().await?;
        Ok(true)
    }
}
