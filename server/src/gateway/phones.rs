//! The phones of an account: their list and their removal.

use countersign_protocol::message::claims::{EnrolmentId, Timestamp};
use countersign_protocol::message::status::EnrolmentState;

use super::approvals::has_pending;
use super::{Gateway, GatewayError};
use crate::model::{Enrolment, RequestState};
use crate::store::{Lock, Tx};

/// One phone of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneInfo {
    /// The enrolment.
    pub id: EnrolmentId,
    /// The phone's description of itself. The text is untrusted.
    pub device: String,
    /// The state. Revoked phones are listed by [`crate::audit::phones`] only.
    pub state: EnrolmentState,
    /// The time at which the phone was added.
    pub added: Timestamp,
    /// The last time at which a message reused a number with other bytes. An older state of the
    /// phone was restored then, or a copy of it was in use.
    pub number_reused: Option<Timestamp>,
}

impl From<Enrolment> for PhoneInfo {
    fn from(enrolment: Enrolment) -> Self {
        Self {
            device: enrolment.description().to_owned(),
            state: enrolment.status(),
            added: enrolment.created,
            number_reused: enrolment.number_reused,
            id: enrolment.id,
        }
    }
}

impl Gateway {
    /// Returns the phones of the account, oldest first.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails.
    #[tracing::instrument(level = "debug", skip_all)]
    pub async fn phones(&self, user: &str) -> Result<Vec<PhoneInfo>, GatewayError> {
        let now = self.now();
        let mut phones = self.parts.store.read().await?.enrolments_of_account(user).await?;
        phones.retain(|phone| !phone.confirmation_is_late(now));
        Ok(phones.into_iter().map(Into::into).collect())
    }

    /// Returns true if an account with that many phones may have another one.
    pub(super) fn may_add_phone(&self, phones: usize) -> bool {
        u32::try_from(phones).is_ok_and(|phones| phones < self.parts.policy.phones_per_account)
    }

    /// Returns the account that the phone belongs or belonged to.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails.
    pub async fn account_of_phone(&self, phone: &EnrolmentId) -> Result<Option<String>, GatewayError> {
        Ok(self.parts.store.read().await?.enrolment(phone).await?.map(|phone| phone.account))
    }

    /// Removes a phone. Its enrolment is revoked, its pending requests are cancelled, and the phone
    /// gets a signed status. Returns false if `user` has no such phone.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails. Nothing was changed then.
    #[tracing::instrument(skip_all, fields(enrolment = %phone))]
    pub async fn unenrol(&self, user: &str, phone: &EnrolmentId) -> Result<bool, GatewayError> {
        let mut tx = self.parts.store.begin().await?;
        tx.lock_all([Lock::account(user), Lock::enrolment(phone)]).await?;
        let Some(mut phone) = tx.enrolment(phone).await? else { return Ok(false) };
        if phone.account != user || phone.is_revoked() {
            tx.commit().await?;
            return Ok(false);
        }
        self.revoke(&mut tx, &mut phone).await?;
        self.push_status(&mut tx, &phone).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Revokes an enrolment and cancels its pending requests. Needs the locks of account and
    /// enrolment.
    pub(super) async fn revoke(&self, tx: &mut Tx, phone: &mut Enrolment) -> Result<(), GatewayError> {
        phone.revoke()?;
        tx.save_enrolment(phone, self.now()).await?;
        self.cancel_requests_at(tx, phone).await
    }

    /// Cancels the pending requests at a phone, and the approval requests that no other phone can
    /// decide.
    pub(super) async fn cancel_requests_at(&self, tx: &mut Tx, phone: &Enrolment) -> Result<(), GatewayError> {
        let now = self.now();
        let open = tx.open_requests(&phone.id, now).await?;
        tx.lock_all(open.iter().map(|request| Lock::approval(&request.approval_request))).await?;
        // Read again: a request can have ended before its lock was taken.
        for mut request in tx.open_requests(&phone.id, now).await? {
            request.close(RequestState::Cancelled, now)?;
            tx.save_request(&request).await?;
            let approval = tx.approval_request(&request.approval_request).await?;
            let mut approval = approval.ok_or(GatewayError::Missing("an approval request"))?;
            if approval.is_pending() && !has_pending(tx, &approval.id).await? {
                approval.cancel()?;
                tx.save_approval_request(&approval).await?;
            }
        }
        Ok(())
    }
}
