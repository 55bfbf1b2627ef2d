//! The phones of an account: their list and their removal.

use countersign_protocol::message::claims::{EnrolmentId, Timestamp};
use countersign_protocol::message::status::EnrolmentState;

use super::approvals::has_pending;
use super::{Gateway, GatewayError};
use crate::model::{Enrolment, RequestState, Suspension};
use crate::security_log::{Event, Id};
use crate::store::{Lock, Tx};

/// The number of phones in the list of suspended phones.
pub const MAX_SUSPENDED_PHONES: u32 = 1_000;

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
    /// The suspension, if the phone is suspended.
    pub suspension: Option<Suspension>,
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
            suspension: enrolment.suspension(),
            number_reused: enrolment.number_reused,
            id: enrolment.id,
        }
    }
}

/// The reason why an enrolment is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RevokeReason {
    /// The user or the issuer removed the phone.
    Removed,
    /// The phone ended its enrolment.
    Phone,
    /// There were too many wrong confirmation codes, or the code came too late.
    Confirmation,
    /// A message of a pending phone reused a number.
    NumberUsed,
}

impl RevokeReason {
    /// Returns the reason as the security log names it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Phone => "phone",
            Self::Confirmation => "confirmation",
            Self::NumberUsed => "number_used",
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

    /// Returns the phone of an enrolment, revoked or not.
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails.
    pub async fn phone(&self, id: &EnrolmentId) -> Result<Option<PhoneInfo>, GatewayError> {
        Ok(self.parts.store.read().await?.enrolment(id).await?.map(Into::into))
    }

    /// Returns the suspended phones of all accounts with their accounts, the newest suspension
    /// first, at most [`MAX_SUSPENDED_PHONES`].
    ///
    /// # Errors
    /// [`GatewayError`] if the database fails.
    pub async fn suspended_phones(&self) -> Result<Vec<(String, PhoneInfo)>, GatewayError> {
        let phones = self.parts.store.read().await?.suspended_enrolments(MAX_SUSPENDED_PHONES).await?;
        Ok(phones.into_iter().map(|phone| (phone.account.clone(), phone.into())).collect())
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
        self.revoke(&mut tx, &mut phone, RevokeReason::Removed).await?;
        self.push_status(&mut tx, &phone).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Revokes an enrolment and cancels its pending requests. Needs the locks of account and
    /// enrolment.
    pub(super) async fn revoke(
        &self,
        tx: &mut Tx,
        phone: &mut Enrolment,
        reason: RevokeReason,
    ) -> Result<(), GatewayError> {
        phone.revoke()?;
        tx.save_enrolment(phone, self.now()).await?;
        self.report_revoked(tx, phone, reason);
        self.cancel_requests_at(tx, phone).await
    }

    /// Writes the end of an enrolment to the security log after the commit.
    pub(super) fn report_revoked(&self, tx: &mut Tx, phone: &Enrolment, reason: RevokeReason) {
        let account = self.parts.security_log.account(&phone.account);
        let revoked = Event::PhoneRevoked { account, enrolment: Id::from(&phone.id), reason: reason.as_str() };
        self.report(tx, &revoked);
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
