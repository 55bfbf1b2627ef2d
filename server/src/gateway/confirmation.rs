//! The confirmation code that the user types into the authenticated session. The rule for wrong
//! codes is in `model/confirmation`.

use countersign_protocol::message::claims::OfferId;

use super::phones::RevokeReason;
use super::{Gateway, GatewayError};
use crate::model::{Confirmation, Standing};
use crate::security_log::{Event, Id};
use crate::store::Lock;

/// The result of a typed confirmation code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The phone can approve.
    Active,
    /// The code is not the one that the phone shows.
    WrongCode {
        /// The number of tries left.
        left: u8,
    },
    /// No code is expected: the account has no such offer, there were too many wrong codes, or it
    /// is too late.
    Failed,
}

impl Gateway {
    /// Accepts the six digits that the user typed into the authenticated session. Three wrong
    /// codes, or a late one, revoke the enrolment.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails. The try was not counted then.
    #[tracing::instrument(skip_all)]
    pub async fn confirm(&self, user: &str, offer: &OfferId, code: &str) -> Result<Confirmed, GatewayError> {
        let now = self.now();
        let stored = self.parts.store.read().await?.offer(offer).await?.filter(|offer| offer.account == user);
        let Some(id) = stored.as_ref().and_then(|offer| offer.enrolment()) else { return Ok(Confirmed::Failed) };
        let mut tx = self.parts.store.begin().await?;
        tx.lock_all([Lock::account(user), Lock::enrolment(id)]).await?;
        let Some(mut phone) = tx.enrolment(id).await? else { return Ok(Confirmed::Failed) };
        match phone.standing {
            Standing::Pending(_) => {}
            Standing::Active => {
                tx.commit().await?;
                return Ok(Confirmed::Active);
            }
            Standing::Suspended(_) | Standing::Revoked => return Ok(Confirmed::Failed),
        }
        let (account, enrolment) = (self.parts.security_log.account(user), Id::from(&phone.id));
        let confirmed = match phone.confirm(code, now)? {
            Confirmation::Accepted => {
                tx.save_enrolment(&phone, now).await?;
                self.push_status(&mut tx, &phone).await?;
                self.report(&mut tx, &Event::PhoneConfirmed { account, enrolment });
                Confirmed::Active
            }
            Confirmation::WrongCode { left } => {
                tx.save_enrolment(&phone, now).await?;
                self.report(&mut tx, &Event::ConfirmationFailed { account, enrolment, tries_left: left });
                Confirmed::WrongCode { left: u8::try_from(left).unwrap_or(u8::MAX) }
            }
            Confirmation::Ended => {
                self.revoke(&mut tx, &mut phone, RevokeReason::Confirmation).await?;
                self.push_status(&mut tx, &phone).await?;
                Confirmed::Failed
            }
        };
        tx.commit().await?;
        Ok(confirmed)
    }
}
